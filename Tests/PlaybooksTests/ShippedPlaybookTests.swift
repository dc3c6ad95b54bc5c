import Foundation
import TestSupport
import Testing
import Trust

@testable import Playbooks

/// The playbooks that are shipped: free of findings, signed, complete, and walkable from end to end.
@Suite struct ShippedPlaybookTests {
    private static let folder = ProjectFiles.path("Playbooks")
    static let files: [String] = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".json") }
        .sorted()
    /// Each file is read once: reading and judging all of them for every run took longer than the runs.
    private static let readings: [String: Result<PlaybookReading, any Error>] = Dictionary(
        uniqueKeysWithValues: files.map { file in (file, Result { try PlaybookReading(file: folder + "/" + file) }) })
    private static let all: [Playbook] = files.compactMap { try? readings[$0]?.get().playbook }

    private static func reading(_ file: String) throws -> PlaybookReading { try #require(readings[file]).get() }

    @Test func everyCategoryHasOne() throws {
        let labels = Set(Self.all.flatMap { $0.labels("category") })
        for category in [
            "DOS", "PHISH", "MALWARE", "UNAUTH", "DEFACE", "ENCRYPT", "DESTROY", "SPY", "MIXED", "OTHER", "SYS_POWER", "SYS_LINK",
            "SYS_SWHW",
            "SYS_OVERLOAD", "SYS_OTHER", "OP_HW", "OP_SW", "OP_POLICY", "OP_STOP", "OP_OTHER", "DIS_NATURAL",
        ] {
            #expect(labels.contains(category), "\(category)")
        }
        #expect(Set(Self.all.map(\.id)).count == Self.files.count)
    }

    @Test(arguments: files) func isWithoutFindings(_ file: String) throws {
        let reading = try Self.reading(file)
        #expect(reading.findings.isEmpty, "\(reading.findings)")
        let playbook = try reading.runnable()
        for step in playbook.reachable where !step.name.isEmpty {
            #expect(step.name.components(separatedBy: " / ").count == 2, "\(step.name)")
            for command in (step.type as? ActionStep)?.commands ?? [] where command is ManualCommand {
                #expect(command.text.components(separatedBy: "\n---\n").count == 2, "\(step.name)")
            }
        }
    }

    @Test(arguments: files) func isSignedByTheKeyBesideIt(_ file: String) throws {
        let playbook = try Self.reading(file).runnable()
        let policy = try TrustPolicy(file: Self.folder + "/trust.yaml", isShipped: true)
        #expect(TrustJudgement(playbook, policy: policy).isTrusted)
        let changed = playbook.source.replacing("name", with: "x")
        #expect(!TrustJudgement(changed, policy: policy).isTrusted)
    }

    /// JSON, YAML and back.
    @Test(arguments: files) func convertsWithoutLoss(_ file: String) throws {
        let node = try PlaybookText.load(Self.folder + "/" + file)
        let yaml = try node.yamlText()
        let back = try PlaybookText.parse(yaml, path: "a.yaml")
        #expect(back.value == node.value)
        #expect(try back.jsonText() == node.jsonText())
    }

    private static let incidents = files.filter { file in
        (try? readings[file]?.get().playbook?.labels("category").isEmpty) == false
    }

    @Test(arguments: incidents) func runsToTheEnd(_ file: String) throws {
        let playbook = try Self.reading(file).runnable()
        for severity in ["M1", "M2", "M4"] {
            for confirmed in ["true", "false"] {
                let rehearsal = Rehearsal()
                rehearsal.environment = ["VONGGAC_STATE": FileManager.default.temporaryDirectory.path + "/nothing-\(UUID().uuidString)"]
                for step in playbook.reachable where step.title.hasPrefix("C2.") {
                    rehearsal.answers[step.title] = StepResult(.succeeded, variables: ["__confirmed__": confirmed])
                }
                let engine = try PlaybookEngine(
                    playbook, values: ["__incident__": "VG-2026-0001", "__severity__": severity], performer: rehearsal, record: rehearsal,
                    library: Shelf(playbooks: Self.all))
                #expect(try engine.run() == .succeeded)
                let titles = rehearsal.ended.joined()
                for common in ["C3.", "C4.", "C5.", "C6.", "C7."] { #expect(titles.contains(common) == (confirmed == "true"), "\(common)") }
                #expect(titles.contains("R26_24") == (confirmed == "true" && severity < "M3"))
                #expect(titles.contains("R26_IMM") == (confirmed == "true" && severity == "M1"))
            }
        }
    }

    /// What recurs is removed once more, and personal data has its notice.
    @Test func loopsAndNotices() throws {
        let playbook = try Self.reading("malware.json").runnable()
        let rehearsal = Rehearsal()
        func title(_ prefix: String) -> String { playbook.reachable.first { $0.title.hasPrefix(prefix) }?.title ?? prefix }
        rehearsal.answers[title("C2.")] = StepResult(.succeeded, variables: ["__confirmed__": "true"])
        rehearsal.answers[title("C3. Kiểm tra dữ liệu")] = StepResult(.succeeded, variables: ["__personal_data__": "true"])
        rehearsal.sequences[title("C5.")] = [true, true, false].map { StepResult(.succeeded, variables: ["__recurs__": String($0)]) }
        let engine = try PlaybookEngine(
            playbook, values: ["__incident__": "VG-2026-0001", "__severity__": "M3"], performer: rehearsal, record: rehearsal)
        #expect(try engine.run() == .succeeded)
        #expect(rehearsal.ended.count { $0.contains("C5.") } == 3)
        #expect(rehearsal.ended.contains { $0.contains("PDP_72") })
    }

    /// What somebody could not do stands on record, and the people who come after it are still led on.
    @Test(arguments: incidents) func whatCannotBeDoneDoesNotEndIt(_ file: String) throws {
        let playbook = try Self.reading(file).runnable()
        let rehearsal = Rehearsal()
        rehearsal.environment = ["VONGGAC_STATE": FileManager.default.temporaryDirectory.path + "/nothing-\(UUID().uuidString)"]
        for step in playbook.reachable where step.type is ActionStep {
            rehearsal.answers[step.title] = StepResult(.failed, variables: step.title.hasPrefix("C2.") ? ["__confirmed__": "true"] : [:])
        }
        let engine = try PlaybookEngine(
            playbook, values: ["__incident__": "VG-2026-0001", "__severity__": "M1"], performer: rehearsal, record: rehearsal,
            library: Shelf(playbooks: Self.all))
        #expect(try engine.run() == .succeeded)
        let titles = rehearsal.ended.joined()
        for common in ["C3.", "C4.", "C5.", "C6.", "C7.", "R26_24", "R26_IMM"] { #expect(titles.contains(common), "\(common)") }
        #expect(rehearsal.ended.count { $0.hasSuffix(":failed") } > 5)
    }

    /// A tool that is chosen is another playbook, asked for by typing what it is done to; what undoes it is on record.
    @Test func toolsAreCalledAndCanBeUndone() throws {
        let playbook = try Self.reading("password-attack.json").runnable()
        let rehearsal = Rehearsal()
        func title(_ prefix: String) -> String { playbook.reachable.first { $0.title.hasPrefix(prefix) }?.title ?? prefix }
        rehearsal.answers[title("C2.")] = StepResult(.succeeded, variables: ["__confirmed__": "true"])
        rehearsal.answers[title("Chọn cách chặn")] = StepResult(.succeeded, variables: ["__tool__": "local"])
        // 127.0.0.1 is refused by the script itself, so that nothing is blocked here.
        let engine = try PlaybookEngine(
            playbook, values: ["__incident__": "VG-2026-0001", "__severity__": "M3", "__attacker__": "127.0.0.1"], performer: rehearsal,
            record: rehearsal, library: Shelf(playbooks: Self.all))
        #expect(try engine.run() == .succeeded)
        #expect(rehearsal.confirmations.map(\.word) == ["127.0.0.1"])
        let undo = try #require(rehearsal.undos.first)
        #expect(undo.values["__attacker__"] == "127.0.0.1" && undo.expires == 3_600_000)
        #expect(rehearsal.ended.contains { $0.contains("Chặn bằng tay") })
    }
}
