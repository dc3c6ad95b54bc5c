import ArgumentParser
import Bytes
import Compliance
import Incidents

/// Categories as people type them.
enum Categories {
    static func known(_ text: String, _ profile: ComplianceProfile) throws -> CategoryCode {
        let code = CategoryCode(rawValue: text.uppercased())
        guard profile[code] != nil else {
            throw UsageError(
                "không có nhóm \(text); có \(profile.categories.map(\.code.rawValue).joined(separator: ", "))",
                "no category \(text); there are \(profile.categories.map(\.code.rawValue).joined(separator: ", "))")
        }
        return code
    }
}

/// Flags as people type them.
enum Flags {
    static var list: String { IncidentFlags.names.map(\.name).joined(separator: ", ") }

    static func known(_ name: String) throws -> IncidentFlags {
        guard let flag = IncidentFlags.named(name.replacing("-", with: "_")) else {
            throw UsageError("không có cờ \(name); có none, \(list)", "no flag \(name); there are none, \(list)")
        }
        return flag
    }
}

struct IncidentClassify: IncidentVerb {
    static let configuration = CommandConfiguration(
        commandName: "classify",
        abstract: HelpText.text("Change category, severity or flags, with a reason; deadlines are added, none is taken away."))
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Option(help: ArgumentHelp(HelpText.text("Category code, such as MALWARE."))) var category: String?
    @Option(help: ArgumentHelp(HelpText.text("What else it is; repeat for more, none to clear."))) var secondary: [String] = []
    @Option(help: ArgumentHelp(HelpText.text("M1 (gravest) to M4."))) var severity: Severity?
    @Option(
        help: ArgumentHelp(
            HelpText.text("What is affected; repeat for more, none to clear:") + " \(Flags.list).", valueName: "flag"))
    var flag: [String] = []
    @Option(help: ArgumentHelp(HelpText.text("Why."))) var reason: String

    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident {
        let profile = try ProfileLibrary().profile()
        let flags = try flag.isEmpty ? nil : flag.filter { $0 != "none" }.reduce(into: IncidentFlags()) { $0.insert(try Flags.known($1)) }
        let primary = try category.map { try Categories.known($0, profile) }
        let others = try secondary.isEmpty ? nil : secondary.filter { $0 != "none" }.map { try Categories.known($0, profile) }
        guard primary != nil || others != nil || severity != nil || flags != nil else {
            throw UsageError(
                "không có gì để đổi: hãy ghi --category, --secondary, --severity hoặc --flag",
                "nothing to change: give --category, --secondary, --severity or --flag")
        }
        return try store.classify(
            code, category: primary, secondary: others, severity: severity, flags: flags, reason: reason, by: hand)
    }
}

struct IncidentFlag: IncidentVerb {
    static let configuration = CommandConfiguration(
        commandName: "flag",
        abstract: HelpText.text("Say that personal data, public order or the like is affected, and since when that is known."),
        discussion:
            HelpText.text(
                "Deadlines of a flag count from --since: the violation of personal data may be detected later than the incident. Without it the incident's own detection counts, the earlier and safer one."
            )
    )
    @OptionGroup var work: WorkOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode
    @Argument(help: ArgumentHelp("\(Flags.list).")) var flag: String
    @Option(help: ArgumentHelp(HelpText.text("When it was detected."), valueName: "date")) var since: String?
    @Flag(help: ArgumentHelp(HelpText.text("It is not affected after all; deadlines that run go on."))) var off = false
    @Option(help: ArgumentHelp(HelpText.text("Why."))) var reason: String

    func perform(_ store: IncidentStore, _ hand: Hand) throws -> Incident {
        let flag = try Flags.known(flag)
        let moment = try since.map { try ListOptions.moment($0, "--since") }
        if let moment, moment > Timestamp.now {
            throw UsageError("--since \(since ?? ""): nằm trong tương lai", "--since \(since ?? ""): lies in the future")
        }
        let before = try store.incident(code).flags
        return try store.classify(
            code, flags: off ? before.subtracting(flag) : before.union(flag), since: moment.map { [flag: $0] } ?? [:], reason: reason,
            by: hand)
    }
}
