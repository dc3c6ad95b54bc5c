/// An IPv4 or IPv6 address in two machine words, so that comparing and hashing cost two instructions.
///
/// IPv4 is held in the IPv4-mapped form of RFC 4291 §2.5.5.2 (`::ffff:a.b.c.d`).
@frozen public struct IPAddress: Hashable, Comparable, Sendable, BitwiseCopyable {
    /// The first eight bytes in network order, as a number.
    public var high: UInt64
    /// The last eight bytes in network order, as a number.
    public var low: UInt64

    @inlinable @inline(__always)
    public init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    @inlinable @inline(__always)
    public init(v4 address: UInt32) {
        high = 0
        low = 0x0000_ffff_0000_0000 | UInt64(address)
    }

    @inlinable @inline(__always)
    public static var zero: IPAddress { IPAddress(high: 0, low: 0) }

    @inlinable @inline(__always)
    public var isV4: Bool { high == 0 && low >> 32 == 0xffff }

    /// The IPv4 address as a number; meaningful only when ``isV4``.
    @inlinable @inline(__always)
    public var v4: UInt32 { UInt32(truncatingIfNeeded: low) }

    @inlinable @inline(__always)
    public static func < (a: IPAddress, b: IPAddress) -> Bool {
        a.high != b.high ? a.high < b.high : a.low < b.low
    }

    /// RFC 1918, loopback, link-local, unique local (RFC 4193) and carrier-grade NAT (RFC 6598): not routed on the Internet.
    public var isPrivate: Bool {
        if isV4 {
            return v4 >> 24 == 10 || v4 >> 20 == 0xac1 || v4 >> 16 == 0xc0a8 || v4 >> 24 == 127 || v4 >> 16 == 0xa9fe
                || v4 >> 22 == 0x191
        }
        return high >> 57 == 0x7e || high >> 54 == 0x3fa || (high == 0 && low == 1)
    }
}

extension IPAddress {
    /// Calls `body` with the address in network order: 4 bytes for IPv4, 16 for IPv6.
    public func withBytes<Result>(_ body: (RawSpan) -> Result) -> Result {
        var bytes: InlineArray<16, UInt8> = .init(repeating: 0)
        for index in 0..<8 {
            bytes[index] = UInt8(truncatingIfNeeded: high >> (56 - 8 * UInt64(index)))
            bytes[8 + index] = UInt8(truncatingIfNeeded: low >> (56 - 8 * UInt64(index)))
        }
        return unsafe body(bytes.span.bytes.extracting(isV4 ? 12..<16 : 0..<16))
    }
}

extension IPAddress: LosslessStringConvertible {
    /// Dotted quad for IPv4; RFC 5952 text for IPv6.
    public var description: String {
        if isV4 { return "\(v4 >> 24).\(v4 >> 16 & 255).\(v4 >> 8 & 255).\(v4 & 255)" }
        let groups = (0..<8).map { UInt16(truncatingIfNeeded: ($0 < 4 ? high : low) >> (48 - 16 * UInt64($0 % 4))) }
        var best = 0..<0
        var index = 0
        while index < 8 {
            var end = index
            while end < 8 && groups[end] == 0 { end += 1 }
            if end - index > best.count && end - index > 1 { best = index..<end }
            index = max(end, index + 1)
        }
        let text = { (range: Range<Int>) in range.map { String(groups[$0], radix: 16) }.joined(separator: ":") }
        return best.isEmpty ? text(0..<8) : text(0..<best.lowerBound) + "::" + text(best.upperBound..<8)
    }

