import Bytes

extension Packet {
    /// The packet that an ICMPv4 "destination unreachable" quotes (RFC 792), as far as its flow goes: addresses, protocol and ports. Nil where
    /// this is no such message or the quotation is too short.
    public func quoted(in frame: RawSpan) -> Packet? {
        guard transport == .icmpv4, icmpType == 3, icmpQuoteOffset >= 0 else { return nil }
        let start = Int(icmpQuoteOffset)
        guard frame.byteCount &- start >= 20, frame.byte(at: start) >> 4 == 4 else { return nil }
        var quoted = self
        quoted.source = IPAddress(v4: frame.uint32(at: start &+ 12))
        quoted.destination = IPAddress(v4: frame.uint32(at: start &+ 16))
        quoted.ipProtocol = frame.byte(at: start &+ 9)
        let transport = start &+ Int(frame.byte(at: start) & 15) &* 4
        switch quoted.ipProtocol {
        case 6: quoted.transport = .tcp
        case 17: quoted.transport = .udp
        case 132: quoted.transport = .sctp
        default: return nil
        }
        guard transport &- start >= 20, frame.byteCount &- transport >= 4 else { return nil }
        quoted.sourcePort = Port(rawValue: frame.uint16(at: transport))
        quoted.destinationPort = Port(rawValue: frame.uint16(at: transport &+ 2))
        return quoted
    }
}
