import Bytes

/// The Post Office Protocol, version 3 (RFC 1939, with RFC 2449, 2595 and 5034). Mails pass by without being kept.
final class POP3Parser: ProtocolParser {
    /// Command and reply lines of RFC 2449, their ends with them.
    private static let longestCommand = 256
    private static let longestReply = 512
    /// A line that is longer than this is no line.
    private static let longestLine = 65536
    private static let mostDataLines = 256

    /// How many arguments a command takes.
    private static let arguments: [String: ClosedRange<Int>] = [
        "QUIT": 0...0, "STAT": 0...0, "NOOP": 0...0, "RSET": 0...0, "CAPA": 0...0, "STLS": 0...0, "LIST": 0...1, "UIDL": 0...1,
        "RETR": 1...1, "DELE": 1...1, "USER": 1...1, "PASS": 1...1, "AUTH": 0...2, "TOP": 2...2, "APOP": 2...2, "SASL": 1...64,
    ]

    private let limits: ParserLimits
    private var hasGap: FlowDirections = []
    /// The client's next line is data of its authentication, or nothing that is known.
    private var isAuthenticating = false
    /// The reply's lines go on until one with a dot alone.
    private var isInData = false
    /// They are a mail.
    private var isInMail = false
    /// The beginning of the server's line is consumed already.
    private var isMidLine = false

