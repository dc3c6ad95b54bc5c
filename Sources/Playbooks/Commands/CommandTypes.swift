/// The command types that this program carries out.
enum CommandTypes {
    static let all: [any CommandType.Type] = [
        ManualCommand.self, BashCommand.self, SSHCommand.self, HTTPCommand.self, OpenC2Command.self,
    ]

    static func named(_ name: String) -> (any CommandType.Type)? { all.first { $0.name == name } }

    /// Reads any command.
    static func read(_ reader: inout ObjectReader) -> any CommandType {
        let name = reader.requiredText("type")
        if let type = named(name) { return type.init(&reader) }
        return UnknownCommand(name: name, &reader)
    }
}
