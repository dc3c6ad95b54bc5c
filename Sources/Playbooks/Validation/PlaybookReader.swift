import Foundation
import Trust

/// A playbook file as it was read: the playbook, where it could be built, and what is wrong with it.
public struct PlaybookReading: Sendable {
    public var playbook: Playbook?
    /// Errors first, then by place.
    public var findings: [Finding]

    public var errors: Int { findings.count { $0.grade == .error } }

    /// Reads a file, JSON or YAML.
    /// - Throws: ``PlaybookFileError`` where it is no playbook at all.
    public init(file: String) throws(PlaybookFileError) { try self.init(PlaybookText.load(file), path: file) }

    /// - Parameter path: the name that errors begin with.
    public init(text: String, path: String) throws(PlaybookFileError) { try self.init(PlaybookText.parse(text, path: path), path: path) }

    init(_ value: JSONValue, path: String) throws(PlaybookFileError) {
        guard value["type"]?.text == "playbook" else { throw .notAPlaybook(path: path) }
        var reader = ObjectReader(value, pointer: "")
        playbook = reader.playbook(value)
        var findings = reader.findings
        if let playbook { findings += PlaybookChecks.findings(of: playbook) }
        self.findings = findings.sorted { ($0.grade, $0.pointer, $0.text.english) < ($1.grade, $1.pointer, $1.text.english) }
    }

    /// The playbook, when it may run.
    /// - Throws: ``PlaybookRunError``.
    public func runnable(on date: Date = Date()) throws(PlaybookRunError) -> Playbook {
        guard let playbook, errors == 0 else { throw .invalid(errors: max(1, errors)) }
        guard !playbook.revoked else { throw .revoked }
        func moment(_ text: String?) -> Date? { text.flatMap { ObjectReader.moment($0) } }
        if let from = moment(playbook.validFrom), date < from { throw .notValidNow(from: playbook.validFrom, until: playbook.validUntil) }
        if let until = moment(playbook.validUntil), date > until {
            throw .notValidNow(from: playbook.validFrom, until: playbook.validUntil)
        }
        return playbook
    }
}

extension ObjectReader {
    fileprivate mutating func playbook(_ source: JSONValue) -> Playbook? {
        let version = requiredText("spec_version")
        if version != "cacao-2.0" {
            let isFirst = version.hasPrefix("1.") || version.hasPrefix("cacao-1.")
            error(
                "spec_version",
                isFirst ? "kịch bản theo CACAO 1.x; hãy chuyển sang CACAO 2.0" : "phải là cacao-2.0",
                isFirst ? "a CACAO 1.x playbook; convert it to CACAO 2.0" : "expected cacao-2.0")
        }
        let id = identifier("id", kind: "playbook")
        _ = identifier("created_by", kind: nil)
        let created = time("created", required: true) ?? ""
        let modified = time("modified", required: true) ?? ""
        for name in ["derived_from", "related_to", "labels", "industry_sectors", "external_references", "markings"] {
            if let list = value(name)?.elements, list.isEmpty {
                error(name, "danh sách rỗng; hãy bỏ thuộc tính này", "an empty list; leave the property out")
            }
        }
        for (name, most) in [("priority", 100), ("severity", 100), ("impact", 100)] {
            if let number = value(name), !(0...Int64(most)).contains(number.integer ?? -1) {
                error(name, "phải là số nguyên từ 0 đến \(most)", "expected a whole number from 0 to \(most)")
            }
        }
        let start = requiredText("workflow_start")
        if value("workflow") == nil { error("workflow", "thiếu thuộc tính này", "this property is missing") }
        var workflow: [StepID: WorkflowStep] = [:]
        for (key, value) in objects("workflow") {
            var reader = ObjectReader(value, pointer: "/workflow/" + JSONPointer.escape(key))
            workflow[StepID(key)] = reader.step(StepID(key))
            take(reader.findings)
        }
        var agents: [String: String] = [:]
        for list in ["agent_definitions", "target_definitions"] {
            for (key, value) in objects(list) {
                var reader = ObjectReader(value, pointer: "/\(list)/" + JSONPointer.escape(key))
                let type = reader.requiredText("type")
                if !type.isEmpty, !key.hasPrefix(type + "--") {
                    // The vocabulary of agents is open, and vendors name ids as they like; those of CACAO itself must agree.
                    let (vietnamese, english) = ("không khớp với mã “\(key)”", "does not match the id \(key)")
                    if Self.agentTypes.contains(where: { key.hasPrefix($0 + "--") }) {
                        reader.error("type", vietnamese, english)
                    } else {
                        reader.warning("type", vietnamese, english)
                    }
                }
                agents[key] = reader.text("name") ?? type
                take(reader.findings)
            }
        }
        let playbook = Playbook(
            id: id, name: requiredText("name"), description: text("description"), labels: texts("labels"), created: created,
            modified: modified, validFrom: time("valid_from", required: false), validUntil: time("valid_until", required: false),
            revoked: flag("revoked"), variables: variables("playbook_variables"), start: StepID(start),
            exceptionHandler: step("workflow_exception"), workflow: workflow, agents: agents, source: source)
        return start.isEmpty || workflow.isEmpty ? nil : playbook
    }

