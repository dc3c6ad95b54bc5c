import ArgumentParser
import Foundation
import Incidents
import Playbooks
import Terminal
import Trust
import Wording

struct PlaybookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "playbook", abstract: HelpText.text("CACAO 2.0 playbooks: what to do, step by step."),
        subcommands: [
            PlaybookList.self, PlaybookShow.self, PlaybookValidate.self, PlaybookPlanCommand.self, PlaybookRunCommand.self,
            PlaybookResume.self, PlaybookStatus.self, PlaybookFollow.self, PlaybookAbort.self, PlaybookApprove.self, PlaybookRollback.self,
            PlaybookVerify.self, PlaybookSign.self, PlaybookKey.self, PlaybookConvert.self, PlaybookNew.self,
        ])
}

/// Where playbooks are looked for.
struct ShelfOptions: ParsableArguments {
    @Option(help: ArgumentHelp(HelpText.text("Folder of playbooks."), valueName: "folder"), completion: .directory)
    var playbooks: String?

    var shelf: PlaybookShelf { PlaybookShelf(folder: playbooks) }
}

struct PlaybookList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: HelpText.text("List playbooks."))
    @OptionGroup var common: CommonOptions
    @OptionGroup var place: ShelfOptions

    func run() throws {
        let session = Session(options: common)
        let readings = place.shelf.entries.map { entry in (entry, Result { try PlaybookReading(file: entry.path) }) }
        if common.json {
            return try session.show(
                .array(
                    readings.map { entry, reading in
                        let playbook = try? reading.get().playbook
                        return .object([
                            "name": .string(entry.name), "path": .string(entry.path), "id": JSONValue(playbook?.id),
                            "title": JSONValue(playbook?.name),
                            "categories": .array((playbook?.labels("category") ?? []).map { .string($0) }),
                            "errors": JSONValue((try? reading.get().errors) ?? 1),
                        ])
                    }))
        }
        if readings.isEmpty { return session.say("Chưa có kịch bản nào.", "No playbooks.") }
        var table = Table([
            session.text("Tên", "Name"), session.text("Loại sự cố", "Category"), session.text("Bước", "Steps"),
            session.text("Nội dung", "What"),
        ])
        for (entry, reading) in readings {
            switch reading {
            case .success(let reading):
                let categories = reading.playbook?.labels("category") ?? []
                let title = reading.playbook?.title(session.language) ?? "-"
                table.add([
                    entry.name, categories.count > 2 ? "\(categories[0]) +\(categories.count - 1)" : categories.joined(separator: ", "),
                    String(reading.playbook?.workflow.count ?? 0),
                    reading.errors == 0 ? title : session.text("có \(reading.errors) lỗi: ", "\(reading.errors) error(s): ") + title,
                ])
            case .failure(let error): table.add([entry.name, "-", "-", session.text(of: error)])
            }
        }
        session.show(table)
    }
}

