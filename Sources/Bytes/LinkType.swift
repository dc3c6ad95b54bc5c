/// How frames of a capture begin: libpcap's DLT/LINKTYPE numbers (https://www.tcpdump.org/linktypes.html).
@frozen public struct LinkType: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    public var rawValue: Int32

    @inlinable @inline(__always)
    public init(rawValue: Int32) { self.rawValue = rawValue }

    @inlinable public static var null: LinkType { LinkType(rawValue: 0) }
    @inlinable public static var ethernet: LinkType { LinkType(rawValue: 1) }
    @inlinable public static var ppp: LinkType { LinkType(rawValue: 9) }
    @inlinable public static var raw: LinkType { LinkType(rawValue: 101) }
    @inlinable public static var ciscoHDLC: LinkType { LinkType(rawValue: 104) }
    @inlinable public static var loop: LinkType { LinkType(rawValue: 108) }
    @inlinable public static var linuxCooked: LinkType { LinkType(rawValue: 113) }
    @inlinable public static var ipv4: LinkType { LinkType(rawValue: 228) }
    @inlinable public static var ipv6: LinkType { LinkType(rawValue: 229) }
    @inlinable public static var linuxCooked2: LinkType { LinkType(rawValue: 276) }
}
