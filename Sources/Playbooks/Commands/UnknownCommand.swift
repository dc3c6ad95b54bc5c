/// A command of a type that this program does not carry out: kept, shown, and done by a person.
struct UnknownCommand: CommandType {
    static let name = "unknown"

    let typeName: String
    let text: String
    var isSupported: Bool { false }

    init(name: String, _ reader: inout ObjectReader) {
        typeName = name
        text = reader.readableText()
    }

    init(_ reader: inout ObjectReader) { self.init(name: reader.text("type") ?? "", &reader) }

    func run(_ unit: CommandUnit, in walker: inout BranchWalker) throws -> StepResult {
        try walker.askByHand(self, unit, mustBeNamed: true)
    }
}
