import Incidents
import Wording

extension ComplianceProfile {
    /// Reads a profile's text. Every error names file, line and key.
    /// - Parameter file: the name that errors begin with.
    public static func parse(_ text: String, file: String) throws(ContentError) -> ComplianceProfile {
        try ComplianceProfile(ContentValue.parse(text, file: file))
    }

    private init(_ root: ContentValue) throws(ContentError) {
        try root.allow(keys: [
            "schema", "id", "version", "title", "basis", "categories", "severities", "t0_rule", "deadlines", "alongside", "periodic",
            "forms",
            "retention", "holidays",
        ])
        let schema = try root.require("schema")
        guard try schema.text() == "vonggac-profile/1" else { throw schema.error("expected vonggac-profile/1, which this program reads") }
        id = try root.require("id").text()
        version = try root.require("version").text()
        title = try Self.bilingual(root.require("title"))
        basis = []
        for entry in try root.require("basis").list() { basis.append(try entry.text()) }
        forms = try Self.list(root, "forms", unique: "code") { entry throws(ContentError) in
            try entry.allow(keys: ["code", "vi", "en", "source"])
            return Form(code: try entry.require("code").text(), title: try Self.names(entry), source: try entry.require("source").text())
        }
        categories = try Self.list(root, "categories", unique: "code") { entry throws(ContentError) in
            try entry.allow(keys: ["code", "vi", "en", "m05_row"])
            return Category(
                code: CategoryCode(rawValue: try entry.require("code").text()), name: try Self.names(entry),
                formRow: try entry["m05_row"]?.integer(1...10))
        }
        severities = try Self.list(root, "severities", unique: "code") { entry throws(ContentError) in
            try entry.allow(keys: ["code", "vi", "en", "any_of"])
            var criteria: [BilingualText] = []
            for criterion in try entry.require("any_of").list() { criteria.append(try Self.bilingual(criterion)) }
            return SeverityLevel(severity: try entry.require("code").word(Severity.self), name: try Self.names(entry), criteria: criteria)
        }
        for severity in Severity.allCases where !severities.contains(where: { $0.severity == severity }) {
            throw try root.require("severities").error("\(severity.rawValue) is missing")
        }
        severities.sort { $0.severity < $1.severity }
        let forms = self.forms
        t0Rule = try root["t0_rule"]?.word(T0Rule.self) ?? .firstSeenOrReported
        deadlines = try Self.list(root, "deadlines", unique: "code") { entry throws(ContentError) in
            try Deadline(entry, forms: forms)
        }
        periodicReports = try Self.list(root, "periodic", unique: "code") { entry throws(ContentError) in
            try Self.periodic(entry, forms: forms)
        }
        alongside = []
        for entry in try root["alongside"]?.list() ?? [] {
            try entry.allow(keys: ["profile", "deadlines"])
            var codes: [String] = []
            for code in try entry.require("deadlines").list() { codes.append(try code.text()) }
            let profile = try entry.require("profile")
            guard try profile.text() != id else { throw profile.error("a profile does not run beside itself") }
            alongside.append(Alongside(profile: try profile.text(), deadlines: codes))
        }
        holidays = []
        for entry in try root["holidays"]?.list() ?? [] {
            let text = try entry.text()
            guard let holiday = Holiday(text) else {
                throw entry.error("expected a day such as 04-30, 2027-02-05 or lunar 03-10, found \(text)")
            }
            holidays.append(holiday)
        }
        retention = try Self.retention(root.require("retention"))
    }

    private static func periodic(_ entry: ContentValue, forms: [Form]) throws(ContentError) -> PeriodicReport {
        try entry.allow(keys: [
            "code", "vi", "en", "period", "before", "data_window", "target_hours", "recipients", "form", "source",
        ])
        let before = try entry["before"].map { value throws(ContentError) in try day(value) }
        var window: [String] = []
        if let list = entry["data_window"] {
            for value in try list.list() { window.append(try day(value)) }
            guard window.count == 2 else { throw list.error("expected two days: the first of the year before, and the last") }
        }
        let target = try entry["target_hours"]?.integer(1...8760)
        guard before != nil || target != nil else { throw entry.error("expected before, or target_hours where the law names no day") }
        var form: String?
        if let value = entry["form"] {
            form = try value.text()
            guard forms.contains(where: { $0.code == form }) else { throw value.error("no form \(form ?? "") stands under forms") }
        }
        return PeriodicReport(
            code: try entry.require("code").text(), name: try names(entry),
            period: try entry.require("period").word(PeriodicReport.Period.self), before: before, windowFrom: window.first,
            windowUntil: window.last, targetHours: target, form: form, recipients: try recipients(entry),
            source: try entry.require("source").text())
    }

