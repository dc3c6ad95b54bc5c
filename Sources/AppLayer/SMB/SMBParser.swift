import Bytes

/// SMB 1 to 3 over TCP, in NetBIOS sessions (RFC 1002 §4.3) or directly ([MS-SMB2] §2.1).
///
/// Records are read when they are whole. Only reads and writes of files are taken piece by piece as they come, so that large files
/// need no large buffers.
final class SMBParser: ProtocolParser {
    /// Bytes of a record that must be there before a read or write is taken in pieces.
    private static let partialMinimum = 512

    /// Where one direction of the stream stands.
    struct Side {
        /// Bytes of the record at hand that nobody wants.
        var skip = 0
        /// Bytes of a file's chunk that are still to come, and whose they are.
        var fileLeft: UInt64 = 0
        var transfer: SMBTransaction?
        /// The next record must be searched for.
        var isLost = false
        var hadGap = false
        var hasStarted = false
        /// What comes is no SMB: answers are not waited for any more.
        var isTruncated = false
    }

    let limits: ParserLimits
    let connection: SMBConnection
    var sides = [Side(), Side()]
    private(set) var now = Timestamp(microseconds: 0)
    private let transactionLimit: Int
    /// More transactions are open than allowed.
    private var isOverloaded = false

    init(limits: ParserLimits) {
        self.limits = limits
        connection = SMBConnection(limits: limits.smb)
        transactionLimit = limits.transactions(of: "smb", otherwise: 1024)
        super.init(.smb)
    }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        now = time
        let side = direction.index
        var offset = min(sides[side].skip, bytes.byteCount)
        sides[side].skip -= offset
        offset += takeFileBytes(bytes.dropping(offset), direction)
        if !sides[side].hasStarted {
            guard bytes.byteCount - offset >= 8 else { return ConsumeResult(consumed: offset) }
            sides[side].hasStarted = true
            // A connection picked up in its middle may begin within a record.
            if !SMBRecord.beginsRecord(bytes.dropping(offset)) { sides[side].isLost = true }
        }
        if sides[side].isLost {
            offset += search(bytes.dropping(offset), side)
            if sides[side].isLost { return ConsumeResult(consumed: offset) }
        }
        while bytes.byteCount - offset >= 4 {
            let rest = bytes.dropping(offset)
            let length = Int(rest.uint24(at: 1))
            if rest.byteCount - 4 < length {
                offset += partial(rest, at: offset, length, direction)
                break
            }
            frameRecord(rest, at: offset, length, direction)
            guard rest.byte(at: 0) != SMBRecord.sessionMessage || record(rest.extracting(4..<4 + length), direction) else {
                return ConsumeResult(consumed: bytes.byteCount, status: .failed)
            }
            if isOverloaded { return ConsumeResult(consumed: bytes.byteCount, status: .failed) }
            offset += 4 + length
        }
        if sides[side].hadGap, offset == bytes.byteCount { closeAfterGap(direction) }
        return ConsumeResult(consumed: offset, status: isOverloaded ? .failed : .ok)
    }

    /// Looks for the next record after a gap. Returns the bytes before it; or, while there is none, all but those that may begin one.
    private func search(_ bytes: RawSpan, _ side: Int) -> Int {
        guard let found = SMBRecord.search(bytes) else { return max(0, bytes.byteCount - 7) }
        sides[side].isLost = false
        return found
    }

    /// A record of `length` bytes of which only a part is here. Returns the bytes taken.
    private func partial(_ bytes: RawSpan, at place: Int, _ length: Int, _ direction: FlowDirection) -> Int {
        guard bytes.byteCount > 8 else { return 0 }
        guard bytes.byteCount >= Self.partialMinimum else {
            if !SMBRecord.beginsRecord(bytes) { truncate(direction) }
            return 0
        }
        guard bytes.byte(at: 0) == SMBRecord.sessionMessage, SMBRecord.beginsSMB(bytes) else { return 0 }
        let content = bytes.dropping(4)
        let remaining = length - content.byteCount
        switch content.byte(at: 0) {
        case 0xff:
            guard let header = SMB1Header(content), header.command == (direction == .toServer ? 0x2f : 0x2e),
                connection.trees[header.treeKey]?.isPipe != true
            else { return 0 }
            frameRecord(bytes, at: place, length, direction)
            if direction == .toServer {
                write(header, content, command: header.command, offset: SMB1Header.size, remaining: remaining)
            } else {
                readAnswer(header, content, offset: SMB1Header.size, remaining: remaining)
            }
        case 0xfe:
            guard let header = SMB2Header(content, direction), header.command == (direction == .toServer ? 9 : 8) else { return 0 }
            frameRecord(bytes, at: place, length, direction)
            if direction == .toServer {
                write(header, content.dropping(SMB2Header.size), remaining: remaining)
            } else {
                readAnswer(header, content.dropping(SMB2Header.size), remaining: remaining)
            }
        default: return 0
        }
        return bytes.byteCount
    }

    /// A whole record without its NetBIOS header. False when it is so broken that what follows cannot be trusted.
    private func record(_ bytes: RawSpan, _ direction: FlowDirection) -> Bool {
        guard bytes.byteCount >= 4, SMBRecord.isMagic(bytes, at: 0) else {
            // An empty message from the server is harmless.
            if direction == .toClient, bytes.byteCount < 4 { return true }
            raise(.malformedData)
            return false
        }
        switch bytes.byte(at: 0) {
        case 0xff: return recordOfSMB1(bytes, direction)
        case 0xfe: return recordsOfSMB2(bytes, direction)
        default: return transforms(bytes, direction)
        }
    }

    private func recordOfSMB1(_ bytes: RawSpan, _ direction: FlowDirection) -> Bool {
        guard let header = SMB1Header(bytes) else {
            raise(.malformedData)
            return false
        }
        if isExpected(header.isResponse, direction) {
            direction == .toServer ? requests(header, bytes) : answers(header, bytes)
        }
        return true
    }

    private func recordsOfSMB2(_ bytes: RawSpan, _ direction: FlowDirection) -> Bool {
        var offset = 0
        while offset < bytes.byteCount {
            let rest = bytes.dropping(offset)
            guard let header = SMB2Header(rest, direction) else {
                raise(.malformedData)
                return false
            }
            let content = rest.extracting(SMB2Header.size..<header.length)
            if isExpected(header.isResponse, direction) {
                direction == .toServer ? request(header, content) : answer(header, content)
            }
            offset += header.length
        }
        return true
    }

    private func isExpected(_ isResponse: Bool, _ direction: FlowDirection) -> Bool {
        if isResponse == (direction == .toClient) { return true }
        raise(isResponse ? .responseToServer : .requestToClient)
        return false
    }

    /// Encrypted records ([MS-SMB2] §2.2.41): nothing in them can be read, but the connection may speak plainly again.
    private func transforms(_ bytes: RawSpan, _ direction: FlowDirection) -> Bool {
        var offset = 0
        while offset < bytes.byteCount {
            let left = bytes.byteCount - offset
            guard left >= 52, SMBRecord.isMagic(bytes, at: offset), bytes.byte(at: offset) == 0xfd,
                left - 52 >= Int(bytes.littleEndianUInt32(at: offset + 36))
            else {
                raise(.malformedData)
                return false
            }
            offset += 52 + Int(bytes.littleEndianUInt32(at: offset + 36))
        }
        return true
    }

    // MARK: frames

    private enum Frame: UInt8 {
        case nbssPDU, nbssHeader, nbssData, smb1PDU, smb1Header, smb1Data, smb2PDU, smb2Header, smb2Data, smb3PDU, smb3Header, smb3Data
    }

    /// Reports the frames of the record at the start of `bytes`, which are `place` bytes into what was shown.
    private func frameRecord(_ bytes: RawSpan, at place: Int, _ length: Int, _ direction: FlowDirection) {
        guard frames != nil else { return }
        frame(Frame.nbssPDU, at: place, length: 4 + length, direction)
        frame(Frame.nbssHeader, at: place, length: 4, direction)
        frame(Frame.nbssData, at: place + 4, length: length, direction)
        guard bytes.byte(at: 0) == SMBRecord.sessionMessage else { return }
        var at = 4
        while SMBRecord.isMagic(bytes, at: at), at < 4 + length {
            let left = 4 + length - at
            switch bytes.byte(at: at) {
            case 0xff:
                frame(.smb1PDU, .smb1Header, .smb1Data, at: place + at, header: SMB1Header.size, length: left, direction)
                return
            case 0xfe:
                guard bytes.byteCount - at >= 24 else { return }
                let next = Int(bytes.littleEndianUInt32(at: at + 20))
                let size = next > SMB2Header.size ? min(next, left) : left
                let header = Int(bytes.littleEndianUInt16(at: at + 4))
                frame(.smb2PDU, .smb2Header, .smb2Data, at: place + at, header: header, length: size, direction)
                at += size
            default:
                guard bytes.byteCount - at >= 40 else { return }
                let size = min(52 + Int(bytes.littleEndianUInt32(at: at + 36)), left)
                frame(.smb3PDU, .smb3Header, .smb3Data, at: place + at, header: 52, length: size, direction)
                at += size
            }
        }
    }

    private func frame(
        _ pdu: Frame, _ head: Frame, _ data: Frame, at place: Int, header: Int, length: Int, _ direction: FlowDirection
    ) {
        frame(pdu, at: place, length: length, direction)
        frame(head, at: place, length: min(header, length), direction)
        if length > header { frame(data, at: place + header, length: length - header, direction) }
    }

    // MARK: transactions

    var open: some Sequence<SMBTransaction> { transactions.lazy.compactMap { $0 as? SMBTransaction } }

    func begin(_ header: SMBTransaction.Header, _ command: SMBTransaction.Command?, _ detail: SMBTransaction.Detail = .none)
        -> SMBTransaction
    {
        let transaction = SMBTransaction(
            id: nextTransactionID, startTime: now, connection: connection, header: header, command: command, detail: detail)
        nextTransactionID += 1
        if transactions.count > transactionLimit, !isOverloaded {
            isOverloaded = true
            transaction.raise(.tooManyTransactions)
        }
        transactions.append(transaction)
        return transaction
    }

    /// A transaction whose request is whole.
    @discardableResult
    func beginRequest(_ header: SMBTransaction.Header, _ command: SMBTransaction.Command, _ detail: SMBTransaction.Detail = .none)
        -> SMBTransaction
    {
        let transaction = begin(header, command, detail)
        transaction.finishRequest()
        if sides[FlowDirection.toClient.index].isTruncated { transaction.finishResponse() }
        return transaction
    }

    /// The transaction that an answer to `command` belongs to.
    func find(_ header: SMBTransaction.Header, _ command: SMBTransaction.Command) -> SMBTransaction? {
        open.first { $0.command == command && $0.header.isAnswered(by: header) }
    }

    func findTreeConnect(_ header: SMBTransaction.Header) -> SMBTransaction? {
        open.first {
            guard case .treeConnect = $0.detail else { return false }
            return $0.header.isAnswered(by: header)
        }
    }

    func findSessionSetup(session: UInt64, message: UInt64) -> SMBTransaction? {
        let wanted = SMBTransaction.Header(kind: .other, session: session, tree: 0, message: message)
        return open.first {
            guard case .sessionSetup = $0.detail else { return false }
            return $0.header.isAnswered(by: wanted)
        }
    }

    func findNegotiate(_ version: UInt8) -> SMBTransaction? {
        open.first {
            guard case .negotiate(let negotiate) = $0.detail else { return false }
            return negotiate.version == version
        }
    }

    /// Events belong to the newest transaction.
    func raise(_ event: SMBFields.Event) { (transactions.last as? SMBTransaction)?.raise(event) }

    // MARK: gaps and ends

    override func gap(_ count: Int, _ direction: FlowDirection, time: Timestamp) -> Bool {
        now = time
        let side = direction.index
        let skipped = min(sides[side].skip, count)
        sides[side].skip -= skipped
        var left = count - skipped
        if left > 0, sides[side].fileLeft > 0 { left -= loseFileBytes(left, direction) }
        // A gap within one chunk of a file leaves the place of the next record known.
        if left > 0 { sides[side].isLost = true }
        sides[side].hadGap = true
        sides[side].hasStarted = true
        return true
    }

    /// What waits for an answer from before the gap will not get it. Files can bridge gaps; they have a minute.
    private func closeAfterGap(_ direction: FlowDirection) {
        for transaction in open.dropLast() {
            if case .file(var file) = transaction.detail {
                if let deadline = file.deadline, now.seconds > deadline {
                    file.assembly.truncate()
                    transaction.finishRequest()
                    transaction.finishResponse()
                } else if file.deadline == nil {
                    file.deadline = now.seconds + 60
                    transaction.detail = .file(file)
                }
            } else {
                transaction.finishRequest()
                if direction == .toClient { transaction.finishResponse() }
            }
        }
    }

    private func truncate(_ direction: FlowDirection) {
        sides[direction.index].isTruncated = true
        for transaction in transactions { transaction.advance(direction, to: 1) }
    }

    override func end(_ direction: FlowDirection, time: Timestamp) {
        for transaction in transactions { transaction.advance(direction, to: 1) }
    }
}

