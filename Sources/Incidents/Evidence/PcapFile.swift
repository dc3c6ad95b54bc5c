import Bytes

/// Builds a capture file (libpcap format 2.4, microseconds, little-endian; draft-ietf-opsawg-pcap) of some packets, for evidence.
public struct PcapFile: Sendable {
    public private(set) var bytes: [UInt8] = []
    public private(set) var packetCount = 0
    private let snapLength: UInt32

    /// - Parameter snapLength: the most bytes of a packet that are kept.
    public init(linkType: LinkType, snapLength: UInt32 = 262_144) {
        self.snapLength = snapLength
        append32(0xa1b2_c3d4)
        append16(2)
        append16(4)
        append32(0)
        append32(0)
        append32(snapLength)
        append32(UInt32(truncatingIfNeeded: linkType.rawValue))
    }

    /// Adds a packet.
    /// - Parameters:
    ///   - wireLength: its length on the wire; at least the bytes that are given.
    public mutating func add(time: Timestamp, wireLength: Int, _ packet: RawSpan) {
        let kept = min(packet.byteCount, Int(snapLength))
        append32(UInt32(truncatingIfNeeded: time.seconds))
        append32(UInt32(time.subsecondMicroseconds))
        append32(UInt32(kept))
        append32(UInt32(clamping: max(wireLength, packet.byteCount)))
        bytes.reserveCapacity(bytes.count + kept)
        for index in 0..<kept { bytes.append(packet.byte(at: index)) }
        packetCount += 1
    }

    /// Adds a packet.
    public mutating func add(time: Timestamp, wireLength: Int, _ packet: [UInt8]) {
        add(time: time, wireLength: wireLength, packet.rawSpan)
    }

    private mutating func append32(_ value: UInt32) {
        for shift in stride(from: 0, to: 32, by: 8) { bytes.append(UInt8(truncatingIfNeeded: value >> UInt32(shift))) }
    }

    private mutating func append16(_ value: UInt16) {
        bytes.append(UInt8(truncatingIfNeeded: value))
        bytes.append(UInt8(truncatingIfNeeded: value >> 8))
    }
}
