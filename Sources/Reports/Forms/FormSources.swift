import Bytes
import Compliance
import Digest
import Incidents
import Trust
import Wording

/// Where the fields of forms are filled in from: values of the record under names such as `incident.code`. What the record does not hold is
/// not among them, and a person is asked.
public struct FormSources: Sendable {
    /// Values that are known.
    var values: [String: String] = [:]

    /// Every name that a template about such a subject may use.
    static func names(_ about: FormSubjectKind) -> Set<String> {
        let unit = Set(Letterhead.sources.map { "unit.\($0)" })
        let common: Set<String> = ["report.time", "report.date", "report.number", "profile.label"]
        switch about {
        case .incident: return unit.union(common).union(incidentNames)
        case .period: return unit.union(common).union(periodNames)
        }
    }

    private static let incidentNames: Set<String> = Set(
        [
            "code", "title", "category", "severity", "severity_name", "state", "t0", "t0_date", "t0_time", "first_seen", "last_seen",
            "confirmed_at", "contained_at", "closed_at", "description", "techniques", "measures", "summary", "handled", "handling",
            "detection", "addresses", "victims", "attackers", "public_addresses", "domains", "services", "scope", "evidence", "alerts",
            "planned_72h", "personal_data", "urgent", "assignee", "confirmed_by", "notes", "deadlines",
        ].map { "incident.\($0)" } + [
            "agency.name", "agency.code", "agency.level", "agency.operator", "agency.system", "agency.address", "agency.decision",
            "agency.providers", "agency.contact",
        ])

    private static let periodNames: Set<String> = Set(
        [
            "from", "to", "year", "half", "label", "kind", "incidents", "agencies", "helped", "foreign", "level_counts",
        ].map { "period.\($0)" })

    subscript(name: String) -> String? { values[name] }

    private mutating func put(_ name: String, _ value: String?) {
        if let value, !value.isEmpty { values[name] = value }
    }

    private mutating func put(_ letterhead: Letterhead, _ profile: ComplianceProfile, _ options: DocumentOptions) {
        for (name, value) in letterhead.facts { put("unit.\(name)", value) }
        put("profile.label", profile.label)
        put("report.number", options.number)
        let date = (options.date ?? options.now).map { LocalTime.date($0) }
        put("report.date", date)
        // The hour is known on the day itself; else a person puts it in.
        let isVietnamese = options.language == .vi
        put(
            "report.time",
            date.map { date in
                if let now = options.now, LocalTime.date(now) == date { return String(LocalTime.text(now).dropLast(3)) }
                return date + (isVietnamese ? ", … giờ … phút" : ", …:…")
            })
    }

