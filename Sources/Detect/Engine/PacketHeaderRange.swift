import Bytes
import Decode

extension Packet {
    /// Where a header lies in the frame; nil where the packet does not have it.
    func range(of header: PacketHeader, in frame: RawSpan) -> Range<Int>? {
        let ip = Int(ipOffset)
        let transportStart = ip + Int(ipHeaderLength)
        let start: Int
        let end: Int
        switch header {
        // They stand in the frame, but are known without it.
        case .sourceAddress, .destinationAddress: return nil
        case .ipv4, .ipv6:
            guard ipVersion == (header == .ipv4 ? 4 : 6), ipHeaderLength > 0 else { return nil }
            (start, end) = (ip, transportStart)
        case .tcp:
            guard transport == .tcp else { return nil }
            (start, end) = (transportStart, Int(payloadOffset))
        case .udp:
            guard transport == .udp else { return nil }
            (start, end) = (transportStart, transportStart + 8)
        case .icmpv4, .icmpv6:
            guard transport == (header == .icmpv4 ? .icmpv4 : .icmpv6) else { return nil }
            // The header with what its type adds.
            (start, end) = (transportStart, transportStart + max(8, Int(transportHeaderLength)))
        }
        guard start >= 0, end > start, end <= frame.byteCount else { return nil }
        return start..<end
    }
}
