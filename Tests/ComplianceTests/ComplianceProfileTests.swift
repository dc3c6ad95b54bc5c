import Compliance
import Foundation
import Incidents
import TestSupport
import Testing

@Suite struct ComplianceProfileTests {
    @Test func shippedProfilesAreRead() throws {
        let library = ProfileLibrary(folders: [])
        for name in ProfileLibrary.builtInNames {
            let profile = try library.profile(name)
            #expect(profile.id == name)
            #expect(profile.categories.compactMap(\.formRow).sorted() == Array(1...10))
            #expect(profile.severities.map(\.severity) == Severity.allCases)
            #expect(profile.form("weekly") != nil)
        }
        let profile = try library.profile()
        #expect(profile.id == "vn-2026")
        #expect(profile.deadline("R26_72")?.allowance == .hours(72))
        #expect(profile.deadline("R26_24")?.condition.severities == [.m1, .m2])
        #expect(try library.profile("vn-2017").deadline("R17_5D")?.allowance == .days(5))
    }

    /// Every category that correlation gives has its name in the profiles.
    @Test func correlationUsesKnownCategories() throws {
        let table = try CorrelationTable.load(file: ProjectFiles.path("Rules/correlation.yaml"))
        for name in ProfileLibrary.builtInNames {
            let profile = try ProfileLibrary(folders: []).profile(name)
            for kind in table.kinds { #expect(profile[kind.category] != nil, "\(kind.code)") }
        }
    }

    @Test func folderReplacesBuiltIn() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("profiles-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let text = try String(contentsOfFile: ProjectFiles.path("Sources/Compliance/Profiles/vn-2026.yaml"), encoding: .utf8)
        try text.replacing("version: \"2026.1\"", with: "version: \"2026.2-tinh\"")
            .write(toFile: folder + "/vn-2026.yaml", atomically: true, encoding: .utf8)
        #expect(try ProfileLibrary(folders: [folder]).profile().version == "2026.2-tinh")
        #expect(try ProfileLibrary(folders: []).profile(folder + "/vn-2026.yaml").version == "2026.2-tinh")
    }

    @Test func unknownProfileNamesTheKnownOnes() throws {
        let error = #expect(throws: UnknownProfileError.self) { try ProfileLibrary(folders: []).profile("vn-1999") }
        #expect(error?.english.contains("vn-2026") == true)
        #expect(error?.vietnamese.contains("vn-2017") == true)
    }

    /// One wrong thing each, and what is said about it.
    @Test(arguments: [
        ("schema: vonggac-profile/1", "schema: vonggac-profile/9", "schema: expected vonggac-profile/1"),
        ("    hours: 24\n", "    hours: soon\n", "deadlines[1].hours: expected a whole number"),
        ("    hours: 24\n", "    hours: 24\n    days: 1\n", "deadlines[1]: expected exactly one of hours"),
        ("any_flag: [beyond_capability]", "any_flag: [too_hard]", "expected one of personal_data"),
        ("    form: f24\n", "    form: f25\n", "no form f25 stands under forms"),
        ("code: R26_24", "code: R26_IMM", "R26_IMM stands twice"),
        ("severity: [M1, M2]", "severity: [M1, M7]", "expected one of M1, M2, M3, M4, found M7"),
        ("before: \"12-20\"", "before: \"13-20\"", "expected a month and a day"),
        ("profile: vn-2017, deadlines", "profile: vn-2026, deadlines", "a profile does not run beside itself"),
        ("[\"12-15\", \"12-14\"]", "[\"12-15\"]", "expected two days"),
        ("target_hours: 24", "target_hours: 0", "periodic[0].target_hours: expected a whole number"),
        ("t0_rule: first", "t0_rule: last", "expected one of first_seen_or_reported_earliest, confirmed"),
        ("\"04-30\"", "\"04-31\"", "expected a day such as 04-30"),
        ("incident_years: 5", "incident_yeers: 5", "unknown key incident_yeers"),
        ("m05_row: 10,", "m05_row: 11,", "expected a whole number from 1 to 10"),
    ])
    func errorsNameFileLineAndKey(original: String, changed: String, problem: String) throws {
        let text = try String(contentsOfFile: ProjectFiles.path("Sources/Compliance/Profiles/vn-2026.yaml"), encoding: .utf8)
        let range = try #require(text.range(of: original))
        let broken = text.replacingCharacters(in: range, with: changed)
        let error = #expect(throws: ContentError.self) { try ComplianceProfile.parse(broken, file: "p.yaml") }
        #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
        #expect(error?.line != nil)
        #expect(error?.description.hasPrefix("p.yaml:") == true)
    }
}
