import Bytes

/// A data connection of FTP: one file, announced on the control connection.
final class FTPDataParser: ProtocolParser {
    private let transaction: FTPDataTransaction

    init(limits: ParserLimits, fileName: [UInt8], command: FTPTransfer, direction: FlowDirection, time: Timestamp) {
        transaction = FTPDataTransaction(
            fileName: fileName, command: command,
            file: TransferredFile(direction: direction, name: fileName, limit: limits.responseBodyLimit, hashes: limits.fileHashes),
            time: time)
        super.init(.ftpData)
        transactions = [transaction]
        nextTransactionID = 1
    }

    override func consume(_ bytes: RawSpan, _ direction: FlowDirection, time: Timestamp) -> ConsumeResult {
        if direction == transaction.file.direction { transaction.file.append(bytes) }
        return ConsumeResult(consumed: bytes.byteCount)
    }

    override func gap(_ count: Int, _ direction: FlowDirection, time: Timestamp) -> Bool {
        if direction == transaction.file.direction { transaction.file.noteGap(count) }
        return true
    }

    override func end(_ direction: FlowDirection, time: Timestamp) {
        if direction == transaction.file.direction { transaction.file.close(.closed) }
        transaction.advance(direction, to: 1)
    }

    /// Nothing in the bytes says that they are FTP data: only an announced flow is.
    static let descriptor = ProtocolDescriptor(
        .ftpData, name: "ftp-data", transports: .tcp, ports: [], buffers: [], numbers: FTPFields.dataNumbers, eventType: "ftp_data",
        probe: { _, _ in .no }
    ) { limits, _ in FTPDataParser(limits: limits, fileName: [], command: .retrieve, direction: .toClient, time: Timestamp(microseconds: 0))
    }
}

/// What a data connection is for.
enum FTPTransfer: UInt64 {
    case retrieve = 1
    case store = 2
    /// LIST, NLST, MLSD: text about files, no file.
    case listing = 0

    init?(_ command: [UInt8]) {
        switch String(decoding: command, as: UTF8.self) {
        case "RETR": self = .retrieve
        case "STOR": self = .store
        case "LIST", "NLST", "MLSD": self = .listing
        default: return nil
        }
    }
}

/// The transfer of one file.
final class FTPDataTransaction: Transaction {
    let fileName: [UInt8]
    let command: FTPTransfer
    let file: TransferredFile

    init(fileName: [UInt8], command: FTPTransfer, file: TransferredFile, time: Timestamp) {
        self.fileName = fileName
        self.command = command
        self.file = file
        super.init(id: 0, startTime: time)
        if command != .listing { files = [file] }
    }

    override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard buffer == .ftpDataCommand else { return super.withBuffer(buffer, direction, instance: instance, body) }
        guard instance == 0, command != .listing else { return false }
        NumberField.supply(command.rawValue, body)
        return true
    }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("ftp_data")
        json.beginObject()
        if !fileName.isEmpty {
            json.key("filename")
            json.string(fileName)
        }
        if command != .listing {
            json.key("command")
            json.string(command == .retrieve ? "RETR" : "STOR")
        }
        json.endObject()
    }
}
