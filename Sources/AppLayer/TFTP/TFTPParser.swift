import Bytes

/// A request of TFTP (RFC 1350 §5): the file that is asked for or offered. The rest of the transfer runs between other ports.
final class TFTPTransaction: MessageTransaction {
    let operation: UInt8
    let file: [UInt8]
    let mode: [UInt8]

    /// Nil when the datagram is no message with a file and a mode.
    init?(_ origin: MessageOrigin, _ bytes: RawSpan) {
        guard bytes.byteCount >= 4, bytes.byte(at: 0) == 0, (1...5).contains(bytes.byte(at: 1)),
            let fileEnd = bytes.firstOffset(of: 0, from: 2), let modeEnd = bytes.firstOffset(of: 0, from: fileEnd + 1)
        else { return nil }
        let file = bytes.extracting(2..<fileEnd)
        let mode = bytes.extracting(fileEnd + 1..<modeEnd).copied().map(ASCII.lowercased)
        guard BER.isText(file), TFTPTransaction.modes.contains(where: { Array($0.utf8) == mode }) else { return nil }
        operation = bytes.byte(at: 1)
        self.file = file.copied()
        self.mode = mode
        super.init(origin)
    }

    private static let modes = ["netascii", "mail", "octet"]
    private static let operations: [StaticString] = ["read", "write", "data", "ack", "error"]

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("tftp")
        json.beginObject()
        json.key("packet")
        json.string(TFTPTransaction.operations[Int(operation) - 1])
        json.key("file")
        json.string(file)
        json.key("mode")
        json.string(mode)
        json.endObject()
    }
}

/// TFTP: each request a transaction.
final class TFTPParser: DatagramParser {
    static let descriptor = ProtocolDescriptor(
        .tftp, name: "tftp", transports: .udp, ports: [69], requiresPort: true, buffers: [], eventType: "tftp",
        probe: { bytes, direction in direction == .toServer && bytes.byteCount >= 4 && bytes.byte(at: 0) == 0 ? .certain : .no }
    ) { limits, _ in TFTPParser(limits: limits) }

    init(limits: ParserLimits) { super.init(.tftp, limits: limits) }

    override func message(_ bytes: RawSpan, _ origin: MessageOrigin) -> MessageTransaction? {
        origin.direction == .toServer ? TFTPTransaction(origin, bytes) : nil
    }
}
