import Bytes

/// A data connection of FTP: one file, announced on the control connection.
final class FTPDataParser: ProtocolParser {
    private let transaction: FTPDataTransaction

    init(limits: ParserLimits, fileName: [UInt8], isDownload: Bool, direction: FlowDirection, time: Timestamp) {
        transaction = FTPDataTransaction(
            fileName: fileName, isDownload: isDownload,
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
    ) { limits, _ in FTPDataParser(limits: limits, fileName: [], isDownload: true, direction: .toClient, time: Timestamp(microseconds: 0)) }
}

/// The transfer of one file.
final class FTPDataTransaction: Transaction {
    let fileName: [UInt8]
    let isDownload: Bool
    let file: TransferredFile

    init(fileName: [UInt8], isDownload: Bool, file: TransferredFile, time: Timestamp) {
        self.fileName = fileName
        self.isDownload = isDownload
        self.file = file
        super.init(id: 0, startTime: time)
        files = [file]
    }

    override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard buffer == .ftpDataCommand else { return super.withBuffer(buffer, direction, instance: instance, body) }
        guard instance == 0 else { return false }
        NumberField.supply(isDownload ? 1 : 2, body)
        return true
    }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("ftp_data")
        json.beginObject()
        if !fileName.isEmpty {
            json.key("filename")
            json.string(fileName)
        }
        json.key("command")
        json.string(isDownload ? "RETR" : "STOR")
        json.endObject()
    }
}
