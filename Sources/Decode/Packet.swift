import Bytes

/// What the decoder found in one frame: numbers and offsets into the frame, no bytes of its own.
///
/// Offsets count from the first byte of the span that was decoded: the captured frame, or, for a packet rebuilt from fragments
/// or taken out of a tunnel, the buffer that holds it. Fields of a layer mean something only where that layer is present.
@frozen public struct Packet: Sendable, BitwiseCopyable {
    // MARK: capture
    public var time = Timestamp(microseconds: 0)
    /// The frame's number in its capture, from 1; 0 for packets that the sensor makes itself.
    public var number: UInt64 = 0
    /// Bytes on the wire, which may be more than were captured.
    public var wireLength: UInt32 = 0
    public var linkType = LinkType.ethernet

    // MARK: link
    /// 802.1Q/802.1ad tags, outermost first; `vlanCount` of them are there (0...3).
    public var vlanCount: UInt8 = 0
    public var vlan: InlineArray<3, UInt16> = [0, 0, 0]
    /// EtherType of what the link layer carries, after VLAN tags; 0 where there is none.
    public var etherType: UInt16 = 0
    /// Where the frame begins: behind the header of the tunnel that carried it.
    public var frameOffset: Int32 = 0
    /// Where the Ethernet header begins, or -1.
    public var ethernetOffset: Int32 = -1

    // MARK: network
    /// 4, 6, or 0 for no IP.
    public var ipVersion: UInt8 = 0
    /// The protocol after all extension headers (IANA protocol numbers).
    public var ipProtocol: UInt8 = 0
    /// TTL or hop limit.
    public var ttl: UInt8 = 0
    /// Type of service or traffic class.
    public var tos: UInt8 = 0
    public var ipOffset: Int32 = -1
    /// IPv4 header with options, or IPv6 header with extension headers, in bytes.
    public var ipHeaderLength: UInt16 = 0
    /// Bytes of the IP packet by its own length field, header included, clamped to what was captured.
    public var ipLength: UInt32 = 0
    /// IPv4 identification, or the IPv6 fragment header's.
    public var ipID: UInt32 = 0
    /// Fragment offset in bytes.
    public var fragmentOffset: UInt16 = 0
    public var ipOptions: IPOptions = []
    public var source = IPAddress.zero
    public var destination = IPAddress.zero

    // MARK: transport
    public var transport = Transport.none
    public var sourcePort: Port = 0
    public var destinationPort: Port = 0
    public var transportOffset: Int32 = -1
    /// Transport header with options, in bytes.
    public var transportHeaderLength: UInt16 = 0
    public var payloadOffset: Int32 = 0
    public var payloadLength: Int32 = 0

    // MARK: TCP
    public var tcpFlags: TCPFlags = []
    public var tcpWindow: UInt16 = 0
    public var tcpSequence: UInt32 = 0
    public var tcpAcknowledgment: UInt32 = 0
    /// The maximum segment size option; 0 where there is none.
    public var tcpMSS: UInt16 = 0
    /// The window scale option; 255 where there is none.
    public var tcpWindowScale: UInt8 = 255

    // MARK: ICMP
    public var icmpType: UInt8 = 0
    public var icmpCode: UInt8 = 0
    /// Identifier and sequence of echo-like messages.
    public var icmpID: UInt16 = 0
    public var icmpSequence: UInt16 = 0
    /// Where the quoted packet of an ICMP error begins, or -1.
    public var icmpQuoteOffset: Int32 = -1

    // MARK: verdicts of the decoder
    public var flags: PacketFlags = []
    /// Tunnels around this packet (0 = none).
    public var tunnelDepth: UInt8 = 0
    /// The innermost of them.
    public var tunnelKind = TunnelKind.none
    public var events = DecodeEvents()

    public init() {}

    /// Where the transport payload lies in the decoded span.
    @inlinable @inline(__always)
    public var payloadRange: Range<Int> { Int(payloadOffset)..<Int(payloadOffset) &+ Int(payloadLength) }

    /// Whether packets of its kind make up flows: those with ports or types, ESP, and IP in IP.
    @inlinable @inline(__always)
    public var hasFlow: Bool {
        switch transport {
        case .tcp, .udp, .icmpv4, .icmpv6, .sctp, .esp: true
        case .gre: false
        case .none: ipProtocol == 4 || ipProtocol == 41
        }
    }

    /// Whether another packet may be inside: IP in IP, GRE, and datagrams to or from the ports of tunnels.
    @inlinable @inline(__always)
    public var mayCarryPacket: Bool {
        switch ipProtocol {
        case 4, 41, 47: true
        case 17: Packet.isTunnelPort(sourcePort) || Packet.isTunnelPort(destinationPort)
        default: false
        }
    }

    /// Teredo, VXLAN and Geneve.
    @inlinable @inline(__always)
    static func isTunnelPort(_ port: Port) -> Bool { port == 3544 || port == 4789 || port == 6081 }

    /// Whether an ICMP message has an identifier and a sequence number.
    public var hasICMPIdentifier: Bool {
        switch (transport, icmpType) {
        case (.icmpv4, 0), (.icmpv4, 8), (.icmpv4, 13...18), (.icmpv6, 128), (.icmpv6, 129): true
        default: false
        }
    }

    /// The MTU that an ICMPv6 message "packet too big" tells (RFC 4443 §3.2).
    public var icmpMTU: UInt32? {
        transport == .icmpv6 && icmpType == 2 ? UInt32(icmpID) << 16 | UInt32(icmpSequence) : nil
    }

    @inlinable @inline(__always)
    public var isFragment: Bool { flags.contains(.moreFragments) || fragmentOffset != 0 }
}