struct PlaybookShow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: HelpText.text("A playbook's steps."))
    @OptionGroup var common: CommonOptions
    @OptionGroup var place: ShelfOptions
    @Argument(help: ArgumentHelp(HelpText.text("Name, file or id.")), completion: Suggestions.playbooks) var name: String

    func run() throws {
        let session = Session(options: common)
        let reading = try place.shelf.read(name)
        if common.json { return try session.show(reading.document.value) }
        guard let playbook = reading.playbook else {
            // Signed or published without a workflow: what there is can still be looked at.
            let document = reading.document.value
            for member in ["name", "id", "created_by", "modified", "description"] {
                if let text = document[member]?.text { print(DisplayText.safe("  \(member): \(text)")) }
            }
            for signature in document["signatures"]?.elements ?? [] {
                print(DisplayText.safe("  signature: \(signature["signee"]?.text ?? "-") \(signature["algorithm"]?.text ?? "")"))
            }
            return session.say(
                "Không có quy trình; \(reading.errors) lỗi: vonggac playbook validate",
                "It has no workflow; \(reading.errors) error(s): vonggac playbook validate")
        }
        session.show(lines: try lines(playbook, reading, session))
    }

    private func lines(_ playbook: Playbook, _ reading: PlaybookReading, _ session: Session) throws -> [String] {
        func inner(_ text: String) -> [String] {
            PlainText.lines(text.split(separator: "\n").map { DisplayText.safe(String($0)) }, indent: 2, session).map { "  " + $0 }
        }
        var lines = [DisplayText.safe(playbook.title(session.language))]
        lines += inner(Playbook.part(playbook.description ?? "", session.language))
        lines += inner(playbook.id) + inner("SHA-256 \(try playbook.digest().hex.prefix(16))…")
        let labels = playbook.markings + playbook.labels
        if !labels.isEmpty { lines += inner(labels.joined(separator: ", ")) }
        if playbook.revoked { lines += inner(session.text("ĐÃ THU HỒI", "REVOKED")) }
        if playbook.validFrom != nil || playbook.validUntil != nil {
            lines += inner(session.text("hiệu lực: ", "valid: ") + "\(playbook.validFrom ?? "…") – \(playbook.validUntil ?? "…")")
        }
        for signature in playbook.signatures {
            lines += inner(
                session.text("chữ ký: ", "signature: ") + Playbook.part(signature["signee"]?.text ?? "-", session.language) + " "
                    + (signature["algorithm"]?.text ?? "")
                    + session.text(" (kiểm tra: vonggac playbook verify)", " (to be checked: vonggac playbook verify)"))
        }
        if !playbook.variables.isEmpty { lines += ["", session.text("Biến", "Variables")] }
        for name in playbook.variables.keys.sorted() {
            guard let variable = playbook.variables[name] else { continue }
            let kind =
                variable.isExternal
                ? session.text("từ ngoài", "from outside") : variable.isConstant ? session.text("hằng", "constant") : nil
            let value = variable.value.flatMap { $0.isEmpty ? nil : "= \($0.split(separator: "\n").first ?? "")" }
            let about = variable.description.map { Playbook.part($0, session.language) }
            lines += inner(["\(name):", variable.type, kind, value, about].compactMap { $0 }.joined(separator: " "))
        }
        let machines = playbook.agents.values.filter { !$0.isPerson }.sorted { $0.id < $1.id }
        if !machines.isEmpty { lines += ["", session.text("Máy", "Machines")] }
        for machine in machines {
            let address = machine.address.sorted { $0.key < $1.key }.flatMap(\.value).joined(separator: ", ")
            let secret = machine.authentication.map {
                session.text("bí mật: ", "secret: ") + (playbook.authentication[$0]?.secretName ?? $0)
            }
            lines += inner(
                [machine.type, Playbook.part(machine.name, session.language), address, secret].compactMap { $0 }.filter { !$0.isEmpty }
                    .joined(separator: " "))
        }
        let plan = PlaybookPlan(playbook, values: [:], library: EmptyLibrary(), isFilled: false)
        let steps = StepLines(session: session, hasDescriptions: true)
        lines += ["", session.text("Các bước", "Steps")]
        for item in plan.items where item.type != "start" && item.type != "end" { lines += steps.lines(item) }
        let shown = Set(plan.items.map(\.step))
        let others = playbook.workflow.values.filter { !shown.contains($0.id) && $0.type.typeName != "end" }.sorted { $0.id < $1.id }
        if !others.isEmpty {
            lines += ["", session.text("Không bước nào dẫn tới", "No step leads to")]
            lines += others.map { "• " + DisplayText.safe(Playbook.part($0.title, session.language)) }
        }
        if reading.errors > 0 {
            lines += [
                "",
                session.text(
                    "Kịch bản có \(reading.errors) lỗi: vonggac playbook validate",
                    "It has \(reading.errors) error(s): vonggac playbook validate"),
            ]
        }
        return lines
    }
}

