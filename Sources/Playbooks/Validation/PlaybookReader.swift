import Foundation
import Trust
import Wording

/// A playbook file as it was read: the playbook, where it could be built, and what is wrong with it.
public struct PlaybookReading: Sendable {
    public var playbook: Playbook?
    /// Errors first, then by place.
    public var findings: [Finding]

    public var errors: Int { findings.count { $0.grade == .error } }

    /// The file as it was written.
    public var document: DocumentNode

    /// Reads a file, JSON or YAML.
    /// - Throws: ``PlaybookFileError`` where it is no playbook at all.
    public init(file: String) throws(PlaybookFileError) { try self.init(PlaybookText.load(file), path: file) }

    /// - Parameter path: the name that errors begin with.
    public init(text: String, path: String) throws(PlaybookFileError) { try self.init(PlaybookText.parse(text, path: path), path: path) }

    /// A playbook that was kept.
    public init(stored value: JSONValue) throws(PlaybookFileError) {
        try self.init(DocumentNode(value, order: PropertyOrder.place), path: value["id"]?.text ?? "playbook")
    }

    init(_ document: DocumentNode, path: String) throws(PlaybookFileError) {
        self.document = document
        let value = document.value
        guard value["type"]?.text == "playbook" else {
            throw .notAPlaybook(path: path, type: value.elements == nil ? value["type"]?.text : "list")
        }
        var reader = ObjectReader(value, pointer: "")
        playbook = reader.playbook(value)
        let isFirst = Self.isFirstEdition(value)
        // The first edition has other steps and properties: what the second says about them would only hide that.
        var findings = reader.findings.filter { !isFirst || !$0.pointer.hasPrefix("/workflow/") || $0.pointer.hasSuffix("/type") }
        if !isFirst || value["workflow"] == nil { findings += Self.shapeFindings(value, besides: findings) }
        if let playbook, !isFirst {
            findings += PlaybookChecks.findings(of: playbook)
            findings += SignatureChecks.findings(of: playbook)
        }
        self.findings = Set(findings).map { finding in
            var finding = finding
            finding.line = document.line(of: finding.pointer)
            return finding
        }.sorted { ($0.grade, $0.line, $0.pointer, $0.text.english) < ($1.grade, $1.line, $1.pointer, $1.text.english) }
    }

    static func isFirstEdition(_ value: JSONValue) -> Bool {
        let version = value["spec_version"]?.text ?? ""
        return version.hasPrefix("1.") || version.hasPrefix("cacao-1.")
    }

    private static func shapeFindings(_ value: JSONValue, besides others: [Finding]) -> [Finding] {
        let known = Set(others.filter { $0.grade == .error }.map(\.pointer))
        var check = ShapeCheck()
        check.check(value, Shapes.playbook, at: "")
        if case .object(let steps)? = value["workflow"] {
            for (name, step) in steps {
                if let own = step["step_extensions"]?[StepPolicy.extensionID] {
                    let place = "/workflow/" + JSONPointer.escape(name) + "/step_extensions/" + StepPolicy.extensionID
                    check.check(own, StepPolicy.shape, at: place)
                }
            }
        }
        return check.findings.filter { !known.contains($0.pointer) }
    }

    /// The playbook, when a person may walk through it: mistakes in it keep programs from running, not people from reading and doing.
    /// - Throws: ``PlaybookRunError``.
    public func walkable(on date: Date = Date(), allowsOutdated: Bool = false) throws(PlaybookRunError) -> Playbook {
        // Where nothing but an end can be come to, walking would only look as if something had been done.
        guard let playbook, playbook.workflow[playbook.start] != nil,
            errors == 0
                || playbook.reachable.contains(where: { step in
                    !(step.type is StartStep) && !(step.type is EndStep) || step.successors.contains { playbook.workflow[$0.id] == nil }
                })
        else { throw .invalid(errors: max(1, errors)) }
        if !allowsOutdated { try checkValidity(of: playbook, on: date) }
        return playbook
    }

    /// The playbook, when it may run.
    /// - Throws: ``PlaybookRunError``.
    public func runnable(on date: Date = Date()) throws(PlaybookRunError) -> Playbook {
        guard let playbook, errors == 0 else { throw .invalid(errors: max(1, errors)) }
        try checkValidity(of: playbook, on: date)
        return playbook
    }

    private func checkValidity(of playbook: Playbook, on date: Date) throws(PlaybookRunError) {
        guard !playbook.revoked else { throw .revoked }
        func moment(_ text: String?) -> Date? { text.flatMap { Moment($0)?.date } }
        if let from = moment(playbook.validFrom), date < from { throw .notValidNow(from: playbook.validFrom, until: playbook.validUntil) }
        if let until = moment(playbook.validUntil), date > until {
            throw .notValidNow(from: playbook.validFrom, until: playbook.validUntil)
        }
    }
}