    /// `agent-target-type-ov` (CACAO 7.2).
    private static let agentTypes = [
        "group", "http-api", "individual", "linux", "location", "net-address", "organization", "sector", "security-category", "ssh",
    ]

    private mutating func step(_ id: StepID) -> WorkflowStep {
        let type = requiredText("type")
        let kind: any StepType
        if let known = StepTypes.named(type) {
            kind = known.init(&self)
        } else {
            if !type.isEmpty, !StepTypes.others.contains(type) {
                error("type", "CACAO 2.0 không có loại bước “\(type)”", "CACAO 2.0 has no step type \(type)")
            }
            kind = UnsupportedStep(&self)
        }
        if !type.isEmpty, !id.rawValue.hasPrefix(type + "--") {
            error("type", "không khớp với mã bước “\(id)”", "does not match the step's id \(id)")
        }
        let step = WorkflowStep(
            id: id, name: text("name") ?? "", description: text("description"), delay: milliseconds("delay") ?? 0,
            timeout: milliseconds("timeout"), variables: variables("step_variables"), onCompletion: self.step("on_completion"),
            onSuccess: self.step("on_success"), onFailure: self.step("on_failure"), type: kind)
        if step.onCompletion != nil, step.onSuccess != nil || step.onFailure != nil {
            error("on_completion", "không dùng cùng on_success, on_failure", "not together with on_success or on_failure")
        }
        return step
    }

    private mutating func variables(_ property: String) -> [String: Variable] {
        var variables: [String: Variable] = [:]
        for (name, value) in objects(property) {
            var reader = ObjectReader(value, pointer: "\(pointer)/\(property)/" + JSONPointer.escape(name))
            if !VariableName.isValid(name) {
                reader.error(nil, "tên biến phải có dạng __ten__", "a variable's name has the form __name__")
            }
            if name.contains("-") {
                reader.warning(
                    nil, "trong lệnh bash, dấu “-” của tên thành “_”", "in bash commands, \"-\" in the name becomes \"_\"")
            }
            let type = reader.requiredText("type")
            var text: String?
            switch reader.value("value") {
            case nil: break
            case .string(let value)?: text = value
            case .object?, .array?: text = reader.value("value").flatMap { try? $0.canonicalText() }
            case let other?:
                reader.error("value", "phải là chuỗi ký tự, kể cả số", "expected text, also for numbers")
                text = try? other.canonicalText()
            }
            variables[name] = Variable(
                type: type, description: reader.text("description"), value: text, isConstant: reader.flag("constant"),
                isExternal: reader.flag("external"))
            take(reader.findings)
        }
        return variables
    }

    /// `kind--<uuid>`.
    private mutating func identifier(_ name: String, kind: String?) -> String {
        let text = requiredText(name)
        guard !text.isEmpty else { return text }
        let pattern = /([a-z][a-z0-9-]+[a-z0-9])--([0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12})/
        guard let match = text.wholeMatch(of: pattern), kind == nil || match.1 == kind! else {
            let example = "\(kind ?? "identity")--<uuid>"
            error(name, "phải có dạng \(example)", "expected the form \(example)")
            return text
        }
        return text
    }

    private mutating func time(_ name: String, required: Bool) -> String? {
        guard let text = required ? requiredText(name) : text(name), !text.isEmpty else { return nil }
        if Self.moment(text) == nil {
            error(name, "phải là thời điểm dạng 2026-11-21T08:00:00Z", "expected a time such as 2026-11-21T08:00:00Z")
        }
        return text
    }

    /// RFC 3339, with or without a fraction.
    static func moment(_ text: String) -> Date? {
        let plain = ISO8601DateFormatter()
        if let date = plain.date(from: text) { return date }
        plain.formatOptions.insert(.withFractionalSeconds)
        return plain.date(from: text)
    }
}