struct PlaybookValidate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: HelpText.text("Say everything that is wrong with playbooks."),
        discussion: HelpText.text("Exit code 1 when one has an error; warnings and hints alone are no error."))
    @OptionGroup var common: CommonOptions
    @OptionGroup var place: ShelfOptions
    @Argument(help: ArgumentHelp(HelpText.text("Names or files; all on the shelf by default.")), completion: Suggestions.playbooks)
    var names: [String] = []

    func run() throws {
        let session = Session(options: common)
        let all = names.isEmpty ? place.shelf.entries.map(\.path) : names
        var documents: [JSONValue] = []
        var lines: [String] = []
        var failed = false
        for name in all {
            var findings: [Finding] = []
            do {
                findings = try place.shelf.read(name).findings
            } catch let error as PlaybookFileError {
                if case .missing = error { throw error }
                func plain(_ text: String) -> String { text.hasPrefix(name + ": ") ? String(text.dropFirst(name.count + 2)) : text }
                findings = [Finding(grade: .error, pointer: "/", text: BilingualText(plain(error.vietnamese), plain(error.english)))]
            }
            if findings.contains(where: { $0.grade == .error }) { failed = true }
            if common.json {
                documents.append(
                    .object([
                        "playbook": .string(name),
                        "findings": .array(
                            findings.map {
                                .object([
                                    "grade": .string($0.grade.rawValue), "pointer": .string($0.pointer), "line": JSONValue($0.line),
                                    "text": .string($0.text[session.language]),
                                ])
                            }),
                    ]))
            } else {
                lines += self.lines(findings, of: name, session)
            }
        }
        if common.json { try session.show(.array(documents)) } else { session.show(lines: lines) }
        if failed { throw CommandFailure(code: .failed, message: nil) }
    }

    /// `file:line: grade: pointer: text` for programs; on a terminal what matters first, as wide as there is room.
    private func lines(_ findings: [Finding], of name: String, _ session: Session) -> [String] {
        if findings.isEmpty { return [DisplayText.safe("\(name): \(session.text("hợp lệ", "valid"))")] }
        func word(_ grade: Finding.Grade) -> String {
            switch grade {
            case .error: session.text("lỗi", "error")
            case .warning: session.text("lưu ý", "warning")
            case .hint: session.text("gợi ý", "hint")
            }
        }
        guard let columns = session.columns else {
            return findings.map { finding in
                let line = finding.line > 0 ? ":\(finding.line)" : ""
                return DisplayText.safe("\(name)\(line): \(word(finding.grade)): \(finding.pointer): \(finding.text[session.language])")
            }
        }
        let room = max(20, min(columns, 120) - 17)
        let indent = String(repeating: " ", count: 17)
        var lines = [DisplayText.safe(name)]
        for finding in findings {
            let line = finding.line > 0 ? String(finding.line) : ""
            let head = "  " + DisplayText.fitted(line, to: 5) + " " + DisplayText.fitted(word(finding.grade), to: 8) + " "
            let texts = DisplayText.wrapped(DisplayText.safe(finding.text[session.language]), to: room, most: .max)
            let place = DisplayText.wrapped(DisplayText.safe(finding.pointer), to: room, most: .max)
            for (number, text) in (texts + place).enumerated() { lines.append((number == 0 ? head : indent) + text) }
        }
        let counts = [Finding.Grade.error, .warning, .hint].map { grade in (grade, findings.count { $0.grade == grade }) }
        lines.append("  " + counts.filter { $0.1 > 0 }.map { "\($0.1) \(word($0.0))" }.joined(separator: ", "))
        return lines
    }
}

extension PlaybookRun {
    var json: JSONValue {
        .object([
            "id": .integer(id), "incident": .string(incident.description), "playbook": .string(playbook), "name": .string(name),
            "digest": .string(digest), "actor": .string(actor), "started_at": .time(startedAt), "ended_at": .time(endedAt),
            "outcome": .optional(outcome?.rawValue),
            "steps": .array(
                steps.map {
                    .object([
                        "step": .string($0.step), "name": .string($0.name), "type": .string($0.type), "started_at": .time($0.startedAt),
                        "ended_at": .time($0.endedAt), "outcome": .optional($0.outcome?.rawValue), "output": .optional($0.output),
                    ])
                }),
        ])
    }
}
