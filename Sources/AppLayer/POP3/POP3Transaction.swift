import Bytes

/// A command and its reply. The server's greeting is a reply without a command.
final class POP3Transaction: Transaction {
    /// Indices into the descriptor's events.
    enum Event: UInt8 { case tooManyTransactions, requestTooLong, incorrectArgumentCount, unknownCommand, responseTooLong }

    static let events = [
        "too_many_transactions", "request_too_long", "incorrect_argument_count", "unknown_command", "response_too_long",
    ]

    struct Command {
        var keyword: [UInt8]
        var arguments: [[UInt8]]
    }

    struct Reply {
        var isOK: Bool
        var header: [UInt8]
        /// Lines of a reply with several, as far as they are kept.
        var data: [[UInt8]] = []
    }

    let command: Command?
    var reply: Reply?

    init(id: UInt64, startTime: Timestamp, command: Command?) {
        self.command = command
        super.init(id: id, startTime: startTime)
        advance(.toServer, to: 1)
    }

    func raise(_ event: Event) { raise(event.rawValue) }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("pop3")
        json.beginObject()
        if let command {
            json.key("request")
            json.beginObject()
            json.key("command")
            json.string(command.keyword)
            write("args", command.arguments, &json)
            json.endObject()
        }
        if let reply {
            json.key("response")
            json.beginObject()
            json.key("success")
            json.bool(reply.isOK)
            json.key("status")
            json.string(reply.isOK ? "OK" : "ERR" as StaticString)
            json.key("header")
            json.string(reply.header)
            write("data", reply.data, &json)
            json.endObject()
        }
        json.endObject()
    }

    private func write(_ key: StaticString, _ texts: [[UInt8]], _ json: inout JSONWriter) {
        json.key(key)
        json.beginArray()
        for text in texts { json.string(text) }
        json.endArray()
    }
}
