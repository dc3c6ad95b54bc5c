import Bytes

/// SMTP (RFC 5321) with pipelining (RFC 2920), chunks (RFC 3030) and STARTTLS (RFC 3207); a transaction is a mail.
public final class SMTPParser: ProtocolParser {
    public static let descriptor = ProtocolDescriptor(
        .smtp, name: "smtp", transports: .tcp, ports: [25, 587, 2525], buffers: SMTPFields.buffers, events: SMTPFields.events,
        frames: ["command_line", "data", "response_line"], eventType: "smtp",
        probe: { bytes, direction in SMTPParser.probe(bytes, direction) },
        makeParser: { limits, _ in SMTPParser(limits: limits) })

    private enum Frame: UInt8 { case commandLine, data, responseLine }

    /// A command whose reply is awaited.
    private enum Command { case data, endOfMail, startTLS, reset, other }

    private enum Mode {
        case commands
        /// Lines of a mail up to the lone dot.
        case data
        /// Bytes of a chunk that are still to come.
        case chunk(left: UInt64, isLast: Bool)
        /// AUTH exchanges lines that are no commands.
        case authentication
    }

    /// RFC 5321 §4.5.3.1.4 says 512; Suricata reads up to 4096.
    private static let longestLine = 4096
    private static let mostPending = 256

    private let limits: ParserLimits
    private var mode = Mode.commands
    private var pending: [Command] = []
    private var helo: [UInt8] = []
    /// The mail at hand; it stays after its end, for the commands that begin no other one.
    private var current: SMTPTransaction?
    /// Mails whose last line was sent and whose reply is awaited.
    private var waiting: [SMTPTransaction] = []
    /// The mail that is being sent.
    private var dataFrame: FrameID?
    private var isLineCut = false
    private var isReplyCut = false
    private var isMidDataLine = false
    private var hasWelcome = false

    public init(limits: ParserLimits) {
        self.limits = limits
        super.init(.smtp)
    }

    // MARK: - Detection