    /// Values of an incident.
    public init(
        _ detail: IncidentDetail, agencies: [Agency], profile: ComplianceProfile, letterhead: Letterhead, options: DocumentOptions
    ) {
        put(letterhead, profile, options)
        let incident = detail.incident
        let isVietnamese = options.language == .vi
        let agency = agencies.first { $0.code == incident.agency }
        func text(_ vietnamese: String, _ english: String) -> String { isVietnamese ? vietnamese : english }
        func time(_ moment: Timestamp?) -> String? { moment.map { LocalTime.text($0) } }
        put("incident.code", incident.code.description)
        put("incident.title", isVietnamese ? incident.titleVietnamese : incident.titleEnglish)
        put("incident.category", profile[incident.category]?.name[options.language] ?? incident.category.rawValue)
        put("incident.severity", incident.severity.rawValue)
        put("incident.severity_name", "\(incident.severity.rawValue) – \(profile[incident.severity]?.name[options.language] ?? "")")
        put("incident.state", isVietnamese ? incident.state.vietnamese : incident.state.english)
        put("incident.t0", time(incident.t0))
        put("incident.t0_date", LocalTime.date(incident.t0))
        put("incident.t0_time", String(LocalTime.text(incident.t0).dropFirst(11)))
        put("incident.first_seen", time(incident.firstSeen))
        put("incident.last_seen", time(incident.lastSeen))
        put("incident.confirmed_at", time(incident.confirmedAt))
        put("incident.contained_at", time(incident.containedAt))
        put("incident.closed_at", time(incident.closedAt))
        put("incident.summary", incident.summary)
        put("incident.handled", incident.state == .closed || incident.state == .recovered ? "da_xu_ly" : "chua_xu_ly")
        put("incident.handling", incident.handlingMode?.name[options.language])
        put("incident.alerts", String(incident.alertCount))
        put("incident.assignee", incident.assignee)
        put("incident.planned_72h", LocalTime.text(Timestamp(microseconds: incident.t0.microseconds + 72 * 3_600_000_000)))
        put("incident.personal_data", incident.flags.isDisjoint(with: [.personalData, .locationOrBiometric]) ? "khong" : "co")
        put("incident.urgent", incident.flags.isDisjoint(with: [.nationalSecurity, .seriousDisruption]) ? "khong" : "co")
        put("incident.detection", detail.alerts.isEmpty && incident.alertCount == 0 ? "nhan_thong_bao_tu" : "he_thong_phat_hien_xam_nhap")
        put("incident.domains", incident.indicator)
        put("incident.confirmed_by", detail.events.last { $0.kind == "incident.confirmed" }?.actor)
        // Addresses: the victims' own for the unit's systems; only those that the Internet sees where a form demands it.
        let victims = detail.hosts.filter { $0.role == .victim }.map(\.address)
        let attackers = detail.hosts.filter { $0.role == .attacker }.map(\.address)
        put("incident.victims", Self.list(victims))
        put("incident.attackers", Self.list(attackers))
        put("incident.addresses", Self.list(detail.hosts.map(\.address)))
        put("incident.public_addresses", Self.list(victims.filter { !$0.isPrivate }))
        let services = Set(detail.alerts.map { $0.record.appProtocol ?? $0.record.transport.rawValue }).sorted()
        put("incident.services", services.joined(separator: ", "))
        let techniques = Set(detail.alerts.flatMap { $0.record.techniques.map(\.id) }).sorted()
        put("incident.techniques", techniques.joined(separator: ", "))
        let messages = Set(detail.alerts.map(\.record.message)).sorted()
        put(
            "incident.description",
            [
                isVietnamese ? incident.titleVietnamese : incident.titleEnglish,
                text(
                    "Phát hiện lúc \(LocalTime.text(incident.t0)); \(incident.alertCount) cảnh báo đến \(LocalTime.text(incident.lastSeen)).",
                    "Detected at \(LocalTime.text(incident.t0)); \(incident.alertCount) alert(s) until \(LocalTime.text(incident.lastSeen))."
                ),
                messages.isEmpty ? "" : text("Dấu hiệu: ", "Signs: ") + messages.prefix(5).joined(separator: "; ") + ".",
            ].filter { !$0.isEmpty }.joined(separator: "\n"))
        let touched = Set(detail.hosts.compactMap(\.agency)).sorted().map { code in
            agencies.first { $0.code == code }.map { text($0.name, $0.nameEnglish) } ?? code
        }
        put(
            "incident.scope",
            text("\(victims.count) máy bị tấn công", "\(victims.count) host(s) attacked")
                + (touched.isEmpty ? "" : text("; cơ quan: ", "; agencies: ") + touched.joined(separator: ", ")))
        var measures: [String] = []
        var notes: [String] = []
        for event in detail.events {
            guard let body = try? JSONValue(parsing: event.body) else { continue }
            let said = body["note"]?.text ?? body["text"]?.text
            guard let said, !said.isEmpty else { continue }
            if ["incident.contained", "incident.eradicated", "incident.recovered"].contains(event.kind) {
                measures.append("\(LocalTime.text(event.time)): \(said)")
            } else if event.kind == "incident.note" {
                notes.append("\(LocalTime.text(event.time)): \(said)")
            }
        }
        put("incident.measures", measures.joined(separator: "\n"))
        put("incident.notes", notes.joined(separator: "\n"))
        put(
            "incident.evidence",
            detail.evidence.isEmpty
                ? nil
                : text("\(detail.evidence.count) tệp: ", "\(detail.evidence.count) file(s): ")
                    + detail.evidence.prefix(8).map { "\($0.kind.name[options.language]) SHA-256 \($0.digest.hex.prefix(16))…" }.joined(
                        separator: "; "))
        put(
            "incident.deadlines",
            detail.clocks.sorted { ($0.due?.microseconds ?? .max, $0.code) < ($1.due?.microseconds ?? .max, $1.code) }.map { clock in
                let name = profile.deadline(clock.code)?.name[options.language] ?? clock.code
                return "\(clock.code): \(name)" + (clock.due.map { ", " + text("hạn ", "due ") + LocalTime.text($0) } ?? "")
            }.joined(separator: "\n"))
        if let agency {
            put("agency.name", isVietnamese ? agency.name : agency.nameEnglish)
            put("agency.code", agency.code)
            put("agency.level", agency.level.map(String.init))
            put("agency.address", agency.address)
            put("agency.decision", agency.decision)
            put("agency.providers", Set(agency.links.compactMap(\.provider)).sorted().joined(separator: ", "))
            put(
                "agency.contact",
                agency.contacts.first.map { [$0.name, $0.phone, $0.email].compactMap { $0 }.joined(separator: ", ") })
            put("agency.operator", isVietnamese ? agency.name : agency.nameEnglish)
            put("agency.system", text("Hệ thống mạng của \(agency.name)", "Network of \(agency.nameEnglish)"))
        }
    }

    /// Values of a period.
    public init(_ data: WeeklyData, letterhead: Letterhead, options: DocumentOptions) {
        put(letterhead, data.profile, options)
        let period = data.period
        let isVietnamese = options.language == .vi
        let start = LocalTime.fields(period.from)
        let isYear = period.until.microseconds - period.from.microseconds > 300 * ReportPeriod.day
        put("period.from", LocalTime.date(period.from))
        put("period.to", LocalTime.date(period.lastDay))
        put("period.year", String(LocalTime.fields(period.lastDay).year))
        put("period.half", start.month <= 6 ? "1" : "2")
        put(
            "period.label",
            isYear
                ? (isVietnamese ? "năm \(LocalTime.fields(period.lastDay).year)" : "the year \(LocalTime.fields(period.lastDay).year)")
                : (isVietnamese ? "06 tháng" : "six months"))
        put("period.kind", isYear ? (isVietnamese ? "01 NĂM" : "YEARLY") : (isVietnamese ? "06 THÁNG" : "HALF-YEARLY"))
        put("period.incidents", String(data.confirmed.count))
        put("period.agencies", String(data.agencies.count))
        func count(_ mode: HandlingMode) -> String? {
            let count = data.confirmed.count { $0.handlingMode == mode }
            return count == 0 ? nil : String(count)
        }
        put("period.helped", count(.helped))
        put("period.foreign", count(.foreign))
        let levels = Dictionary(grouping: data.agencies.compactMap(\.level)) { $0 }.sorted { $0.key < $1.key }
        put(
            "period.level_counts",
            levels.map { isVietnamese ? "cấp độ \($0.key): \($0.value.count)" : "level \($0.key): \($0.value.count)" }.joined(
                separator: "; "))
    }

    private static func list(_ addresses: [IPAddress]) -> String {
        Set(addresses).sorted().map(\.description).joined(separator: ", ")
    }
}