    init(limits: ParserLimits) {
        self.limits = limits
        super.init(.pop3)
    }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        var offset = 0
        while offset < bytes.byteCount {
            guard let line = bytes.line(from: offset) else {
                guard bytes.byteCount - offset > POP3Parser.longestLine else { break }
                // A mail may have lines of any length.
                guard direction == .toClient, isInMail else { return ConsumeResult(consumed: bytes.byteCount, status: .failed) }
                isMidLine = true
                return ConsumeResult(consumed: bytes.byteCount)
            }
            if direction == .toClient, isMidLine {
                isMidLine = false
                offset = line.next
                continue
            }
            let text = bytes.extracting(line.text)
            offset = line.next
            if hasGap.contains(direction) {
                // The next line that begins like a command or reply is one.
                guard POP3Parser.probe(text, direction, isWhole: true) == .certain else { continue }
                hasGap.remove(FlowDirections(direction))
            }
            if direction == .toServer {
                guard request(text, size: line.next - line.text.lowerBound, time) else {
                    return ConsumeResult(consumed: bytes.byteCount, status: .failed)
                }
            } else {
                switch reply(text, size: line.next - line.text.lowerBound, time) {
                case .ok: break
                case .upgrade: return ConsumeResult(consumed: offset, status: .upgrade)
                default: return ConsumeResult(consumed: bytes.byteCount, status: .failed)
                }
            }
        }
        return ConsumeResult(consumed: offset)
    }

    private func newTransaction(_ command: POP3Transaction.Command?, _ time: Timestamp) -> POP3Transaction? {
        guard transactions.count <= limits.transactions(of: "pop3", otherwise: 256) else {
            for case let open as POP3Transaction in transactions where !open.isComplete {
                open.raise(.tooManyTransactions)
                open.advance(.toClient, to: 1)
            }
            return nil
        }
        let transaction = POP3Transaction(id: nextTransactionID, startTime: time, command: command)
        nextTransactionID += 1
        transactions.append(transaction)
        return transaction
    }

    /// False when the line is no command.
    private func request(_ line: RawSpan, size: Int, _ time: Timestamp) -> Bool {
        if isAuthenticating {
            isAuthenticating = false
            return newTransaction(POP3Transaction.Command(keyword: Array("<SASL DATA>".utf8), arguments: []), time) != nil
        }
        let words = line.copied().split(separator: 32).map { Array($0) }
        guard let keyword = words.first, keyword.allSatisfy(ASCII.isAlphanumeric) else { return false }
        let command = POP3Transaction.Command(keyword: keyword, arguments: Array(words.dropFirst().prefix(64)))
        guard let transaction = newTransaction(command, time) else { return false }
        if size > POP3Parser.longestCommand { transaction.raise(.requestTooLong) }
        if let range = POP3Parser.arguments[String(decoding: keyword.map(ASCII.uppercased), as: UTF8.self)] {
            if !range.contains(words.count - 1) { transaction.raise(.incorrectArgumentCount) }
        } else {
            transaction.raise(.unknownCommand)
        }
        return true
    }

    private var open: POP3Transaction? {
        transactions.lazy.compactMap { $0 as? POP3Transaction }.first { !$0.isComplete(.toClient) }
    }

    private func reply(_ line: RawSpan, size: Int, _ time: Timestamp) -> ConsumeResult.Status {
        if isInData {
            if line.byteCount == 1, line.byte(at: 0) == 46 {
                (isInData, isInMail) = (false, false)
                open?.advance(.toClient, to: 1)
            } else if !isInMail, let transaction = open, transaction.reply?.data.count ?? 0 < POP3Parser.mostDataLines {
                // A dot in front of a line that begins with one is not part of it.
                transaction.reply?.data.append((line.byte(at: 0, is: 46) ? line.dropping(1) : line).copied())
            }
            return .ok
        }
        let isOK = line.begins(with: "+OK")
        let isChallenge = !isOK && line.byteCount >= 1 && line.byte(at: 0) == 43
        guard isOK || isChallenge || line.begins(with: "-ERR") else { return .failed }
        let word = isOK ? 3 : isChallenge ? 1 : 4
        let header = line.dropping(line.byteCount > word && line.byte(at: word) == 32 ? word + 1 : word).copied()
        guard let transaction = open ?? newTransaction(nil, time) else { return .failed }
        transaction.reply = POP3Transaction.Reply(isOK: isOK || isChallenge, header: header)
        if size > POP3Parser.longestReply { transaction.raise(.responseTooLong) }
        if isChallenge { isAuthenticating = true }
        let keyword = String(decoding: (transaction.command?.keyword ?? []).map(ASCII.uppercased), as: UTF8.self)
        if isOK, POP3Parser.hasData(keyword, transaction.command?.arguments.count ?? 0) {
            (isInData, isInMail) = (true, keyword == "RETR")
            return .ok
        }
        transaction.advance(.toClient, to: 1)
        return isOK && keyword == "STLS" ? .upgrade : .ok
    }

    private static func hasData(_ keyword: String, _ arguments: Int) -> Bool {
        switch keyword {
        case "TOP", "RETR", "CAPA": true
        case "LIST", "UIDL", "AUTH": arguments == 0
        default: false
        }
    }

    override func gap(_ count: Int, _ direction: FlowDirection, time: Timestamp) -> Bool {
        hasGap.insert(FlowDirections(direction))
        if direction == .toClient { (isInData, isInMail) = (false, false) }
        return true
    }
}

extension RawSpan {
    fileprivate func byte(at offset: Int, is value: UInt8) -> Bool { byteCount > offset && byte(at: offset) == value }
}

extension POP3Parser {
    static let descriptor = ProtocolDescriptor(
        .pop3, name: "pop3", transports: .tcp, ports: [110], requiresPort: true, buffers: [], events: POP3Transaction.events,
        eventType: "pop3", probe: { bytes, direction in probe(bytes, direction, isWhole: false) },
        makeParser: { limits, _ in POP3Parser(limits: limits) })

    private static func probe(_ bytes: RawSpan, _ direction: FlowDirection, isWhole: Bool) -> ProbeResult {
        if direction == .toClient {
            if bytes.begins(with: "+OK") || bytes.begins(with: "-ERR") { return .certain }
            return bytes.byteCount < 4 && !isWhole ? .unsure : .no
        }
        var word: [UInt8] = []
        while word.count < min(bytes.byteCount, 5), ASCII.isLetter(bytes.byte(at: word.count)) {
            word.append(ASCII.uppercased(bytes.byte(at: word.count)))
        }
        guard word.count < bytes.byteCount || isWhole else { return word.count < 5 ? .unsure : .no }
        return arguments[String(decoding: word, as: UTF8.self)] == nil ? .no : .certain
    }
}
