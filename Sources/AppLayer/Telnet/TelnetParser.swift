import Bytes

/// Telnet (RFC 854): told apart into commands and text, for rules on frames. It has no transactions and no events.
final class TelnetParser: ProtocolParser {
    private static let interpretAsCommand: UInt8 = 255
    private static let subnegotiation: UInt8 = 250
    private static let end: UInt8 = 240
    /// Text that is waited for to end.
    private static let longest = 4096

    private enum Frame: UInt8 { case pdu, control, data }

    init() { super.init(.telnet) }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        var offset = 0
        while offset < bytes.byteCount {
            let isControl = bytes.byte(at: offset) == TelnetParser.interpretAsCommand
            let size = isControl ? TelnetParser.controlSize(bytes.dropping(offset)) : TelnetParser.textSize(bytes.dropping(offset))
            guard let size else {
                guard bytes.byteCount - offset > TelnetParser.longest else { break }
                return ConsumeResult(consumed: bytes.byteCount)
            }
            frame(Frame.pdu, at: offset, length: size, direction)
            frame(isControl ? Frame.control : Frame.data, at: offset, length: size, direction)
            offset += size
        }
        return ConsumeResult(consumed: offset)
    }

    private static func controlSize(_ bytes: RawSpan) -> Int? {
        guard bytes.byteCount >= 2 else { return nil }
        switch bytes.byte(at: 1) {
        // Will, won't, do, don't: with an option.
        case 251...254: return bytes.byteCount >= 3 ? 3 : nil
        case subnegotiation:
            var at = 2
            while let mark = bytes.firstOffset(of: interpretAsCommand, from: at), mark + 1 < bytes.byteCount {
                if bytes.byte(at: mark + 1) == end { return mark + 2 }
                at = mark + 2
            }
            return nil
        default: return 2
        }
    }

    /// A line with its end, or the text before a command.
    private static func textSize(_ bytes: RawSpan) -> Int? {
        let line = bytes.firstOffset(of: 10, from: 0).map { $0 + 1 }
        let command = bytes.firstOffset(of: interpretAsCommand, from: 0)
        guard let line else { return command }
        return min(line, command ?? line)
    }

    override func gap(_ count: Int, _ direction: FlowDirection, time: Timestamp) -> Bool { true }
}

extension TelnetParser {
    /// Anything can be Telnet: only the port tells.
    static let descriptor = ProtocolDescriptor(
        .telnet, name: "telnet", transports: .tcp, ports: [23], requiresPort: true, buffers: [], frames: ["pdu", "ctl", "data"],
        eventType: nil, probe: { bytes, _ in bytes.byteCount >= 2 ? .certain : .unsure }, makeParser: { _, _ in TelnetParser() })
}