extension SMBParser {
    static let descriptor = ProtocolDescriptor(
        .smb, name: "smb", transports: .tcp, ports: [139, 445], streamDepth: 0, buffers: SMBFields.buffers,
        numbers: SMBFields.numbers,
        events: SMBFields.events,
        frames: ["nbss", "smb1", "smb2", "smb3"].flatMap { [$0 + ".pdu", $0 + ".hdr", $0 + ".data"] }, eventType: "smb", probe: probe
    ) { limits, _ in SMBParser(limits: limits) }

    /// A record; or a first short message of a NetBIOS session and then a record.
    @Sendable private static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        guard bytes.byteCount > 0 else { return .unsure }
        guard SMBRecord.isMessageType(bytes.byte(at: 0)) else { return .no }
        guard bytes.byteCount >= 8 else { return .unsure }
        if SMBRecord.isMagic(bytes, at: 4) { return sender(bytes, direction) }
        let length = Int(bytes.uint24(at: 1))
        guard bytes.byte(at: 0) != SMBRecord.sessionMessage, length < 256 else { return .no }
        guard bytes.byteCount - 4 - length >= 8 else { return .unsure }
        return SMBRecord.isMessageType(bytes.byte(at: 4 + length)) && SMBRecord.isMagic(bytes, at: 8 + length) ? .certain : .no
    }

    /// Who sends the message, as its flags say; encrypted ones do not tell.
    private static func sender(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        let isAnswer: Bool
        switch bytes.byte(at: 4) {
        case 0xff:
            guard bytes.byteCount > 13 else { return .unsure }
            isAnswer = bytes.byte(at: 13) & 0x80 != 0
        case 0xfe:
            guard bytes.byteCount > 20 else { return .unsure }
            isAnswer = bytes.byte(at: 20) & 1 != 0
        default: return .certain
        }
        return isAnswer == (direction == .toClient) ? .certain : .reversed
    }
}
