/// `switch-condition` (CACAO 4.10).
struct SwitchConditionStep: StepType {
    static let name = "switch-condition"

    let variable: String
    private let cases: [(value: String, id: StepID)]

    init(_ reader: inout ObjectReader) {
        variable = VariableName.bare(reader.requiredText("switch"))
        cases = reader.objects("cases").compactMap { name, value in value.text.map { (name, StepID($0)) } }
        if cases.isEmpty { reader.error("cases", "cần ít nhất một trường hợp", "expected at least one case") }
    }

    var branches: [(property: String, id: StepID)] { cases.map { ("cases/" + JSONPointer.escape($0.value), $0.id) } }

    func run(_ step: WorkflowStep, at path: StepPath, in walker: inout BranchWalker) throws -> StepResult {
        // A person who walks through a playbook that forgot the variable is asked all the same.
        let name = variable.isEmpty ? "__case__" : variable
        let value = try walker.value(of: name, choices: cases.map(\.value).sorted(), step, at: path)
        guard let branch = cases.first(where: { $0.value == value }) ?? cases.first(where: { $0.value == "default" }) else {
            return StepResult(.succeeded, output: "\(value): no case")
        }
        return StepResult(try walker.walk(from: branch.id, at: path.adding("v")), output: value)
    }
}
