import Bytes

/// A message of the address resolution protocol (RFC 826) about IPv4 over Ethernet.
@frozen public struct ARPMessage: Sendable, BitwiseCopyable {
    public static let etherType: UInt16 = 0x0806
    static let size = 28
    /// As far as the sizes of the addresses stand.
    static let fixedSize = 8

    /// 1 request, 2 reply, 3 and 4 the same of RARP.
    public var operation: UInt16
    /// Six bytes each, in the low 48 bits.
    public var sourceHardware: UInt64
    public var targetHardware: UInt64
    public var source: IPAddress
    public var target: IPAddress

    /// - Parameter bytes: what follows the Ethernet header; nil when it is too short for addresses of Ethernet and IPv4.
    public init?(_ bytes: RawSpan) {
        guard bytes.byteCount >= ARPMessage.size else { return nil }
        operation = bytes.uint16(at: 6)
        sourceHardware = UInt64(bytes.uint16(at: 8)) << 32 | UInt64(bytes.uint32(at: 10))
        source = IPAddress(v4: bytes.uint32(at: 14))
        targetHardware = UInt64(bytes.uint16(at: 18)) << 32 | UInt64(bytes.uint32(at: 20))
        target = IPAddress(v4: bytes.uint32(at: 24))
    }
}

extension Decoder {
    func arp(_ frame: RawSpan, at start: Int, _ packet: inout Packet) {
        let bytes = frame.dropping(start)
        packet.payloadOffset = Int32(truncatingIfNeeded: start)
        packet.payloadLength = Int32(truncatingIfNeeded: bytes.byteCount)
        guard bytes.byteCount >= ARPMessage.fixedSize else { return packet.fail(.arpPacketTooSmall) }
        guard bytes.uint16(at: 0) == 1 else { return packet.fail(.arpUnsupportedHardware) }
        guard bytes.uint16(at: 2) == 0x0800 else { return packet.fail(.arpUnsupportedProtocol) }
        guard bytes.byteCount >= ARPMessage.size else { return packet.fail(.arpUnsupportedPacket) }
        guard bytes.byte(at: 4) == 6 else { return packet.fail(.arpInvalidHardwareSize) }
        guard bytes.byte(at: 5) == 4 else { return packet.fail(.arpInvalidProtocolSize) }
        guard (1...4).contains(bytes.uint16(at: 6)) else { return packet.fail(.arpUnsupportedOpcode) }
    }
}
