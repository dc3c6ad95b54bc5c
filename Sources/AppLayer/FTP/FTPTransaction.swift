import Bytes

/// One FTP command with its replies; a greeting that no command asked for is one without a command.
final class FTPTransaction: Transaction {
    enum Mode: UInt64 {
        case active = 1
        case passive = 2
    }

    /// In capitals; empty for a greeting.
    var command: [UInt8] = []
    var commandData: [UInt8] = []
    var isCommandCut = false
    /// Lines, without their ends.
    var replies: [[UInt8]] = []
    var isReplyCut = false
    /// The data port that was agreed on.
    var dynamicPort: UInt16?
    /// Where the client wants the data to go (PORT).
    var dataAddress: IPAddress?
    /// The final reply has come.
    var isDone = false
    /// The connection ended before it came.
    var hasEnded = false

    var mode: Mode? {
        switch String(decoding: command, as: UTF8.self) {
        case "PORT", "EPRT": .active
        case "PASV", "EPSV": .passive
        default: nil
        }
    }

    /// The three digits that a line begins with; nil where it has none.
    static func code(_ line: [UInt8]) -> [UInt8]? {
        guard line.count >= 3, line.prefix(3).allSatisfy(ASCII.isDigit) else { return nil }
        return Array(line.prefix(3))
    }

    /// The text behind the code.
    static func text(_ line: [UInt8]) -> [UInt8] { code(line) == nil ? line : Array(line.dropFirst(4)) }

    override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        switch buffer {
        case .ftpReply:
            guard direction == .toClient, instance < replies.count else { return false }
            let text = FTPTransaction.text(replies[instance])
            body(text.rawSpan)
            return true
        case .ftpCompletionCode:
            let codes = replies.compactMap(FTPTransaction.code)
            guard direction == .toClient, instance < codes.count else { return false }
            let code = codes[instance]
            body(code.rawSpan)
            return true
        default: break
        }
        guard instance == 0 else { return false }
        switch buffer {
        case .ftpCommand where direction == .toServer && !command.isEmpty:
            let value = command
            body(value.rawSpan)
        case .ftpCommandData where direction == .toServer && !commandData.isEmpty:
            let value = commandData
            body(value.rawSpan)
        case .ftpDynamicPort:
            guard let dynamicPort else { return false }
            NumberField.supply(UInt64(dynamicPort), body)
        case .ftpDataAddress:
            guard let dataAddress else { return false }
            NumberField.supply(dataAddress.low & 0xffff_ffff, body)
        case .ftpMode:
            guard let mode else { return false }
            NumberField.supply(mode.rawValue, body)
        case .ftpReplyReceived:
            // Asked when the answer has come or cannot come any more.
            guard isDone || hasEnded else { return false }
            NumberField.supply(replies.isEmpty ? 0 : 1, body)
        default: return false
        }
        return true
    }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("ftp")
        json.beginObject()
        if !command.isEmpty {
            json.key("command")
            json.string(command)
            if !commandData.isEmpty {
                json.key("command_data")
                json.string(commandData)
                json.key("command_truncated")
                json.bool(isCommandCut)
            }
        }
        let codes = replies.compactMap(FTPTransaction.code)
        if !codes.isEmpty {
            json.key("completion_code")
            json.beginArray()
            for code in codes { json.string(code) }
            json.endArray()
        }
        if !replies.isEmpty {
            json.key("reply")
            json.beginArray()
            for reply in replies { json.string(FTPTransaction.text(reply)) }
            json.endArray()
        }
        if let dynamicPort {
            json.key("dynamic_port")
            json.number(UInt64(dynamicPort))
        }
        if let mode {
            json.key("mode")
            json.string(mode == .active ? "active" : "passive")
        }
        json.key("reply_received")
        json.string(isDone ? "yes" : "no")
        if !replies.isEmpty {
            json.key("reply_truncated")
            json.bool(isReplyCut)
        }
        json.endObject()
    }
}
