import ArgumentParser
import Foundation
import Incidents
import Playbooks
import Terminal
import Trust
import Wording

struct PlaybookCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "playbook", abstract: "CACAO 2.0 playbooks: what to do, step by step.",
        subcommands: [
            PlaybookList.self, PlaybookShow.self, PlaybookValidate.self, PlaybookPlanCommand.self, PlaybookRunCommand.self,
            PlaybookResume.self, PlaybookStatus.self, PlaybookFollow.self, PlaybookAbort.self, PlaybookApprove.self, PlaybookRollback.self,
            PlaybookVerify.self, PlaybookSign.self, PlaybookKey.self, PlaybookConvert.self, PlaybookNew.self,
        ])
}

/// Where playbooks are looked for.
struct ShelfOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Folder of playbooks.", valueName: "folder"))
    var playbooks: String?

    var shelf: PlaybookShelf { PlaybookShelf(folder: playbooks) }
}

struct PlaybookList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List playbooks.")
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
    static let configuration = CommandConfiguration(commandName: "show", abstract: "A playbook's steps.")
    @OptionGroup var common: CommonOptions
    @OptionGroup var place: ShelfOptions
    @Argument(help: "Name, file or id.") var name: String

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
        print(DisplayText.safe(playbook.title(session.language)))
        print("  \(DisplayText.safe(playbook.id))  SHA-256 \(try playbook.digest().hex.prefix(16))…")
        let about = Playbook.lines(playbook.description ?? "", session.language).split(separator: "\n").map(String.init)
        for line in PlainText.lines(about, indent: 2, session) { print("  " + DisplayText.safe(line)) }
        if !playbook.markings.isEmpty { print("  " + DisplayText.safe(playbook.markings.joined(separator: ", "))) }
        if playbook.revoked { session.say("  ĐÃ THU HỒI", "  REVOKED") }
        for name in playbook.variables.keys.sorted() {
            guard let variable = playbook.variables[name] else { continue }
            let kind =
                variable.isExternal ? session.text("từ ngoài", "from outside") : variable.isConstant ? session.text("hằng", "constant") : ""
            print(DisplayText.safe("  \(name): \(variable.type) \(kind) \(Playbook.part(variable.description ?? "", session.language))"))
        }
        for agent in playbook.agents.values.sorted(by: { $0.id < $1.id }) where !agent.isPerson {
            let address = agent.address.sorted { $0.key < $1.key }.flatMap(\.value).joined(separator: ", ")
            print(
                DisplayText.safe(
                    "  \(agent.type) \(agent.name) \(address) \(agent.authentication.map { "🔑 " + (playbook.authentication[$0]?.secretName ?? $0) } ?? "")"
                ))
        }
        print()
        for step in playbook.reachable {
            print(DisplayText.safe("\(step.type.typeName)  \(Playbook.part(step.title, session.language))"))
            if let text = step.description, !text.isEmpty {
                let lines = Playbook.part(text, session.language).split(separator: "\n").map(String.init)
                for line in PlainText.lines(lines, indent: 4, session) { print("    " + DisplayText.safe(line)) }
            }
            if let condition = step.type.condition { print("    ? " + DisplayText.safe(condition)) }
            if let other = step.type as? PlaybookActionStep { print("    ↳ " + DisplayText.safe(other.playbookID)) }
            if step.delay > 0 { session.say("    chờ \(step.delay) ms", "    waits \(step.delay) ms") }
            if let timeout = step.timeout { session.say("    hạn \(timeout) ms", "    timeout \(timeout) ms") }
            for command in (step.type as? ActionStep)?.commands ?? [] {
                let text = Playbook.lines(command.text, session.language)
                let lines = text.split(separator: "\n").enumerated().map { ($0.offset == 0 ? "\(command.typeName): " : "  ") + $0.element }
                for line in command.isAutomatic ? lines : PlainText.lines(lines, indent: 4, session) {
                    print("    " + DisplayText.safe(line))
                }
                if text.isEmpty { print(DisplayText.safe("    \(command.typeName)")) }
            }
            if step.policy.isDestructive { session.say("    ▲ gây gián đoạn", "    ▲ disrupts something") }
            if step.policy.rollback != nil { session.say("    ↩ hoàn tác được", "    ↩ can be undone") }
            for (property, id) in step.successors {
                print(
                    DisplayText.safe(
                        "    \(property) → \(playbook.workflow[id].map { Playbook.part($0.title, session.language) } ?? id.rawValue)"))
            }
        }
        if reading.errors > 0 {
            session.say(
                "\nKịch bản có \(reading.errors) lỗi: vonggac playbook validate",
                "\nIt has \(reading.errors) error(s): vonggac playbook validate")
        }
    }
}

struct PlaybookValidate: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "validate", abstract: "Say everything that is wrong with playbooks.",
        discussion: "Exit code 1 when one has an error; warnings and hints alone are no error.")
    @OptionGroup var common: CommonOptions
    @OptionGroup var place: ShelfOptions
    @Argument(help: "Names or files; all on the shelf by default.") var names: [String] = []

    func run() throws {
        let session = Session(options: common)
        let all = names.isEmpty ? place.shelf.entries.map(\.path) : names
        var documents: [JSONValue] = []
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
                for finding in findings {
                    let grade =
                        switch finding.grade {
                        case .error: session.text("lỗi", "error")
                        case .warning: session.text("lưu ý", "warning")
                        case .hint: session.text("gợi ý", "hint")
                        }
                    let line = finding.line > 0 ? ":\(finding.line)" : ""
                    print(DisplayText.safe("\(name)\(line): \(grade): \(finding.pointer): \(finding.text[session.language])"))
                }
                if findings.isEmpty { print(DisplayText.safe("\(name): \(session.text("hợp lệ", "valid"))")) }
            }
        }
        if common.json { try session.show(.array(documents)) }
        if failed { throw CommandFailure(code: .failed, message: nil) }
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
