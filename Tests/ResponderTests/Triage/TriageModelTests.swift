import ArgumentParser
import Bytes
import Incidents
import Terminal
import TestSupport
import Testing
import Wording

@testable import Responder

/// The screen without a terminal: keys in, what is to be done and what is shown out.
@Suite struct TriageModelTests {
    private let desk: Desk
    private let reader: TriageDesk

    init() throws {
        desk = try Night.desk()
        reader = try TriageDesk(Session(options: CommonOptions.parse(["--state", desk.folder, "--lang", "en", "--actor", "Lan"])))
    }

    /// A model as it is when the program begins.
    private func model(readOnly: Bool = false) throws -> TriageModel {
        var model = TriageModel(language: .en, actor: "Lan", isReadOnly: readOnly, now: .now)
        model.choices = try reader.choices()
        try follow(model.take(reader.queue(model.filter).items), &model)
        return model
    }

    /// Does what needs only reading; gives the rest.
    @discardableResult
    private func follow(_ intents: [TriageIntent], _ model: inout TriageModel) throws -> [TriageIntent] {
        var rest: [TriageIntent] = []
        for intent in intents {
            switch intent {
            case .open(let code): model.take(try reader.detail(code))
            case .reload: rest += try follow(model.take(reader.queue(model.filter).items), &model)
            default: rest.append(intent)
            }
        }
        return rest
    }

    private func press(_ text: String, _ model: inout TriageModel) throws -> [TriageIntent] {
        var rest: [TriageIntent] = []
        for character in text { rest += try follow(model.handle(character == "\n" ? .enter : .character(character)), &model) }
        return rest
    }

    private func text(_ model: TriageModel) -> String { TriageLayout.frame(model).text.joined(separator: "\n") }

    @Test func theGravestAndNearestComeFirst() throws {
        let model = try model()
        let order = model.visible.map { "\($0.incident.severity.rawValue) \($0.code.number)" }
        #expect(order == ["M2 3", "M2 5", "M2 6", "M2 8", "M3 4", "M3 7", "M3 9", "M3 10", "M4 2", "M4 1"])
        #expect(model.visible.allSatisfy { $0.deadline?.isCandidate ?? true })
    }

    @Test func aKeyBecomesTheCommandThatIsShown() throws {
        var model = try model()
        let none = try press("fit's the -admin", &model)
        #expect(none.isEmpty)
        #expect(text(model).contains("$ vonggac incident dismiss VG-"))
        #expect(text(model).contains(#"--reason 'it'\''s the -admin'"#))
        let intents = try press("\n", &model)
        guard case .act(let commands, let code, let version)? = intents.first, let words = commands.first?.words() else {
            Issue.record("\(intents)")
            return
        }
        #expect(words == ["incident", "dismiss", code.description, "--reason", "it's the -admin"] && code.number == 3 && version == 1)
        // It is what the program's own parser takes.
        #expect(try VongGac.parseAsRoot(words) is IncidentDismiss)
    }

