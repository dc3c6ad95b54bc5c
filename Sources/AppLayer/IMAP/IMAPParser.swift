import Bytes

/// The Internet Message Access Protocol (RFC 9051): recognised, and followed as far as TLS begins. It has no events of its own.
final class IMAPParser: ProtocolParser {
    /// What is left of a longer line is passed by.
    private static let longestLine = 8192
    private static let commands = ["CAPABILITY", "LOGIN", "AUTHENTICATE", "STARTTLS", "NOOP", "LOGOUT", "ID"]

    /// The tag of the client's STARTTLS, which its answer repeats.
    private var upgradeTag: [UInt8]?

    init() { super.init(.imap) }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        var offset = 0
        while offset < bytes.byteCount {
            guard let line = bytes.line(from: offset) else {
                return ConsumeResult(consumed: bytes.byteCount - offset > IMAPParser.longestLine ? bytes.byteCount : offset)
            }
            let words = IMAPParser.words(bytes.extracting(line.text))
            offset = line.next
            if direction == .toServer {
                if words.count == 2, words[1] == Array("STARTTLS".utf8) { upgradeTag = words[0] }
            } else if let tag = upgradeTag, words.first == tag {
                upgradeTag = nil
                if words.count > 1, words[1] == Array("OK".utf8) { return ConsumeResult(consumed: offset, status: .upgrade) }
            }
        }
        return ConsumeResult(consumed: offset)
    }

    /// The first words of a line: the tag as it is, what follows in capitals.
    private static func words(_ line: RawSpan) -> [[UInt8]] {
        let parts = line.prefix(128).copied().split(separator: 32, maxSplits: 2).map { Array($0) }
        return parts.enumerated().map { $0 == 0 ? $1 : $1.map(ASCII.uppercased) }
    }

    override func gap(_ count: Int, _ direction: FlowDirection, time: Timestamp) -> Bool { true }
}

extension IMAPParser {
    static let descriptor = ProtocolDescriptor(
        .imap, name: "imap", transports: .tcp, ports: [143], buffers: [], eventType: nil,
        probe: { bytes, direction in probe(bytes, direction) }, makeParser: { _, _ in IMAPParser() })

    /// The greeting (§7.1), or a tag with one of the commands that may come first.
    private static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        let start = bytes.prefix(64).copied()
        if direction == .toClient {
            for greeting in ["* OK ", "* PREAUTH ", "* BYE "] {
                let letters = Array(greeting.utf8)
                if start.starts(with: letters) { return .certain }
                if start.count < letters.count, letters.starts(with: start) { return .unsure }
            }
            return .no
        }
        guard let end = start.firstIndex(of: 32) else {
            return start.count < 32 && start.allSatisfy(ASCII.isAlphanumeric) ? .unsure : .no
        }
        guard (1...31).contains(end), start[..<end].allSatisfy(ASCII.isAlphanumeric) else { return .no }
        let word = start[(end + 1)...].prefix { ASCII.isLetter($0) }.map(ASCII.uppercased)
        if end + 1 + word.count == start.count {
            return commands.contains { Array($0.utf8).starts(with: word) } ? .unsure : .no
        }
        let next = start[end + 1 + word.count]
        return (next == 32 || next == 13) && commands.contains { Array($0.utf8) == word } ? .certain : .no
    }
}
