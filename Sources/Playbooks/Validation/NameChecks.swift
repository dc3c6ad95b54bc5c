import Wording

/// What is wrong with a playbook's variables: undeclared, hidden, of one step and used in another.
enum NameChecks {
    static func findings(of playbook: Playbook) -> [Finding] {
        var findings: [Finding] = []
        func note(_ grade: Finding.Grade, _ pointer: String, _ vietnamese: String, _ english: String) {
            findings.append(Finding(grade: grade, pointer: pointer, text: BilingualText(vietnamese, english)))
        }
        func undeclared(_ name: String, _ place: String, _ visible: Set<String>, elsewhere: Set<String>) {
            guard !visible.contains(name) else { return }
            elsewhere.contains(name)
                ? note(
                    .warning, place, "biến \(name) chưa khai báo ở đây (chỉ có ở bước khác)",
                    "the variable \(name) is not declared here (only in another step)")
                : note(.warning, place, "biến \(name) chưa khai báo", "the variable \(name) is not declared")
        }
        let steps = playbook.workflow.values.sorted { $0.id < $1.id }
        let elsewhere = Set(steps.flatMap(\.variables.keys))
        // Variables of a step are seen in its branches.
        var visible: [StepID: Set<String>] = [:]
        for step in steps { visible[step.id, default: Set(playbook.variables.keys)].formUnion(step.variables.keys) }
        for step in steps where !step.variables.isEmpty {
            for branch in step.type.branches {
                for id in playbook.reachable(from: branch.id) { visible[id]?.formUnion(step.variables.keys) }
            }
        }
        for step in steps {
            let place = "/workflow/" + JSONPointer.escape(step.id.rawValue)
            let known = visible[step.id] ?? []
            for name in step.variables.keys.sorted() where playbook.variables[name] != nil {
                note(
                    .warning, place + "/step_variables/" + name, "trùng tên với biến của kịch bản",
                    "hides the playbook's variable of that name")
            }
            if let text = step.type.condition, !text.isEmpty {
                do throws(ConditionError) {
                    let condition = try Condition(parsing: text)
                    for name in condition.variables.sorted() { undeclared(name, place + "/condition", known, elsewhere: elsewhere) }
                } catch {
                    note(
                        .warning, place + "/condition", "không hiểu điều kiện (\(error)); người trực sẽ được hỏi",
                        "the condition is not understood (\(error)); a person will be asked")
                }
            }
            if step.type is WhileConditionStep, let text = step.type.condition, let names = try? Condition(parsing: text).variables,
                !names.isEmpty, let start = step.type.branches.first?.id
            {
                let given = playbook.reachable(from: start).compactMap { playbook.workflow[$0]?.type }.flatMap { type -> [String] in
                    (type as? ActionStep)?.outputs ?? (type as? PlaybookActionStep)?.outputs ?? []
                }
                if names.isDisjoint(with: given) {
                    note(
                        .warning, place + "/condition", "không bước nào trong vòng lặp thay đổi \(names.sorted().joined(separator: ", "))",
                        "no step of the loop changes \(names.sorted().joined(separator: ", "))")
                }
            }
            if let other = step.type as? SwitchConditionStep, !other.variable.isEmpty {
                undeclared(other.variable, place + "/switch", known, elsewhere: elsewhere)
            }
            let arguments: [(String, [String])] =
                switch step.type {
                case let action as ActionStep: [("in_args", action.inputs), ("out_args", action.outputs)]
                case let other as PlaybookActionStep: [("in_args", other.inputs), ("out_args", other.outputs)]
                default: []
                }
            for (property, names) in arguments {
                for (index, name) in names.enumerated() { undeclared(name, "\(place)/\(property)/\(index)", known, elsewhere: elsewhere) }
            }
            for (property, names) in arguments where property == "out_args" {
                for (index, name) in names.enumerated() where (step.variables[name] ?? playbook.variables[name])?.isConstant == true {
                    note(
                        .warning, "\(place)/out_args/\(index)", "biến hằng \(name) không nhận giá trị",
                        "\(name) is a constant and takes no value")
                }
            }
            guard let action = step.type as? ActionStep else { continue }
            for (index, command) in action.commands.enumerated() {
                for name in VariableName.references(in: command.text) {
                    undeclared(name, "\(place)/commands/\(index)", known, elsewhere: elsewhere)
                }
            }
        }
        let used = Self.names(in: playbook)
        for name in playbook.variables.keys.sorted() where !used.contains(name) {
            note(.hint, "/playbook_variables/" + JSONPointer.escape(name), "không bước nào dùng biến này", "no step uses this variable")
        }
        return findings
    }

    /// Every name that stands anywhere in the workflow and in what it refers to.
    private static func names(in playbook: Playbook) -> Set<String> {
        var found: Set<String> = []
        for property in ["workflow", "agent_definitions", "target_definitions", "authentication_info_definitions"] {
            guard let text = try? playbook.source[property]?.canonicalText() else { continue }
            for name in playbook.variables.keys where text.contains(name) { found.insert(name) }
        }
        return found
    }
}