    static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        guard bytes.byteCount >= 4 else { return bytes.byteCount == 0 || ASCII.isAlphanumeric(bytes.byte(at: 0)) ? .unsure : .no }
        if direction == .toServer {
            return [
                "EHLO ", "HELO ", "EHLO\r", "HELO\r", "EHLO\n", "HELO\n", "MAIL FROM:", "RCPT TO:", "STARTTLS", "RSET\r", "RSET\n",
                "QUIT\r", "QUIT\n",
            ].contains {
                begins(bytes, $0)
            } ? .certain : .no
        }
        // FTP greets with 220 as well; the greeting of a mail server says what it is (RFC 5321 §4.3.1).
        guard begins(bytes, "220"), bytes.byte(at: 3) == 32 || bytes.byte(at: 3) == 45 else { return .no }
        var end = 4
        while end < bytes.byteCount, bytes.byte(at: end) != 10 { end += 1 }
        for at in 4..<max(end - 3, 4) where begins(bytes.dropping(at), "SMTP") { return .certain }
        return end == bytes.byteCount && end < longestLine ? .unsure : .no
    }

    private static func begins(_ bytes: RawSpan, _ word: StaticString) -> Bool {
        begins(bytes, word.description)
    }

    private static func begins(_ bytes: RawSpan, _ word: String) -> Bool {
        guard bytes.byteCount >= word.utf8.count else { return false }
        var at = 0
        for letter in word.utf8 {
            guard ASCII.uppercased(bytes.byte(at: at)) == letter else { return false }
            at += 1
        }
        return true
    }

    public override var hurriesRaw: Bool { true }

    public override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        direction == .toServer ? request(bytes, time) : reply(bytes)
    }

    /// Where the line at `start` ends: the offset of its LF, or nil when it is not there within the longest line.
    private func lineEnd(_ bytes: RawSpan, _ start: Int) -> Int? {
        var at = start
        let reach = min(bytes.byteCount, start + SMTPParser.longestLine)
        while at < reach {
            if bytes.byte(at: at) == 10 { return at }
            at += 1
        }
        return nil
    }

    // MARK: - Client

    private func request(_ bytes: RawSpan, _ time: Timestamp) -> ConsumeResult {
        var offset = 0
        while offset < bytes.byteCount {
            if case .chunk(let left, let isLast) = mode {
                guard let used = chunk(bytes.dropping(offset), left, isLast, time) else { break }
                offset += used
                continue
            }
            let end = lineEnd(bytes, offset)
            if case .data = mode {
                if dataFrame == nil { dataFrame = frame(Frame.data, at: offset, length: nil, .toServer, of: open(time).id) }
                guard let used = dataLine(bytes, offset, end, time) else { break }
                offset += used
                continue
            }
            guard let end else {
                guard bytes.byteCount - offset >= SMTPParser.longestLine else { break }
                if !isLineCut {
                    command(bytes.extracting(offset..<offset + SMTPParser.longestLine), time)
                    raise(.truncatedLine)
                }
                isLineCut = true
                offset += SMTPParser.longestLine
                continue
            }
            if isLineCut {
                isLineCut = false
            } else {
                let hasReturn = end > offset && bytes.byte(at: end - 1) == 13
                let line = frame(Frame.commandLine, at: offset, length: end + 1 - offset, .toServer)
                command(bytes.extracting(offset..<(hasReturn ? end - 1 : end)), time)
                if let line, let owner = current ?? transactions.last { assignFrame(line, to: owner.id) }
            }
            offset = end + 1
        }
        return ConsumeResult(consumed: offset)
    }

    /// Bytes of a mail's line that were dealt with; nil when more are needed.
    private func dataLine(_ bytes: RawSpan, _ offset: Int, _ end: Int?, _ time: Timestamp) -> Int? {
        let transaction = open(time)
        guard let end else {
            // A carriage return at the end may belong to a line end that has not arrived.
            guard bytes.byteCount - offset >= SMTPParser.longestLine else { return nil }
            let size = SMTPParser.longestLine - 1
            if !isMidDataLine { transaction.raise(.mimeLongLine) }
            transaction.feedMail(unstuffed(bytes.extracting(offset..<offset + size)), end: RawSpan())
            isMidDataLine = true
            return size
        }
        let hasReturn = end > offset && bytes.byte(at: end - 1) == 13
        let line = bytes.extracting(offset..<(hasReturn ? end - 1 : end))
        if !isMidDataLine, line.byteCount == 1, line.byte(at: 0) == 46 {
            mode = .commands
            endFrame(dataFrame, at: offset)
            dataFrame = nil
            endMail(transaction)
            expect(.endOfMail)
        } else {
            transaction.feedMail(unstuffed(line), end: bytes.extracting((hasReturn ? end - 1 : end)..<end + 1))
        }
        isMidDataLine = false
        return end + 1 - offset
    }

    /// RFC 5321 §4.5.2.
    @_lifetime(copy line)
    private func unstuffed(_ line: RawSpan) -> RawSpan {
        !isMidDataLine && line.byteCount > 1 && line.byte(at: 0) == 46 ? line.dropping(1) : line
    }

    /// Takes the whole lines of a chunk, and what is left at its end. Nil when more bytes are needed.
    private func chunk(_ bytes: RawSpan, _ left: UInt64, _ isLast: Bool, _ time: Timestamp) -> Int? {
        let transaction = open(time)
        let size = Int(min(left, UInt64(bytes.byteCount)))
        let part = bytes.prefix(size)
        var at = 0
        while at < size {
            if let end = lineEnd(part, at) {
                let contentEnd = end > at && part.byte(at: end - 1) == 13 ? end - 1 : end
                transaction.feedMail(part.extracting(at..<contentEnd), end: part.extracting(contentEnd..<end + 1))
                at = end + 1
            } else if size - at >= SMTPParser.longestLine {
                transaction.feedMail(part.extracting(at..<at + SMTPParser.longestLine - 1), end: RawSpan())
                at += SMTPParser.longestLine - 1
            } else if UInt64(size) == left {
                transaction.feedMail(part.dropping(at), end: RawSpan())
                at = size
            } else {
                break
            }
        }
        guard at > 0 else { return nil }
        let rest = left - UInt64(at)
        mode = rest > 0 ? .chunk(left: rest, isLast: isLast) : .commands
        if rest == 0, isLast { endMail(transaction) }
        return at
    }

    private func command(_ line: RawSpan, _ time: Timestamp) {
        if case .authentication = mode {
            // Without the server's side nobody tells when the exchange is over.
            guard SMTPParser.begins(line, "MAIL FROM") else {
                expect(.other)
                return
            }
            mode = .commands
        }
        let isOfTheLastMail = SMTPParser.begins(line, "RSET") || SMTPParser.begins(line, "QUIT")
        let transaction = isOfTheLastMail ? current ?? open(time) : open(time)
        if !hasWelcome { transaction.raise(.noServerWelcome) }
        if SMTPParser.begins(line, "HELO") || SMTPParser.begins(line, "EHLO") {
            hello(MIMEHeaders.trimmed(line.dropping(4)), transaction, time)
            expect(.other)
        } else if SMTPParser.begins(line, "MAIL FROM") {
            if transaction.mailFrom.isEmpty {
                transaction.mailFrom = SMTPParser.path(line.dropping(min(10, line.byteCount)))
            } else {
                transaction.raise(.duplicateFields)
            }
            expect(.other)
        } else if SMTPParser.begins(line, "RCPT TO") {
            if transaction.recipients.count < limits.transactionLimit {
                transaction.recipients.append(SMTPParser.path(line.dropping(min(8, line.byteCount))))
            }
            expect(.other)
        } else if SMTPParser.begins(line, "DATA"), line.byteCount == 4 {
            transaction.beginMail()
            mode = .data
            isMidDataLine = false
            expect(.data)
        } else if SMTPParser.begins(line, "BDAT ") {
            beginChunk(line.dropping(5), time)
        } else if SMTPParser.begins(line, "RSET") {
            // What comes behind it belongs to another mail, even when the reply is still on its way.
            if !transaction.mailFrom.isEmpty, !transaction.isDone { close(transaction) }
            expect(.reset)
        } else if SMTPParser.begins(line, "STARTTLS") {
            expect(.startTLS)
        } else if SMTPParser.begins(line, "AUTH ") {
            mode = .authentication
            expect(.other)
        } else {
            expect(.other)
        }
    }

    /// A second greeting begins anew as RSET does (RFC 5321 §4.1.4).
    private func hello(_ name: [UInt8], _ transaction: SMTPTransaction, _ time: Timestamp) {
        guard helo.isEmpty else {
            transaction.raise(.duplicateFields)
            if !transaction.mailFrom.isEmpty { close(transaction) }
            return
        }
        helo = name
        transaction.helo = name
    }

    /// The address with its brackets; parameters behind it are left out.
    private static func path(_ text: RawSpan) -> [UInt8] {
        let trimmed = MIMEHeaders.trimmed(text)
        if trimmed.first == 60, let close = trimmed.firstIndex(of: 62) { return Array(trimmed[...close]) }
        return Array(trimmed.prefix { $0 != 32 })
    }

    private func beginChunk(_ arguments: RawSpan, _ time: Timestamp) {
        var size: UInt64 = 0
        var at = 0
        while at < arguments.byteCount, ASCII.isDigit(arguments.byte(at: at)) {
            let (product, overflow) = size.multipliedReportingOverflow(by: 10)
            guard !overflow, product < 1 << 40 else {
                open(time).raise(.bdatChunkExceeded)
                return
            }
            size = product + UInt64(arguments.byte(at: at) - 48)
            at += 1
        }
        let isLast = MIMEHeaders.trimmed(arguments.dropping(at)).map(ASCII.uppercased).elementsEqual("LAST".utf8)
        let transaction = open(time)
        transaction.beginMail()
        expect(isLast ? .endOfMail : .other)
        if size > 0 {
            mode = .chunk(left: size, isLast: isLast)
        } else if isLast {
            endMail(transaction)
        }
    }

    private func expect(_ command: Command) {
        if pending.count < SMTPParser.mostPending { pending.append(command) }
    }

    // MARK: - Server

    private func reply(_ bytes: RawSpan) -> ConsumeResult {
        var offset = 0
        while offset < bytes.byteCount {
            guard let end = lineEnd(bytes, offset) else {
                guard bytes.byteCount - offset >= SMTPParser.longestLine else { break }
                if !isReplyCut { raise(.truncatedLine) }
                isReplyCut = true
                offset += SMTPParser.longestLine
                continue
            }
            let line = bytes.extracting(offset..<end)
            if !isReplyCut {
                frame(
                    Frame.responseLine, at: offset, length: end + 1 - offset, .toClient,
                    of: (waiting.first ?? current ?? transactions.last)?.id)
            }
            offset = end + 1
            if isReplyCut {
                isReplyCut = false
                continue
            }
            if replyLine(line) { return ConsumeResult(consumed: offset, status: .upgrade) }
        }
        return ConsumeResult(consumed: offset)
    }

    /// True when the server agreed to go on in TLS.
    private func replyLine(_ line: RawSpan) -> Bool {
        guard line.byteCount >= 3, (0..<3).allSatisfy({ ASCII.isDigit(line.byte(at: $0)) }) else {
            raise(.invalidReply)
            return false
        }
        // A dash says that more lines of this reply follow.
        if line.byteCount >= 4, line.byte(at: 3) == 45 { return false }
        let code = Int(line.byte(at: 0) - 48) * 100 + Int(line.byte(at: 1) - 48) * 10 + Int(line.byte(at: 2) - 48)
        if case .authentication = mode, code != 334 { mode = .commands }
        guard !pending.isEmpty else {
            if !hasWelcome, code != 220 { raise(.invalidReply) }
            hasWelcome = true
            return false
        }
        switch pending.removeFirst() {
        case .data:
            guard code != 354, let transaction = current, transaction.hasMail else { return false }
            transaction.raise(.dataRejected)
            if case .data = mode { mode = .commands }
            close(transaction)
        case .endOfMail:
            if !waiting.isEmpty { waiting.removeFirst().advance(.toClient, to: SMTPFields.replied) }
        case .startTLS:
            if code == 220 {
                if let transaction = current { close(transaction) }
                return true
            }
            raise(.tlsRejected)
        case .reset:
            if code == 250, let transaction = current, transaction.mailFrom.isEmpty, !transaction.isDone, pending.isEmpty {
                close(transaction)
            }
        case .other: break
        }
        return false
    }

    // MARK: - Mails

    private func raise(_ event: SMTPFields.Event) {
        if let transaction = current ?? transactions.last as? SMTPTransaction {
            transaction.raise(event)
        } else if !events.contains(event.rawValue) {
            events.append(event.rawValue)
        }
    }

    private func open(_ time: Timestamp) -> SMTPTransaction {
        if let current, !current.isDone { return current }
        let transaction = SMTPTransaction(id: nextTransactionID, startTime: time, limits: limits)
        transaction.helo = helo
        nextTransactionID += 1
        if transactions.count >= limits.transactionLimit, let oldest = transactions.first as? SMTPTransaction { close(oldest) }
        if transactions.count >= limits.transactionLimit { transactions.removeFirst() }
        transactions.append(transaction)
        current = transaction
        return transaction
    }

    private func endMail(_ transaction: SMTPTransaction) {
        transaction.finishMail(isWhole: true)
        transaction.isDone = true
        if waiting.count < SMTPParser.mostPending { waiting.append(transaction) }
    }

    /// Nothing more will be added to it.
    private func close(_ transaction: SMTPTransaction) {
        transaction.finishMail(isWhole: false)
        transaction.advance(.toServer, to: SMTPFields.complete)
        transaction.advance(.toClient, to: SMTPFields.replied)
        transaction.isDone = true
    }

    /// Bytes lost inside a chunk or a mail are lost to the mail alone.
    public override func gap(_ count: Int, _ direction: FlowDirection, time: Timestamp) -> Bool {
        guard direction == .toServer else {
            pending.removeAll()
            return true
        }
        switch mode {
        case .data:
            current?.files.last?.noteGap(count)
            isMidDataLine = true
            return true
        case .chunk(let left, let isLast) where UInt64(max(count, 0)) < left:
            current?.files.last?.noteGap(count)
            mode = .chunk(left: left - UInt64(max(count, 0)), isLast: isLast)
            return true
        case .chunk, .commands, .authentication:
            if let current, !current.isDone { close(current) }
            return false
        }
    }

    public override func end(_ direction: FlowDirection, time: Timestamp) {
        if direction == .toServer, let transaction = current, !transaction.isDone { close(transaction) }
        if direction == .toClient {
            for transaction in waiting { transaction.advance(.toClient, to: SMTPFields.replied) }
            waiting.removeAll()
            current?.advance(.toClient, to: SMTPFields.replied)
        }
    }
}
