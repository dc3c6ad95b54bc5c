import Wording

/// What is wrong with a playbook as a whole: references, reachability, endings, variables.
enum PlaybookChecks {
    static func findings(of playbook: Playbook) -> [Finding] {
        var checks = Checks(playbook: playbook)
        checks.references()
        checks.start()
        checks.reachability()
        checks.circles()
        checks.findings += BranchChecks.findings(of: playbook)
        checks.findings += NameChecks.findings(of: playbook)
        checks.findings += CommandChecks.findings(of: playbook)
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
                    // Ids are compared as they are written.
                    let near = playbook.workflow.keys.first { $0.rawValue.lowercased() == id.rawValue.lowercased() }
                    note(
                        .error, pointer(step.id, property), "không có bước \(id)\(near.map { "; có phải \($0)?" } ?? "")",
                        "there is no step \(id)\(near.map { "; did you mean \($0)?" } ?? "")")
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
            for agent in playbook.agents.values.sorted(by: { $0.id < $1.id }) {
                guard let info = agent.authentication, playbook.authentication[info] == nil, VariableName.references(in: info).isEmpty
                else {
                    continue
                }
                let list = playbook.source["agent_definitions"]?[agent.id] != nil ? "agent_definitions" : "target_definitions"
                note(
                    .warning, "/\(list)/\(JSONPointer.escape(agent.id))/authentication_info", "không có định nghĩa \(info)",
                    "there is no definition of \(info)")
            }
            for (property, known) in [("data_marking_definitions", "markings")] {
                let defined = playbook.source[property]
                for (index, id) in (playbook.source[known]?.elements ?? []).compactMap(\.text).enumerated()
                where defined?[id] == nil && !id.hasPrefix("marking-tlp--") {
                    note(.warning, "/\(known)/\(index)", "không có định nghĩa \(id)", "there is no definition of \(id)")
                }
            }
            for step in steps {
                guard case .object(let extensions)? = playbook.source["workflow"]?[step.id.rawValue]?["step_extensions"] else { continue }
                for id in extensions.keys.sorted() where playbook.extensions[id] == nil && id.hasPrefix("extension-definition--") {
                    note(
                        .hint, pointer(step.id, "step_extensions/" + id), "chưa khai báo ở extension_definitions",
                        "is not declared in extension_definitions")
                }
            }
            if let from = playbook.validFrom.flatMap(Moment.init), let until = playbook.validUntil.flatMap(Moment.init),
                until.date <= from.date
            {
                note(.error, "/valid_until", "phải sau valid_from", "must be later than valid_from")
            }
            if let created = Moment(playbook.created), let modified = Moment(playbook.modified), modified.date < created.date {
                note(.error, "/modified", "không được trước created", "must not be earlier than created")
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
    }
}

extension Playbook {
    /// The steps that a branch can come to.
    func reachable(from start: StepID) -> Set<StepID> {
        var seen: Set<StepID> = []
        var waiting = [start]
        while let id = waiting.popLast() {
            guard seen.insert(id).inserted, let step = workflow[id] else { continue }
            waiting += step.successors.map(\.id)
        }
        return seen
    }
}