    /// Parses a dotted quad (four decimal octets) or RFC 4291 text, with an embedded IPv4 tail allowed.
    public init?(_ text: String) {
        guard text.contains(":") else {
            guard let v4 = IPAddress.parseV4(text) else { return nil }
            self.init(v4: v4)
            return
        }
        let bytes = Array(text.utf8)
        var gap: Int?
        for index in bytes.indices.dropLast() where bytes[index] == 58 && bytes[index + 1] == 58 {
            gap = index
            break
        }
        guard let head = IPAddress.parseGroups(bytes[..<(gap ?? bytes.count)]),
            let tail = IPAddress.parseGroups(gap.map { bytes[($0 + 2)...] } ?? [])
        else { return nil }
        let count = head.count + tail.count
        guard gap == nil ? count == 8 : count < 8 else { return nil }
        let groups = head + Array(repeating: 0, count: 8 - count) + tail
        self.init(
            high: groups[0..<4].reduce(0) { $0 << 16 | UInt64($1) },
            low: groups[4..<8].reduce(0) { $0 << 16 | UInt64($1) })
    }

    /// The 16-bit groups between single colons; a dotted quad may stand last. Nil where the text is none.
    private static func parseGroups(_ bytes: ArraySlice<UInt8>) -> [UInt16]? {
        if bytes.isEmpty { return [] }
        var groups: [UInt16] = []
        let parts = bytes.split(separator: 58, omittingEmptySubsequences: false)
        for (index, part) in parts.enumerated() {
            if part.contains(46) {
                guard index == parts.count - 1, let v4 = parseV4(String(decoding: part, as: UTF8.self)) else { return nil }
                groups += [UInt16(v4 >> 16), UInt16(v4 & 0xffff)]
                continue
            }
            guard (1...4).contains(part.count) else { return nil }
            var group: UInt16 = 0
            for byte in part {
                guard let digit = ASCII.hexValue(byte) else { return nil }
                group = group << 4 | UInt16(digit)
            }
            groups.append(group)
        }
        return groups
    }

    private static func parseV4(_ text: String) -> UInt32? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 4 else { return nil }
        var value: UInt32 = 0
        for part in parts {
            guard (1...3).contains(part.utf8.count), part.utf8.allSatisfy(ASCII.isDigit), let octet = UInt32(part), octet < 256 else {
                return nil
            }
            value = value << 8 | octet
        }
        return value
    }
}

/// An address block such as 10.0.0.0/8. The length counts from the first bit of the address family's own form (0...32 or 0...128).
@frozen public struct IPPrefix: Hashable, Sendable {
    public let first: IPAddress
    public let length: UInt8

    /// - Parameters:
    ///   - address: any address of the block; bits past `length` are cleared.
    ///   - length: 0...32 for IPv4, 0...128 for IPv6; nil is returned otherwise.
    public init?(_ address: IPAddress, length: Int) {
        guard (0...(address.isV4 ? 32 : 128)).contains(length) else { return nil }
        self.length = UInt8(length)
        let bits = address.isV4 ? length + 96 : length
        let highMask: UInt64 = bits >= 64 ? .max : bits == 0 ? 0 : ~(UInt64.max >> UInt64(bits))
        let lowMask: UInt64 = bits >= 128 ? .max : bits <= 64 ? 0 : ~(UInt64.max >> UInt64(bits - 64))
        first = IPAddress(high: address.high & highMask, low: address.low & lowMask)
    }

    /// Parses `address/length` or a lone address.
    public init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else { return nil }
        guard parts.count == 2 else {
            self.init(address, length: address.isV4 ? 32 : 128)
            return
        }
        guard parts[1].utf8.allSatisfy(ASCII.isDigit), let length = Int(parts[1]) else { return nil }
        self.init(address, length: length)
    }

    /// The last address of the block.
    public var last: IPAddress {
        let bits = first.isV4 ? Int(length) + 96 : Int(length)
        let highRest: UInt64 = bits >= 64 ? 0 : bits == 0 ? .max : UInt64.max >> UInt64(bits)
        let lowRest: UInt64 = bits >= 128 ? 0 : bits <= 64 ? .max : UInt64.max >> UInt64(bits - 64)
        return IPAddress(high: first.high | highRest, low: first.low | lowRest)
    }

    public func contains(_ address: IPAddress) -> Bool { first <= address && address <= last }
}

extension IPPrefix: CustomStringConvertible {
    public var description: String { "\(first)/\(length)" }
}
