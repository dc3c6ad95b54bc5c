import ArgumentParser
import Bytes
import Incidents

/// Which part of a list: a span of time and a page. What lists of alerts and of incidents share.
struct ListOptions: ParsableArguments {
    @Option(help: ArgumentHelp(HelpText.text("Only from this day or moment on."), valueName: "date")) var since: String?
    @Option(help: ArgumentHelp(HelpText.text("Only before this moment, or until the end of this day."), valueName: "date")) var until:
        String?
    @Option(help: ArgumentHelp(HelpText.text("Most lines of a page."))) var limit = 100
    @Option(help: ArgumentHelp(HelpText.text("Which page, the newest is 1."))) var page = 1

    /// Most lines of one page.
    var count: Int { min(max(1, limit), 1_000_000) }
    var offset: Int { (min(max(1, page), 10_000_000) - 1) * count }

    func from() throws -> Timestamp? { try since.map { try ListOptions.moment($0, "--since") } }

    func end() throws -> Timestamp? {
        try until.map { text in
            let moment = try ListOptions.moment(text, "--until")
            return text.count == 10 ? Timestamp(microseconds: moment.microseconds + 86_400_000_000) : moment
        }
    }

    static func moment(_ text: String, _ option: String) throws -> Timestamp {
        guard let moment = LocalTime.parse(text) else {
            throw UsageError(
                "\(option) \(text): cần dạng 2026-11-21 hoặc 2026-11-21T08:00", "\(option) \(text): expected 2026-11-21 or 2026-11-21T08:00"
            )
        }
        return moment
    }

    static func address(_ text: String?) throws -> IPAddress? {
        try text.map { text in
            guard let parsed = IPAddressArgument(text) else {
                throw UsageError("“\(text)” không phải là địa chỉ", "\"\(text)\" is no address")
            }
            return parsed.value
        }
    }
}

/// Which alerts: what lists and counts of alerts share.
struct AlertOptions: ParsableArguments {
    @Option(help: ArgumentHelp(HelpText.text("Only this rule."))) var sid: Int64?
    @Option(help: ArgumentHelp(HelpText.text("Only of this incident."))) var incident: IncidentCode?
    @Option(help: ArgumentHelp(HelpText.text("Only with this address."))) var address: String?
    @Option(help: ArgumentHelp(HelpText.text("Only of this agency.")), completion: Suggestions.agencies) var agency: String?
    @Option(help: ArgumentHelp(HelpText.text("Only of this severity: the rule's priority, 1 the gravest."))) var severity: Int?
    @Option(help: ArgumentHelp(HelpText.text("Only of this kind, such as PORTSCAN."))) var kind: String?
    @Option(help: ArgumentHelp(HelpText.text("Only of this sensor."))) var sensor: String?

    func filter() throws -> AlertFilter {
        var filter = AlertFilter()
        filter.sid = sid
        filter.incident = incident
        filter.agency = agency
        filter.priority = severity
        filter.kind = kind.map { KindCode(rawValue: $0.uppercased()) }
        filter.sensor = sensor
        filter.address = try ListOptions.address(address)
        return filter
    }
}
