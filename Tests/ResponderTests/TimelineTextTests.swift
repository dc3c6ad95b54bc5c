import Foundation
import Incidents
import TestSupport
import Testing
import Wording

@testable import Responder

/// A playbook's run on the incident's timeline, as `playbook follow` tells it.
@Suite struct TimelineTextTests {
    private let code = "VG-2026-0001"

    @Test func runsAreToldInTheReadersWords() throws {
        let desk = try Desk()
        let answers = ProjectFiles.path("Tests/Fixtures/Lab/answers.yaml")
        #expect(try desk.run("incident", "confirm", code).code == 0)
        let run = try desk.run("playbook", "run", "password-attack", "--incident", code, "--answers", answers, "--yes")
        #expect(run.code == 0, "\(run.errors)")
        #expect(try desk.run("incident", "contain", code, "--note", "x").code == 0)
        #expect(try desk.run("incident", "close", code, "--summary", "x", "--handling", "self").code == 0)
        for (language, words) in [
            (
                "vi",
                [
                    "chạy kịch bản  Ứng cứu tấn công dò mật khẩu  lượt 1", "xong bước  Đặc biệt nghiêm trọng?  sai",
                    "Còn tái diễn: làm lại  0 vòng",
                    "xong kịch bản  hoàn thành", "Cách xử lý       Tự xử lý", "evidence_files: ", "UNAUTH (Truy cập trái phép",
                ]
            ),
            (
                "en",
                [
                    "playbook started  Password attack response  run 1", "step finished  Gravest?  false",
                    "Still recurring: once more  0 rounds",
                    "playbook finished  succeeded", "Handled          Alone", "UNAUTH (Unauthorised access",
                ]
            ),
        ] {
            let show = try desk.run("incident", "show", code, language: language)
            let timeline = try desk.run("incident", "timeline", code, language: language)
            let follow = try desk.run("playbook", "follow", "1", language: language)
            for word in words { #expect(show.output.contains(word), "\(language): \(word)") }
            for output in [show.output, timeline.output, follow.output] {
                #expect(!output.contains("allow_outdated") && !output.contains("__") && !output.contains("path "), "\(output)")
                #expect(!output.contains(/\d{4}\.[a-z-]+--/) && !output.contains("no case") == (language == "vi"), "\(output)")
                // Titles have both languages in the record, one on the screen.
                #expect(!output.contains(" / "), "\(output)")
            }
            // Beginnings and ends of the workflow are the ledger's: there they have their numbers.
            #expect(!show.output.contains(language == "vi" ? "xong bước  Hết" : "step finished  End"))
        }
        let whole = try desk.run("incident", "timeline", code).output.split(separator: "\n").count - 1
        let store = try IncidentStore(path: desk.folder + "/incidents.sqlite", mode: .readOnly)
        #expect(try whole == store.detail(#require(IncidentCode(code)), alertLimit: 1).events.count)
    }

    /// Whatever is written about an incident has a name in both languages.
    @Test func everyKindHasAName() throws {
        var kinds: Set<String> = []
        let files = try #require(FileManager.default.enumerator(atPath: ProjectFiles.path("Sources/Incidents")))
        for case let name as String in files where name.hasSuffix(".swift") {
            let text = try String(contentsOfFile: ProjectFiles.path("Sources/Incidents/" + name), encoding: .utf8)
            for match in text.matches(of: /kind: "((?:incident|clock|evidence\.stored|playbook|task|report)[a-z_.]*)"/) {
                kinds.insert(String(match.1))
            }
        }
        #expect(kinds.count > 15)
        for kind in kinds {
            for language in Language.allCases { #expect(EventText.name(kind, language) != kind, "\(kind)") }
        }
    }
}
