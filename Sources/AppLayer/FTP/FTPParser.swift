import Bytes

/// The control connection of FTP (RFC 959), and what it says about data connections (RFC 2428 for EPRT and EPSV).
final class FTPParser: ProtocolParser {
    private static let mostReplies = 256

    private let limits: ParserLimits
    /// The rest of a line that was too long is passed over, by direction.
    private var skips = (toServer: false, toClient: false)
    /// The port that PORT, EPRT, PASV or EPSV agreed on, until a transfer uses it.
    private var dataPort: (port: UInt16, isActive: Bool)?
    private var isUpgrading = false

    init(limits: ParserLimits) {
        self.limits = limits
        super.init(.ftp)
    }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        var offset = 0
        while offset < bytes.byteCount {
            let skipping = direction == .toServer ? skips.toServer : skips.toClient
            guard let end = bytes.firstOffset(of: 10, from: offset) else {
                let waiting = bytes.byteCount - offset
                if skipping { return ConsumeResult(consumed: bytes.byteCount) }
                guard waiting > limits.ftpLineLimit else { return ConsumeResult(consumed: offset) }
                take(bytes.extracting(offset..<offset + limits.ftpLineLimit), isCut: true, direction, time)
                setSkip(true, direction)
                return ConsumeResult(consumed: bytes.byteCount)
            }
            if skipping {
                setSkip(false, direction)
            } else {
                var stop = end
                if stop > offset, bytes.byte(at: stop - 1) == 13 { stop -= 1 }
                let isCut = stop - offset > limits.ftpLineLimit
                take(bytes.extracting(offset..<min(stop, offset + limits.ftpLineLimit)), isCut: isCut, direction, time)
            }
            offset = end + 1
            if isUpgrading {
                isUpgrading = false
                return ConsumeResult(consumed: offset, status: .upgrade)
            }
        }
        return ConsumeResult(consumed: offset)
    }

    private func setSkip(_ skips: Bool, _ direction: FlowDirection) {
        if direction == .toServer { self.skips.toServer = skips } else { self.skips.toClient = skips }
    }

    private func take(_ line: RawSpan, isCut: Bool, _ direction: FlowDirection, _ time: Timestamp) {
        if direction == .toServer { request(line.copied(), isCut, time) } else { reply(line.copied(), isCut, time) }
    }

    private func newTransaction(_ time: Timestamp) -> FTPTransaction? {
        let open = transactions.lazy.compactMap { $0 as? FTPTransaction }.filter { !$0.isDone }
        guard open.count < limits.transactions(of: "ftp", otherwise: limits.transactionLimit) else {
            open.first?.raise(FTPFields.Event.tooManyTransactions.rawValue)
            return nil
        }
        let transaction = FTPTransaction(id: nextTransactionID, startTime: time)
        nextTransactionID += 1
        transactions.append(transaction)
        return transaction
    }

    // MARK: commands

    private func request(_ line: [UInt8], _ isCut: Bool, _ time: Timestamp) {
        guard !line.isEmpty, let transaction = newTransaction(time) else { return }
        let word = line.prefix { $0 != 32 }
        transaction.command = word.map(ASCII.uppercased)
        transaction.commandData = Array(line.dropFirst(word.count + 1))
        transaction.isCommandCut = isCut
        if isCut { transaction.raise(FTPFields.Event.requestTooLong.rawValue) }
        transaction.advance(.toServer, to: 1)
        switch String(decoding: transaction.command, as: UTF8.self) {
        case "PORT":
            guard let place = FTPPort.hostPort(transaction.commandData) else { return }
            transaction.dynamicPort = place.port
            transaction.dataAddress = place.address
            dataPort = (place.port, true)
        case "EPRT":
            guard let port = FTPPort.extended(transaction.commandData) else { return }
            transaction.dynamicPort = port
            dataPort = (port, true)
        default: if let transfer = FTPTransfer(transaction.command) { expectData(transaction, transfer) }
        }
    }

    private func expectData(_ transaction: FTPTransaction, _ transfer: FTPTransfer) {
        guard let agreed = dataPort else {
            if transfer != .listing { transaction.raise(FTPFields.Event.fileBeforePort.rawValue) }
            return
        }
        guard expected.count < 16 else { return }
        dataPort = nil
        // In active mode the server opens the data connection, so it is that flow's client.
        let direction: FlowDirection = (transfer != .store) == agreed.isActive ? .toServer : .toClient
        expected.append(
            ExpectedFlow(
                port: Port(rawValue: agreed.port), descriptor: FTPDataParser.descriptor,
                parser: FTPDataParser(
                    limits: limits, fileName: transfer == .listing ? [] : transaction.commandData, command: transfer,
                    direction: direction, time: transaction.startTime)))
    }

    // MARK: replies

    private func reply(_ line: [UInt8], _ isCut: Bool, _ time: Timestamp) {
        guard !line.isEmpty else { return }
        let open = transactions.lazy.compactMap { $0 as? FTPTransaction }.first { !$0.isDone }
        // Further lines of an answer that has ended belong to it still.
        guard let transaction = open ?? (transactions.last as? FTPTransaction) ?? newTransaction(time) else { return }
        if transaction.replies.count < Self.mostReplies { transaction.replies.append(line) }
        if isCut {
            transaction.isReplyCut = true
            transaction.raise(FTPFields.Event.responseTooLong.rawValue)
        }
        let code = FTPTransaction.code(line).map { String(decoding: $0, as: UTF8.self) } ?? ""
        switch code {
        case "227":
            if let place = FTPPort.hostPort(FTPTransaction.text(line)) {
                transaction.dynamicPort = place.port
                dataPort = (place.port, false)
            }
        case "229":
            if let port = FTPPort.extended(FTPTransaction.text(line)) {
                transaction.dynamicPort = port
                dataPort = (port, false)
            }
        case "234" where transaction.command.elementsEqual(Array("AUTH".utf8)): isUpgrading = true
        default: break
        }
        // 1yz says that another answer follows (RFC 959 §4.2.1).
        if code.first == "1" { return }
        transaction.isDone = true
        transaction.advance(.toServer, to: 1)
        transaction.advance(.toClient, to: 1)
    }

    override func end(_ direction: FlowDirection, time: Timestamp) {
        for case let transaction as FTPTransaction in transactions {
            transaction.hasEnded = true
            transaction.advance(direction, to: 1)
        }
    }
}

extension FTPParser {
    static let descriptor = ProtocolDescriptor(
        .ftp, name: "ftp", transports: .tcp, ports: [21], buffers: FTPFields.buffers, numbers: FTPFields.numbers, events: FTPFields.events,
        eventType: "ftp", probe: probe
    ) { limits, _ in FTPParser(limits: limits) }

    private static let commands = ["USER ", "PASS ", "PORT ", "AUTH SSL", "AUTH TLS", "FEAT"].map { Array($0.utf8) }

    /// The client says; a greeting `220` is that of mail servers too.
    @Sendable private static func probe(_ bytes: RawSpan, _ direction: FlowDirection) -> ProbeResult {
        if direction == .toClient {
            let greeting = Array("220".utf8)
            for index in 0..<min(3, bytes.byteCount) where bytes.byte(at: index) != greeting[index] { return .no }
            return .unsure
        }
        var isOpen = false
        for command in commands {
            let count = min(command.count, bytes.byteCount)
            guard (0..<count).allSatisfy({ ASCII.uppercased(bytes.byte(at: $0)) == command[$0] }) else { continue }
            if count == command.count { return .certain }
            isOpen = true
        }
        return isOpen ? .unsure : .no
    }
}