    /// Whatever a person answers, the parser of the program understands the line, and takes no answer for an option.
    @Test func everyVerbGivesALineThatTheProgramTakes() throws {
        let detail = try reader.detail(IncidentCode(year: try model().visible[0].code.year, number: 3))
        let context = FormContext(
            detail: detail, items: try model().items, choices: try reader.choices(), actor: "Lan", language: .vi)
        for verb in TriageVerb.all {
            for answer in ["x", "-x", "--reason", "a b", "'", ""] {
                let answers = verb.steps(context).map { step -> String in
                    switch step.kind {
                    case .text(let isRequired): isRequired && answer.isEmpty ? "x" : answer
                    case .choice(let choices, _): choices.first?.value ?? "1"
                    }
                }
                if verb.key == "T" { continue }
                // A date is a date.
                let given = verb.key == "i" ? [answers[0], "", answers[2]] : answers
                for command in verb.commands(context, given) {
                    let words = command.words(with: ["--lang", "vi"])
                    #expect(throws: Never.self, "\(words)") { try VongGac.parseAsRoot(words) }
                    if !verb.takesTerminal { #expect(try VongGac.parseAsRoot(words) is any IncidentAction, "\(words)") }
                }
            }
        }
    }

    /// Everything that the palette offers is a command of the program; those that are complete run, the others are completed.
    @Test func thePaletteOffersCommandsThatTheProgramTakes() throws {
        var model = try model()
        _ = try press("c\n", &model)
        let palette = TriagePalette(model.context(try #require(model.detail)), isReadOnly: false)
        var complete = 0
        for entry in palette.entries {
            guard case .command(let text) = entry.action else { continue }
            let isComplete = TriagePalette.complete(text) != nil
            complete += isComplete ? 1 : 0
            let given = isComplete ? text : text + (text.contains("handle") ? "self" : text.contains("severity") ? "M1 --reason x" : "x")
            let words = CommandLineForm(words: TriagePalette.words(given + (text.contains("evidence add") ? " file" : "")))
            #expect(throws: Never.self, "\(text)") { try VongGac.parseAsRoot(words.words(with: ["--lang", "vi"])) }
        }
        #expect(complete > 5)
        // Every verb that applies is there too.
        let keys = palette.entries.filter { if case .key = $0.action { true } else { false } }
        #expect(keys.count == TriageVerb.all.count { $0.applies(model.detail!) })
        let reading = TriagePalette(model.context(try #require(model.detail)), isReadOnly: true)
        #expect(!reading.entries.isEmpty && !reading.entries.contains { $0.label.contains("evidence add") })
    }

    @Test func thePaletteFindsByNameAndRuns() throws {
        var model = try model()
        _ = try press(":giu phap ly", &model)
        #expect(text(model).contains("(none)"))
        _ = model.handle(.escape)
        _ = try press(":legal h", &model)
        #expect(text(model).contains("> h  legal hold"))
        _ = try press("\n", &model)
        #expect(text(model).contains("$ vonggac incident hold VG-"))
        let intents = try press("evidence in court\n", &model)
        guard case .act(let commands, _, _)? = intents.first else {
            Issue.record("\(intents)")
            return
        }
        #expect(commands.first?.arguments.suffix(2) == ["--reason", "evidence in court"])
        // A command that is complete runs; one that lacks something is completed.
        let shown = try press(":incident show\n", &model)
        guard case .lend(let command)? = shown.first else {
            Issue.record("\(shown)")
            return
        }
        #expect(command.words(with: ["--lang", "en"]).prefix(2) == ["incident", "show"])
        _ = try press(":evidence add\n", &model)
        let asked = try press("'a note' photo.png\n", &model)
        guard case .lend(let add)? = asked.first else {
            Issue.record("\(asked)")
            return
        }
        #expect(add.words().suffix(3) == ["--note", "a note", "photo.png"] && add.path == ["evidence", "add"])
    }

    @Test(arguments: [
        ("a  b", ["a", "b"]), ("a 'b c' \"d e\"", ["a", "b c", "d e"]), (#"a\ b \"c"#, ["a b", "\"c"]), ("''", [""]), ("", []),
        ("'a", ["a"]),
    ])
    func linesAreTakenApartAsByAShell(line: String, words: [String]) { #expect(TriagePalette.words(line) == words) }

    /// A queue that is longer than what is read at once says so, and its end reads on.
    @Test func whatIsNotShownIsCounted() throws {
        var model = try model()
        let queue = try reader.queue(model.filter, most: 4)
        #expect(queue.items.count == 4 && queue.unread == 6)
        // The gravest are read, not the newest.
        #expect(queue.items.allSatisfy { $0.incident.severity == .m2 })
        try follow(model.take(queue.items, unread: queue.unread), &model)
        #expect(text(model).contains("4 incidents, 4 new, 6 more not shown") || text(model).contains("6 more not shown"))
        _ = model.handle(.end)
        #expect(model.handle(.down).contains(.more))
        try follow(model.take(reader.queue(model.filter, most: 8).items, unread: 2), &model)
        #expect(model.visible.count == 8)
    }

    @Test func longPagesScroll() throws {
        var model = try model()
        model.rows = 12
        _ = try press("$", &model)
        let first = text(model)
        #expect(first.contains("more lines"))
        _ = model.handle(.pageDown)
        #expect(text(model) != first && model.dialog != nil)
        _ = model.handle(.escape)
        #expect(model.dialog == nil)
    }

    @Test func whatIsDemandedIsAskedUntilItIsThere() throws {
        var model = try model()
        _ = try press("f\n", &model)
        #expect(text(model).contains("an answer is needed"))
        _ = try press("  \n", &model)
        #expect(text(model).contains("an answer is needed"))
        let intents = model.handle(.escape)
        #expect(intents.allSatisfy { if case .open = $0 { true } else { false } })
        #expect(model.dialog == nil && text(model).contains("nothing was done"))
    }

    @Test func keysThatMakeNoSenseSaySo() throws {
        var model = try model()
        let intents = try press("s", &model)
        #expect(intents.isEmpty && model.dialog == nil)
        #expect(text(model).contains("\"contain\" is not for"))
        #expect(!TriageLayout.keys(model).map(\.text).joined().contains("contain"))
    }

    @Test func readOnlyRefusesEveryVerb() throws {
        var model = try model(readOnly: true)
        for verb in TriageVerb.all {
            let intents = try press(String(verb.key), &model)
            #expect(intents.isEmpty && model.dialog == nil)
            #expect(model.status?.kind == .alarm)
        }
        #expect(!text(model).contains("false alarm"))
        _ = try press("?", &model)
        #expect(!text(model).contains("Actions"))
    }

    @Test func searchingNeedsNoMarksAndKnowsAddresses() throws {
        var model = try model()
        _ = try press("/DO quet", &model)
        #expect(model.visible.map(\.code.number) == [1])
        #expect(text(model).contains("filter: /DO quet"))
        _ = model.handle(.escape)
        #expect(model.visible.count == 10)
        _ = try press("/10.20.9.7", &model)
        #expect(model.visible.map(\.code.number) == [9])
        _ = try press("\n", &model)
        #expect(model.dialog == nil && model.visible.count == 1)
        try follow(model.handle(.escape), &model)
        #expect(model.visible.count == 10)
    }

    @Test func filtersNarrowAndWiden() throws {
        var model = try model()
        _ = try press("l2", &model)
        #expect(model.visible.allSatisfy { $0.incident.severity == .m2 } && model.visible.count == 4)
        _ = try press("l2lw", &model)
        #expect(model.visible.isEmpty && text(model).contains("No such incident"))
        _ = try press("lx", &model)
        #expect(model.visible.count == 10)
        _ = try press("lm", &model)
        #expect(model.visible.isEmpty)
    }

    @Test func theSelectionStaysOnItsIncidentAndThenOnItsPlace() throws {
        var model = try model()
        _ = try press("jj", &model)
        #expect(model.selected?.number == 6)
        let store = try IncidentStore(path: desk.folder + "/incidents.sqlite")
        let year = try #require(model.selected?.year)
        _ = try store.classify(IncidentCode(year: year, number: 1), severity: .m1, reason: "x", by: Hand("Minh"))
        try follow(model.take(reader.queue(model.filter).items), &model)
        #expect(model.visible.first?.code.number == 1 && model.selected?.number == 6)
        _ = try store.dismiss(IncidentCode(year: year, number: 6), reason: "x", by: Hand("Minh"))
        try follow(model.take(reader.queue(model.filter).items), &model)
        #expect(model.selected?.number == 8 && model.detail?.incident.code.number == 8)
    }

    /// No size, no tab and no key makes a line wider than the screen, or a frame higher.
    @Test func everythingFitsEverywhere() throws {
        var random = SeededGenerator(seed: 11)
        var model = try model()
        let keys: [Key] =
            "cfsevzoanpirmdtTu123456789/l$?LgGjkKJ x-'Đ日\u{301}".map(Key.character)
            + [.enter, .escape, .tab, .backTab, .up, .down, .left, .right, .pageUp, .pageDown, .home, .end, .resize, .backspace, .delete]
        for step in 0..<1500 {
            if step % 7 == 0 {
                model.rows = Int.random(in: 1...60, using: &random)
                model.columns = Int.random(in: 1...140, using: &random)
            }
            let intents = model.handle(keys.randomElement(using: &random) ?? .enter)
            for intent in try follow(intents, &model) {
                if case .speak(let language) = intent { model.language = language }
                if case .view(let number) = intent {
                    let item = try reader.store.evidence(named: String(number))
                    let bytes = try reader.session.evidence.bytes(item.digest)
                    model.take(EvidenceContent(item, bytes, path: reader.session.evidence.file(item.digest), reader.session))
                }
            }
            let frame = TriageLayout.frame(model)
            #expect(frame.lines.count <= max(1, model.rows) || model.rows < TriageLayout.leastRows)
            if model.columns >= TriageLayout.leastColumns, model.rows >= TriageLayout.leastRows {
                #expect(frame.lines.allSatisfy { $0.width == model.columns }, "\(model.columns)x\(model.rows)")
                if let cursor = frame.cursor { #expect(cursor.row < model.rows && cursor.column < model.columns) }
            }
            #expect(frame.lines.allSatisfy { $0.text.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f } })
        }
    }

    @Test func commandsAreShownForEveryKey() throws {
        var model = try model()
        model.rows = 40
        _ = try press("$", &model)
        let shown = text(model)
        for verb in ["show", "confirm", "dismiss", "assign", "note", "classify", "merge", "undo"] {
            #expect(shown.contains("vonggac incident \(verb) VG-"))
        }
        #expect(shown.contains("vonggac playbook run") && !shown.contains("incident close"))
    }

    @Test(arguments: [(30, "0 min"), (3599, "59 min"), (7200, "2 h"), (-90, "OVER 1 min"), (200_000, "2 d"), (-200_000, "OVER 2 d")])
    func whatIsLeftIsShort(seconds: Int64, words: String) {
        let now = Timestamp(microseconds: 1_000_000_000_000)
        #expect(TriageText.left(until: Timestamp(microseconds: now.microseconds + seconds * 1_000_000), at: now, .en) == words)
        #expect(DisplayText.width(TriageText.left(until: Timestamp(microseconds: now.microseconds - 172_000_000_000), at: now, .vi)) <= 12)
    }
}
