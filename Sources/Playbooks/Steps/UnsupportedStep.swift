/// A step whose type this program does not run: of CACAO, or unknown to it. It is shown, and the playbook is refused as a whole.
struct UnsupportedStep: StepType {
    static let name = "unsupported"

    let typeName: String
    let branches: [(property: String, id: StepID)]

    init(_ reader: inout ObjectReader) {
        typeName = reader.text("type") ?? ""
        var branches: [(property: String, id: StepID)] = []
        for (index, id) in reader.texts("next_steps").enumerated() { branches.append(("next_steps/\(index)", StepID(id))) }
        self.branches = branches
    }

    func run(_ step: WorkflowStep, in engine: inout PlaybookEngine) throws -> StepResult {
        throw PlaybookRunError.unsupported(steps: [typeName])
    }
}
