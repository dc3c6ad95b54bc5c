import ArgumentParser
import Incidents
import Terminal
import Trust

extension AlertGroup: ExpressibleByArgument {
    private static let words: [(String, AlertGroup)] = [
        ("rule", .sid), ("class", .classType), ("agency", .agency), ("kind", .kind), ("sensor", .sensor), ("source", .source),
        ("destination", .destination),
    ]

    public init?(argument: String) {
        guard let found = Self.words.first(where: { $0.0 == argument }) else { return nil }
        self = found.1
    }

    static var choices: [String] { words.map(\.0) }
    static var names: String { words.map(\.0).joined(separator: ", ") }
}

extension IncidentGroup: ExpressibleByArgument {
    private static let words: [(String, IncidentGroup)] = [
        ("agency", .agency), ("category", .category), ("severity", .severity), ("state", .state), ("kind", .kind),
        ("handling", .handlingMode),
    ]

    public init?(argument: String) {
        guard let found = Self.words.first(where: { $0.0 == argument }) else { return nil }
        self = found.1
    }

    static var choices: [String] { words.map(\.0) }
    static var names: String { words.map(\.0).joined(separator: ", ") }
}

struct AlertCount: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "count", abstract: HelpText.text("Count alerts by what they share, the most first."))
    @OptionGroup var common: CommonOptions
    @Option(
        help: ArgumentHelp(HelpText.text("By what:") + " \(AlertGroup.names).", valueName: "group"), completion: .list(AlertGroup.choices))
    var by: AlertGroup = .sid
    @OptionGroup var which: AlertOptions
    @Option(help: ArgumentHelp(HelpText.text("Only from this day or moment on."), valueName: "date")) var since: String?
    @Option(help: ArgumentHelp(HelpText.text("Only before this moment, or until the end of this day."), valueName: "date")) var until:
        String?

    func run() throws {
        let session = Session(options: common)
        let store = try session.store()
        var filter = try which.filter()
        var span = ListOptions()
        span.since = since
        span.until = until
        filter.since = try span.from()
        filter.until = try span.end()
        let rules = by == .sid ? try store.ruleMessages() : [:]
        let counts = try store.alertCounts(by: by, filter)
        if common.json { return try session.show(.array(counts.map(\.json))) }
        if counts.isEmpty { return session.say("Không có cảnh báo nào.", "No alerts.") }
        var table = Table([session.text("Cảnh báo", "Alerts"), "", ""])
        for count in counts {
            table.add([String(count.count), count.key ?? "-", count.key.flatMap(Int64.init).flatMap { rules[$0] } ?? ""])
        }
        session.show(table)
    }
}

struct IncidentCount: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "count", abstract: HelpText.text("Count incidents by what they share, the most first."))
    @OptionGroup var common: CommonOptions
    @Option(
        help: ArgumentHelp(HelpText.text("By what:") + " \(IncidentGroup.names).", valueName: "group"),
        completion: .list(IncidentGroup.choices)) var by: IncidentGroup = .agency

    func run() throws {
        let session = Session(options: common)
        let store = try session.store()
        let agencies = by == .agency ? Dictionary(try store.agencies().map { ($0.code, $0) }, uniquingKeysWith: { a, _ in a }) : [:]
        let counts = try store.incidentCounts(by: by)
        if common.json { return try session.show(.array(counts.map(\.json))) }
        if counts.isEmpty { return session.say("Không có sự cố nào.", "No incidents.") }
        var table = Table([session.text("Sự cố", "Incidents"), "", ""])
        for count in counts {
            let agency = count.key.flatMap { agencies[$0] }
            table.add([String(count.count), count.key ?? "-", agency.map { session.text($0.name, $0.nameEnglish) } ?? ""])
        }
        session.show(table)
    }
}

extension GroupCount {
    fileprivate var json: JSONValue { .object(["key": .optional(key), "count": .integer(Int64(count))]) }
}