    /// A day of any year.
    private static func day(_ value: ContentValue) throws(ContentError) -> String {
        let text = try value.text()
        guard text.count == 5, LocalTime.parse("2024-" + text) != nil else {
            throw value.error("expected a month and a day such as 12-15, found \(text)")
        }
        return text
    }

    private static func retention(_ entry: ContentValue) throws(ContentError) -> Retention {
        try entry.allow(keys: ["event_days", "minimum_days_by_level", "incident_years"])
        var minimum: [Int: Int] = [:]
        if let levels = entry["minimum_days_by_level"] {
            try levels.allow(keys: ["1", "2", "3", "4", "5"])
            for level in 1...5 { minimum[level] = try levels[String(level)]?.integer(0...36_500) }
        }
        return Retention(
            eventDays: try entry.require("event_days").integer(30...36_500), minimumDaysByLevel: minimum,
            incidentYears: try entry.require("incident_years").integer(1...100))
    }

    /// A list whose entries have a key that no two share.
    private static func list<Element>(
        _ root: ContentValue, _ name: String, unique: String, _ read: (ContentValue) throws(ContentError) -> Element
    ) throws(ContentError) -> [Element] {
        var seen: Set<String> = []
        var elements: [Element] = []
        for entry in try root.require(name).list() {
            let code = try entry.require(unique)
            guard seen.insert(try code.text()).inserted else { throw code.error("\(try code.text()) stands twice") }
            elements.append(try read(entry))
        }
        return elements
    }

    static func names(_ entry: ContentValue) throws(ContentError) -> BilingualText {
        BilingualText(try entry.require("vi").text(), try entry.require("en").text())
    }

    static func bilingual(_ entry: ContentValue) throws(ContentError) -> BilingualText {
        try entry.allow(keys: ["vi", "en"])
        return try names(entry)
    }

    static func recipients(_ entry: ContentValue) throws(ContentError) -> [BilingualText] {
        var recipients: [BilingualText] = []
        for recipient in try entry.require("recipients").list() { recipients.append(try bilingual(recipient)) }
        return recipients
    }
}

extension Deadline {
    fileprivate init(_ entry: ContentValue, forms: [ComplianceProfile.Form]) throws(ContentError) {
        try entry.allow(keys: [
            "code", "vi", "en", "from", "hours", "days", "immediately_target_minutes", "open_target_hours", "when", "recipients", "form",
            "source",
        ])
        code = try entry.require("code").text()
        name = try ComplianceProfile.names(entry)
        start = try entry["from"]?.word(Start.self) ?? .detected
        var allowances: [Allowance] = []
        if let hours = entry["hours"] { allowances.append(.hours(try hours.integer(1...8760))) }
        if let days = entry["days"] { allowances.append(.days(try days.integer(1...365))) }
        if let minutes = entry["immediately_target_minutes"] {
            allowances.append(.immediately(targetMinutes: try minutes.integer(1...1440)))
        }
        if let hours = entry["open_target_hours"] { allowances.append(.open(targetHours: try hours.integer(1...8760))) }
        guard allowances.count == 1 else {
            throw entry.error("expected exactly one of hours, days, immediately_target_minutes, open_target_hours")
        }
        allowance = allowances[0]
        condition = Condition()
        if let when = entry["when"] {
            try when.allow(keys: ["severity", "any_flag", "level_at_least", "reported", "or_severity"])
            if let list = when["severity"] {
                var severities: Set<Severity> = []
                for word in try list.list() { severities.insert(try word.word(Severity.self)) }
                condition.severities = severities
            }
            if let list = when["any_flag"] {
                for word in try list.list() {
                    let text = try word.text()
                    guard let flag = IncidentFlags.names.first(where: { $0.name == text })?.flag else {
                        throw word.error("expected one of \(IncidentFlags.names.map(\.name).joined(separator: ", ")), found \(text)")
                    }
                    condition.anyFlag.insert(flag)
                }
            }
            for word in try when["or_severity"]?.list() ?? [] { condition.orSeverities.insert(try word.word(Severity.self)) }
            condition.levelAtLeast = try when["level_at_least"]?.integer(1...5)
            condition.isReported = try when["reported"]?.flag() ?? false
        }
        guard start != .flagged || !condition.anyFlag.isEmpty else {
            throw try entry.require("from").error("flagged needs a condition any_flag, whose time counts")
        }
        recipients = try ComplianceProfile.recipients(entry)
        if let name = entry["form"] {
            let text = try name.text()
            guard forms.contains(where: { $0.code == text }) else { throw name.error("no form \(text) stands under forms") }
            form = text
        }
        source = try entry.require("source").text()
    }
}
