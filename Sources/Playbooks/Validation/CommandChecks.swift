import Wording

/// What is dangerous or missing in a playbook's commands.
enum CommandChecks {
    static func findings(of playbook: Playbook) -> [Finding] {
        var findings: [Finding] = []
        func note(_ grade: Finding.Grade, _ pointer: String, _ vietnamese: String, _ english: String) {
            findings.append(Finding(grade: grade, pointer: pointer, text: BilingualText(vietnamese, english)))
        }
        for step in playbook.workflow.values.sorted(by: { $0.id < $1.id }) {
            guard let action = step.type as? ActionStep else { continue }
            let place = "/workflow/" + JSONPointer.escape(step.id.rawValue)
            for (index, command) in action.commands.enumerated() {
                let here = "\(place)/commands/\(index)"
                if command.text.contains("$$"), let name = command.text.firstMatch(of: /\$\$[A-Za-z_][A-Za-z0-9_-]*\$\$/)?.output {
                    note(
                        .warning, here, "\(name) là biến theo CACAO 1.x; bản 2.0 viết __ten__:value",
                        "\(name) is a variable of CACAO 1.x; 2.0 writes __name__:value")
                }
                var seen: Set<String> = []
                for use in command.demands where seen.insert(use.name + "\(use.demand)\(use.isCommandWord)").inserted {
                    let variable = step.variables[use.name] ?? playbook.variables[use.name]
                    if use.isCommandWord {
                        // The author's own constant is as much his text as the command.
                        if variable?.isConstant == true, variable?.isExternal == false { continue }
                        note(
                            .warning, here, "nội suy không an toàn: giá trị của \(use.name) đứng ở chỗ tên lệnh; sẽ bị từ chối khi chạy",
                            "unsafe interpolation: the value of \(use.name) stands where a command's name stands; it will be refused")
                        continue
                    }
                    switch use.demand {
                    case .plain:
                        note(
                            .warning, here,
                            "nội suy không an toàn: giá trị của \(use.name) thành một phần của chương trình; chỉ nhận chữ, số và _.:@/,+-",
                            "unsafe interpolation: the value of \(use.name) becomes part of a program; only letters, digits and _.:@/,+- are let in"
                        )
                    case .integer where variable?.type != "integer" && variable?.type != "long":
                        note(
                            .warning, here, "nội suy không an toàn: \(use.name) đứng trong phép tính; chỉ nhận số nguyên",
                            "unsafe interpolation: \(use.name) stands in arithmetic; only whole numbers are let in")
                    case .never:
                        note(
                            .error, here, "giá trị của \(use.name) không được điền vào (here-document có dấu nháy)",
                            "the value of \(use.name) would not be filled in (a here-document with a quoted end)")
                    default: break
                    }
                }
                if !command.isSupported, !command.typeName.isEmpty {
                    note(
                        .warning, here + "/type", "lệnh loại “\(command.typeName)” không tự chạy được; người trực sẽ làm bằng tay",
                        "commands of type \(command.typeName) are not run by this program; a person will do it by hand")
                }
                if command.isForEachTarget, command.isSupported {
                    let machines = (action.targets + [action.agent].compactMap { $0 }).compactMap { playbook.agents[$0] }
                    let isWhole = command.text.contains("://")
                    if !isWhole, !machines.contains(where: { $0.host != nil || $0.address["url"]?.isEmpty == false }) {
                        note(
                            .warning, here, "lệnh \(command.typeName) không có máy đích có địa chỉ",
                            "the \(command.typeName) command has no target with an address")
                    }
                    if command.text.contains("http://") {
                        note(.warning, here, "địa chỉ không có TLS", "an address without TLS")
                    }
                }
            }
            if action.isAutomatic, step.onFailure == nil, playbook.exceptionHandler == nil,
                !action.commands.contains(where: { !$0.isAutomatic })
            {
                note(
                    .hint, place, "bước tự động không có phương án làm bằng tay khi lỗi (on_failure)",
                    "an automatic step without a manual way to go on when it fails (on_failure)")
            }
            if step.policy.isDestructive, step.policy.rollback == nil {
                note(
                    .hint, place, "bước gây gián đoạn mà không khai báo cách hoàn tác",
                    "a destructive step that does not say what undoes it")
            }
            if step.timeout == 0 { note(.hint, place + "/timeout", "0 nghĩa là không giới hạn riêng", "0 means no limit of its own") }
        }
        return findings
    }
}