/// Transport protocols that the decoder reads.
@frozen public enum Transport: UInt8, Sendable, BitwiseCopyable {
    case none, tcp, udp, icmpv4, icmpv6, sctp, gre, esp
}

/// How a packet was wrapped into the one that carried it.
@frozen public enum TunnelKind: UInt8, Sendable, BitwiseCopyable {
    case none, gre, ipv4, ipv6, teredo, vxlan, geneve
}

/// The eight TCP flag bits as on the wire (RFC 9293 §3.1, RFC 3168).
@frozen public struct TCPFlags: OptionSet, Sendable, BitwiseCopyable, Hashable {
    public let rawValue: UInt8

    @inlinable @inline(__always)
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    @inlinable public static var fin: TCPFlags { TCPFlags(rawValue: 0x01) }
    @inlinable public static var syn: TCPFlags { TCPFlags(rawValue: 0x02) }
    @inlinable public static var rst: TCPFlags { TCPFlags(rawValue: 0x04) }
    @inlinable public static var psh: TCPFlags { TCPFlags(rawValue: 0x08) }
    @inlinable public static var ack: TCPFlags { TCPFlags(rawValue: 0x10) }
    @inlinable public static var urg: TCPFlags { TCPFlags(rawValue: 0x20) }
    @inlinable public static var ece: TCPFlags { TCPFlags(rawValue: 0x40) }
    @inlinable public static var cwr: TCPFlags { TCPFlags(rawValue: 0x80) }
}

/// Options of an IPv4 header (RFC 791 §3.1, RFC 1108).
@frozen public struct IPOptions: OptionSet, Sendable, BitwiseCopyable, Hashable {
    public let rawValue: UInt16

    @inlinable @inline(__always)
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    @inlinable public static var endOfList: IPOptions { IPOptions(rawValue: 1 << 0) }
    @inlinable public static var noOperation: IPOptions { IPOptions(rawValue: 1 << 1) }
    @inlinable public static var recordRoute: IPOptions { IPOptions(rawValue: 1 << 2) }
    @inlinable public static var timestamp: IPOptions { IPOptions(rawValue: 1 << 3) }
    @inlinable public static var security: IPOptions { IPOptions(rawValue: 1 << 4) }
    @inlinable public static var looseSourceRoute: IPOptions { IPOptions(rawValue: 1 << 5) }
    @inlinable public static var extendedSecurity: IPOptions { IPOptions(rawValue: 1 << 6) }
    @inlinable public static var commercialSecurity: IPOptions { IPOptions(rawValue: 1 << 7) }
    @inlinable public static var streamIdentifier: IPOptions { IPOptions(rawValue: 1 << 8) }
    @inlinable public static var strictSourceRoute: IPOptions { IPOptions(rawValue: 1 << 9) }
    @inlinable public static var routerAlert: IPOptions { IPOptions(rawValue: 1 << 10) }

    /// The option of a type byte.
    init(type: UInt8) {
        switch type {
        case 0: self = .endOfList
        case 1: self = .noOperation
        case 7: self = .recordRoute
        case 68: self = .timestamp
        case 130: self = .security
        case 131: self = .looseSourceRoute
        case 133: self = .extendedSecurity
        case 134: self = .commercialSecurity
        case 136: self = .streamIdentifier
        case 137: self = .strictSourceRoute
        case 148: self = .routerAlert
        default: self = []
        }
    }
}

@frozen public struct PacketFlags: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt16

    @inlinable @inline(__always)
    public init(rawValue: UInt16) { self.rawValue = rawValue }

    /// IPv4 MF bit or IPv6 M flag.
    @inlinable public static var moreFragments: PacketFlags { PacketFlags(rawValue: 1 << 0) }
    /// IPv4 DF bit.
    @inlinable public static var dontFragment: PacketFlags { PacketFlags(rawValue: 1 << 1) }
    /// Put together from fragments by the sensor.
    @inlinable public static var rebuilt: PacketFlags { PacketFlags(rawValue: 1 << 2) }
    /// Made by the sensor to inspect what a flow left behind; was never on the wire.
    @inlinable public static var pseudo: PacketFlags { PacketFlags(rawValue: 1 << 3) }
    /// A layer could not be decoded; layers below it are still valid.
    @inlinable public static var invalid: PacketFlags { PacketFlags(rawValue: 1 << 4) }
    /// The IPv4 header checksum is wrong.
    @inlinable public static var badIPChecksum: PacketFlags { PacketFlags(rawValue: 1 << 5) }
    /// The TCP, UDP or ICMP checksum is wrong.
    @inlinable public static var badTransportChecksum: PacketFlags { PacketFlags(rawValue: 1 << 6) }
    /// IPv4 reserved bit ("evil bit").
    @inlinable public static var reservedBit: PacketFlags { PacketFlags(rawValue: 1 << 7) }
    /// Fewer bytes were captured than the packet has.
    @inlinable public static var cutByCapture: PacketFlags { PacketFlags(rawValue: 1 << 8) }
    /// The stream engine would not take this segment: no session, out of window, bad checksum.
    @inlinable public static var refusedByStream: PacketFlags { PacketFlags(rawValue: 1 << 9) }
    /// The payload is a packet that is inspected by itself.
    @inlinable public static var isWrapper: PacketFlags { PacketFlags(rawValue: 1 << 11) }
    /// Rules do not look at the payload: it is a packet that is inspected by itself, or a record of an encrypted connection.
    @inlinable public static var payloadPassesBy: PacketFlags { PacketFlags(rawValue: 1 << 10) }
}
