/// The command types that this program carries out.
enum CommandTypes {
    static let all: [any CommandType.Type] = [ManualCommand.self, BashCommand.self]

    static func named(_ name: String) -> (any CommandType.Type)? { all.first { $0.name == name } }
}
