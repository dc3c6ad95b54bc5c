import Wording

/// What is wrong with a playbook as a whole: references, reachability, endings, variables.
enum PlaybookChecks {
    static func findings(of playbook: Playbook) -> [Finding] {
        var checks = Checks(playbook: playbook)
        checks.references()
        checks.start()
        checks.reachability()
        checks.circles()
        checks.names()
        return checks.findings
    }

    private struct Checks {
        let playbook: Playbook
        var findings: [Finding] = []

        mutating func note(_ grade: Finding.Grade, _ pointer: String, _ vietnamese: String, _ english: String) {
            findings.append(Finding(grade: grade, pointer: pointer, text: BilingualText(vietnamese, english)))
        }

        func pointer(_ step: StepID, _ property: String = "") -> String {
            "/workflow/" + JSONPointer.escape(step.rawValue) + (property.isEmpty ? "" : "/" + property)
        }

        var steps: [WorkflowStep] { playbook.workflow.values.sorted { $0.id < $1.id } }

        mutating func references() {
            for step in steps {
                for (property, id) in step.successors where playbook.workflow[id] == nil {
                    note(.error, pointer(step.id, property), "không có bước \(id)", "there is no step \(id)")
                }
                guard let action = step.type as? ActionStep else { continue }
                for (property, id) in [("agent", action.agent)] + action.targets.enumerated().map({ ("targets/\($0.offset)", $0.element) })
                {
                    guard let id, playbook.agents[id] == nil else { continue }
                    note(.warning, pointer(step.id, property), "không có định nghĩa \(id)", "there is no definition of \(id)")
                }
            }
            if let handler = playbook.exceptionHandler, playbook.workflow[handler] == nil {
                note(.warning, "/workflow_exception", "không có bước \(handler)", "there is no step \(handler)")
            }
        }

        mutating func start() {
            guard let start = playbook.workflow[playbook.start] else {
                note(.error, "/workflow_start", "không có bước \(playbook.start)", "there is no step \(playbook.start)")
                return
            }
            if !(start.type is StartStep) {
                note(.warning, "/workflow_start", "không phải bước start", "is no start step")
            }
        }

        mutating func reachability() {
            let reached = Set(playbook.reachable.map(\.id))
            for step in steps where !reached.contains(step.id) {
                note(.warning, pointer(step.id), "không bước nào dẫn tới bước này", "no step leads here")
            }
            for step in steps where step.successors.isEmpty && !(step.type is EndStep) {
                note(.warning, pointer(step.id), "nhánh dừng ở đây mà không có bước end", "the branch stops here without an end step")
            }
        }

        /// Steps that lead back to themselves by what follows them; only `while-condition` may repeat.
        mutating func circles() {
            enum Mark { case open, done }
            var marks: [StepID: Mark] = [:]
            for first in steps where marks[first.id] == nil {
                var path: [(id: StepID, rest: [(property: String, id: StepID)])] = [(first.id, first.successors)]
                marks[first.id] = .open
                while var top = path.popLast() {
                    guard let next = top.rest.popLast() else {
                        marks[top.id] = .done
                        continue
                    }
                    path.append(top)
                    guard let step = playbook.workflow[next.id] else { continue }
                    switch marks[next.id] {
                    case nil:
                        marks[next.id] = .open
                        path.append((next.id, step.successors))
                    case .open:
                        note(
                            .warning, pointer(top.id, next.property), "quay lại bước đã qua; muốn lặp hãy dùng while-condition",
                            "leads back to a step that it came from; to repeat, use while-condition")
                    case .done: break
                    }
                }
            }
        }

        mutating func names() {
            let declared = Set(playbook.variables.keys).union(playbook.workflow.values.flatMap(\.variables.keys))
            for step in steps {
                let own = declared
                for name in step.variables.keys.sorted() where playbook.variables[name] != nil {
                    note(
                        .warning, pointer(step.id, "step_variables/" + name), "trùng tên với biến của kịch bản",
                        "hides the playbook's variable of that name")
                }
                if let text = step.type.condition {
                    do throws(ConditionError) {
                        let condition = try Condition(parsing: text)
                        for name in condition.variables.sorted() where !own.contains(name) {
                            note(
                                .warning, pointer(step.id, "condition"), "biến \(name) chưa khai báo",
                                "the variable \(name) is not declared")
                        }
                    } catch {
                        note(
                            .warning, pointer(step.id, "condition"), "không hiểu điều kiện (\(error)); người trực sẽ được hỏi",
                            "the condition is not understood (\(error)); a person will be asked")
                    }
                }
                guard let action = step.type as? ActionStep else { continue }
                for (index, command) in action.commands.enumerated() {
                    for name in VariableName.references(in: command.text) where !own.contains(name) {
                        note(
                            .warning, pointer(step.id, "commands/\(index)"), "biến \(name) chưa khai báo",
                            "the variable \(name) is not declared")
                    }
                    if !command.isSupported {
                        note(
                            .warning, pointer(step.id, "commands/\(index)/type"), "chưa chạy được lệnh loại “\(command.typeName)”",
                            "commands of type \(command.typeName) cannot be run yet")
                    }
                }
            }
            for step in steps {
                if let other = step.type as? UnsupportedStep, StepTypes.others.contains(other.typeName) {
                    note(
                        .warning, pointer(step.id, "type"), "chưa chạy được bước loại “\(other.typeName)”",
                        "steps of type \(other.typeName) cannot be run yet")
                }
            }
        }
    }
}
