import Testing
import Wording

@testable import Responder

@Suite struct UsageTextTests {
    @Test(arguments: [
        (["incidnet", "list"], "vonggac incident"), (["incident", "shwo", "VG-2026-0001"], "vonggac incident show"),
        (["task", "list"], "vonggac incident task"), (["clock", "lst"], "vonggac clock list"),
    ])
    func wordsThatAreMeant(_ arguments: [String], _ meant: String) throws {
        let error = try #require(UsageText.unknownCommand(arguments, below: VongGac.self))
        #expect(error.english.contains("Did you mean: \(meant)?"))
        #expect(error.vietnamese.contains("Có phải: \(meant)?"))
    }

    @Test func othersAreOnlyNamed() throws {
        let error = try #require(UsageText.unknownCommand(["audit", "xyzzy"], below: VongGac.self))
        #expect(error.english == "there is no command \"audit xyzzy\"; vonggac audit --help lists them")
        // What fails for another reason is told by the parser.
        #expect(UsageText.unknownCommand(["incident", "show"], below: VongGac.self) == nil)
        #expect(UsageText.unknownCommand(["incident", "show", "x", "y"], below: VongGac.self) == nil)
        #expect(UsageText.unknownCommand(["--limt"], below: VongGac.self) == nil)
        #expect(UsageText.unknownCommand([], below: VongGac.self) == nil)
    }

    @Test func distances() {
        #expect(UsageText.distance("show", "shwo") == 1)
        #expect(UsageText.distance("show", "show") == 0)
        #expect(UsageText.distance("", "abc") == 3)
        #expect(UsageText.distance("list", "lists") == 1)
        #expect(UsageText.distance("kitten", "sitting") == 3)
    }

    /// Each way in which the parser refuses a line is told in Vietnamese: no English word stays but names and help of options.
    @Test(arguments: [
        (["incident", "show"], "Lỗi: thiếu tham số “<code>”"),
        (["incident", "list", "--limt", "3"], "Lỗi: không có tùy chọn --limt. Có phải --limit?"),
        (["incident", "list", "--limit"], "Lỗi: thiếu giá trị cho --limit <limit>"),
        (["incident", "list", "--limit", "x"], "Lỗi: “x” không hợp lệ cho --limit <limit>"),
        (["incident", "list", "--lang", "fr"], "Lỗi: “fr” không hợp lệ cho --lang <language>. Hãy dùng 'vi' hoặc 'en'."),
        (["incident", "list", "x"], "Lỗi: thừa tham số “x”"), (["incident", "list", "x", "y"], "Lỗi: thừa 2 tham số: 'x', 'y'"),
        (["incident", "list", "--json=3"], "Lỗi: --json không nhận giá trị, nhưng có “3”."),
    ])
    func theParserInVietnamese(_ arguments: [String], _ expected: String) {
        do {
            _ = try VongGac.parseAsRoot(arguments)
            Issue.record("it was read")
        } catch {
            let lines = UsageText.told(VongGac.fullMessage(for: error), .vi).split(separator: "\n").map(String.init)
            #expect(lines.first == expected)
            #expect(lines.contains { $0.hasPrefix("Cách gọi: vonggac incident") } && !lines.contains { $0.hasPrefix("Usage") })
            #expect(UsageText.told(VongGac.fullMessage(for: error), .en) == VongGac.fullMessage(for: error))
        }
    }

    @Test func refusalsAreInTheReadersLanguage() throws {
        let desk = try Desk()
        let result = try desk.run("alert", "list", "--since", "yesterday", "--lang", "vi")
        #expect(result.code == 2 && result.errors.contains("cần dạng 2026-11-21"))
        #expect(try desk.run("alert", "list", "--since", "yesterday", "--lang", "en").errors.contains("expected 2026-11-21"))
        #expect(try desk.run("playbook", "rollback").code == 2)
        #expect(try desk.run("triage", "--json").code == 2)
    }
}