extension ObjectReader {
    fileprivate mutating func playbook(_ source: JSONValue) -> Playbook? {
        if value("spec_version") == nil {
            error("spec_version", "thiếu thuộc tính này; CACAO 2.0 ghi là cacao-2.0", "this property is missing; CACAO 2.0 says cacao-2.0")
        }
        let version = text("spec_version") ?? ""
        if version != "cacao-2.0", !version.isEmpty {
            let isFirst = PlaybookReading.isFirstEdition(source)
            error(
                "spec_version",
                isFirst
                    ? "kịch bản theo CACAO 1.x (\(version)); hãy chuyển sang CACAO 2.0 (target thành agent và targets, loại bước đổi tên), hoặc làm bằng tay: --by-hand"
                    : "phải là cacao-2.0",
                isFirst
                    ? "a CACAO 1.x playbook (\(version)); convert it to CACAO 2.0 (target becomes agent and targets, step types have other names), or walk through it: --by-hand"
                    : "expected cacao-2.0")
        }
        let start = requiredText("workflow_start")
        if value("workflow") == nil { error("workflow", "thiếu thuộc tính này", "this property is missing") }
        var workflow: [StepID: WorkflowStep] = [:]
        for (key, value) in objects("workflow") {
            var reader = ObjectReader(value, pointer: "/workflow/" + JSONPointer.escape(key))
            workflow[StepID(key)] = reader.step(StepID(key))
            take(reader.findings)
        }
        var agents: [String: AgentTarget] = [:]
        for list in ["agent_definitions", "target_definitions"] {
            for (key, value) in objects(list) {
                agents[key] = AgentTarget(id: key, value)
                let type = value["type"]?.text ?? ""
                guard !type.isEmpty, !key.hasPrefix(type + "--") else { continue }
                // The vocabulary of agents is open, and vendors name ids as they like; those of CACAO itself must agree.
                let (vietnamese, english) = ("không khớp với mã “\(key)”", "does not match the id \(key)")
                let place = "/\(list)/\(JSONPointer.escape(key))/type"
                let grade: Finding.Grade = Self.agentTypes.contains { key.hasPrefix($0 + "--") } ? .error : .warning
                take([Finding(grade: grade, pointer: place, text: BilingualText(vietnamese, english))])
            }
        }
        var authentication: [String: AuthenticationInfo] = [:]
        for (key, value) in objects("authentication_info_definitions") {
            let info = AuthenticationInfo(id: key, value)
            authentication[key] = info
            if let secret = info.inlineSecret, !secret.isEmpty, VariableName.references(in: secret).isEmpty {
                take([
                    Finding(
                        grade: .warning, pointer: "/authentication_info_definitions/" + JSONPointer.escape(key),
                        text: BilingualText(
                            "mật khẩu nằm ngay trong kịch bản; hãy dùng kms_key_identifier và kho bí mật",
                            "the secret stands in the playbook; use kms_key_identifier and keep it outside"))
                ])
            }
        }
        var extensions: [String: String] = [:]
        for (key, value) in objects("extension_definitions") { extensions[key] = value["name"]?.text ?? key }
        var markings: [String] = []
        for (_, value) in objects("data_marking_definitions") {
            if let text = value["tlpv2_level"]?.text ?? value["statement"]?.text ?? value["name"]?.text { markings.append(text) }
        }
        let playbook = Playbook(
            id: text("id") ?? "", name: requiredText("name"), description: text("description"), labels: texts("labels"),
            created: text("created") ?? "", modified: text("modified") ?? "", validFrom: text("valid_from"),
            validUntil: text("valid_until"),
            revoked: value("revoked")?.bool ?? false, variables: variables("playbook_variables"), start: StepID(start),
            exceptionHandler: step("workflow_exception"), workflow: workflow, agents: agents, authentication: authentication,
            extensions: extensions, markings: markings, signatures: value("signatures")?.elements ?? [], source: source)
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
        } else if type == "single" {
            kind = ActionStep(&self)
            error("type", "bước “single” của CACAO 1.x; bản 2.0 gọi là action", "a step type of CACAO 1.x (single); 2.0 calls it action")
        } else {
            if type == "playbook" {
                error(
                    "type", "bước “playbook” của CACAO 1.x; bản 2.0 gọi là playbook-action",
                    "a step type of CACAO 1.x (playbook); 2.0 calls it playbook-action")
            } else if !type.isEmpty {
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
            onSuccess: self.step("on_success"), onFailure: self.step("on_failure"), policy: StepPolicy(.object(object)), type: kind)
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
            if property == "step_variables", value["external"]?.bool == true {
                reader.warning("external", "chỉ có nghĩa ở playbook_variables", "only means something in playbook_variables")
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
            if let text, VariableType.fits(text, type) == false, VariableName.references(in: text).isEmpty {
                reader.warning("value", "giá trị không đúng kiểu \(type)", "the value is not of type \(type)")
            }
            variables[name] = Variable(
                type: type, description: reader.text("description"), value: text, isConstant: reader.flag("constant"),
                isExternal: reader.flag("external"))
            take(reader.findings)
        }
        return variables
    }
}
