import ArgumentParser
import Bytes
import Compliance
import Foundation
import Incidents
import Reports
import Terminal
import Trust

struct FeedCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "feed", abstract: HelpText.text("The state of things for machines: the operations centre's wall, Prometheus."),
        discussion: HelpText.text(
            """
            JSON (docs/feed.schema.json) or Prometheus text. With -o the file is replaced at once, never seen half written; a timer keeps it fresh: \
            vonggac feed -o /srv/www/vonggac.json, vonggac feed --format prometheus -o /var/lib/prometheus/node-exporter/vonggac.prom
            """))
    @OptionGroup var common: CommonOptions
    @OptionGroup var profileOptions: ProfileOptions

    enum Format: String, ExpressibleByArgument, CaseIterable { case json, prometheus }

    @Option(help: ArgumentHelp(HelpText.text("json or prometheus."))) var format: Format = .json
    @Option(
        name: .shortAndLong, help: ArgumentHelp(HelpText.text("File to write; standard output by default."), valueName: "file"),
        completion: .file())
    var output: String?
    @Option(help: ArgumentHelp(HelpText.text("Most incidents and deadlines that are listed."))) var limit = 50

    func run() throws {
        let session = Session(options: common)
        let store = try session.store()
        let feed = try Feed(store, keeper: session.keeper(store), at: .now, limit: max(1, limit))
        let text = format == .json ? try feed.json.canonicalText() + "\n" : feed.prometheus
        guard let output else { return print(text, terminator: "") }
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: output), options: .atomic)
            // The web server and the exporter are other users.
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: output)
        } catch {
            throw CommandFailure(
                code: .failed,
                message: session.text(
                    "vonggac: \(output): không ghi được; hãy kiểm tra quyền và dung lượng đĩa",
                    "vonggac: \(output): cannot be written; check permissions and free space"))
        }
    }
}

/// What stands open now, and how the sensors do.
struct Feed {
    private let at: Timestamp
    private let open: [Incident]
    private let limit: Int
    private let clocks: [(clock: IncidentClock, limit: Timestamp?, standing: ClockStanding, name: String)]
    private let sensors: [SensorStatus]
    private let alertsToday: Int
    private let alertsWeek: Int
    private let confirmedWeek: Int
    private let head: (seq: Int64, hash: String)

    init(_ store: IncidentStore, keeper: ClockKeeper, at moment: Timestamp, limit: Int) throws {
        at = moment
        self.limit = limit
        var filter = IncidentFilter()
        filter.states = Set(IncidentState.allCases.filter(\.isOpen))
        open = try store.incidents(filter).sorted { ($0.severity, $1.firstSeen, $0.code) < ($1.severity, $0.firstSeen, $1.code) }
        clocks = try store.clocks(open: true).map { clock in
            let engine = keeper.engine(of: clock.code)
            return (
                clock, engine.target(of: clock), engine.standing(of: clock, at: moment),
                keeper.deadline(clock.code)?.name.vietnamese ?? clock.code
            )
        }.sorted { ($0.limit?.microseconds ?? .max, $0.clock.code) < ($1.limit?.microseconds ?? .max, $1.clock.code) }
        let day = ReportPeriod(day: moment)?.from ?? moment
        let week = Timestamp(microseconds: moment.microseconds - 7 * ReportPeriod.day)
        sensors = try store.sensors(from: Timestamp(microseconds: moment.microseconds - ReportPeriod.day), until: moment)
        func alerts(since: Timestamp) throws -> Int {
            var filter = AlertFilter()
            filter.since = since
            filter.until = moment
            return try store.alertCount(filter)
        }
        alertsToday = try alerts(since: day)
        alertsWeek = try alerts(since: week)
        confirmedWeek = try store.stateCounts(from: week, until: moment).filter(\.key.isConfirmed).values.reduce(0, +)
        let last = try store.ledgerHead()
        head = (last.seq, last.hash.hex)
    }

    private func isSilent(_ sensor: SensorStatus) -> Bool { sensor.identity.mode == .live && at.seconds(since: sensor.lastSeen) > 600 }

    var json: JSONValue {
        func count(_ keep: (Incident) -> Bool) -> JSONValue { .integer(Int64(open.count(where: keep))) }
        return .object([
            "schema": "vonggac-feed/1", "at": .time(at),
            "open": .object(
                Dictionary(
                    Severity.allCases.map { level in (level.rawValue, count { $0.severity == level }) }, uniquingKeysWith: { a, _ in a })),
            "candidates": count { $0.state == .new },
            "incidents": .array(
                open.prefix(limit).map {
                    .object([
                        "code": .string($0.code.description), "severity": .string($0.severity.rawValue),
                        "state": .string($0.state.rawValue),
                        "category": .string($0.category.rawValue), "agency": .optional($0.agency), "title_vi": .string($0.titleVietnamese),
                        "title_en": .string($0.titleEnglish), "first_seen": .time($0.firstSeen), "last_seen": .time($0.lastSeen),
                        "assignee": .optional($0.assignee),
                    ])
                }),
            "deadlines": .array(
                clocks.prefix(limit).map {
                    .object([
                        "incident": .string($0.clock.incident.description), "code": .string($0.clock.code), "name_vi": .string($0.name),
                        "due": .time($0.limit), "state": .string($0.standing.rawValue),
                    ])
                }),
            "overdue": .integer(Int64(clocks.count { $0.standing == .overdue })),
            "sensors": .array(
                sensors.map {
                    .object([
                        "name": .string($0.identity.name), "last_seen": .time($0.lastSeen), "silent": .bool(isSilent($0)),
                        "uptime_24h": .number($0.uptime), "packets_24h": .integer($0.packets), "dropped_24h": .integer($0.kernelDrops),
                        "lost_alerts": .integer($0.lostAlerts),
                    ])
                }),
            "alerts_today": .integer(Int64(alertsToday)), "alerts_7d": .integer(Int64(alertsWeek)),
            "confirmed_7d": .integer(Int64(confirmedWeek)),
            "ledger": .object(["seq": .integer(head.seq), "hash": .string(head.hash)]),
        ])
    }

    /// Prometheus text format 0.0.4.
    var prometheus: String {
        var text = ""
        func metric(_ name: String, _ help: String, _ samples: [(labels: String, value: String)], type: String = "gauge") {
            text += "# HELP vonggac_\(name) \(help)\n# TYPE vonggac_\(name) \(type)\n"
            for sample in samples { text += "vonggac_\(name)\(sample.labels.isEmpty ? "" : "{\(sample.labels)}") \(sample.value)\n" }
        }
        func label(_ value: String) -> String {
            "\"" + value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n") + "\""
        }
        metric(
            "incidents_open", "Open incidents and candidates by severity and state.",
            Severity.allCases.flatMap { level in
                IncidentState.allCases.filter(\.isOpen).map { state in
                    (
                        "severity=\(label(level.rawValue)),state=\(label(state.rawValue))",
                        String(open.count { $0.severity == level && $0.state == state })
                    )
                }
            })
        metric("deadlines_overdue", "Legal deadlines that are overdue.", [("", String(clocks.count { $0.standing == .overdue }))])
        metric(
            "deadline_seconds", "Seconds to the nearest open deadline of an incident.",
            clocks.prefix(limit).compactMap { entry in
                entry.limit.map {
                    (
                        "incident=\(label(entry.clock.incident.description)),code=\(label(entry.clock.code))",
                        String(Int64($0.seconds(since: at)))
                    )
                }
            })
        metric(
            "alerts_24h", "Alerts that each sensor raised in the last 24 hours.",
            sensors.map { ("sensor=\(label($0.identity.name))", String($0.alerts)) })
        metric(
            "sensor_last_seen_seconds", "When the sensor was last heard of, Unix time.",
            sensors.map { ("sensor=\(label($0.identity.name))", String($0.lastSeen.seconds)) })
        metric(
            "sensor_uptime_ratio", "Share of the last 24 hours that the sensor watched.",
            sensors.map { ("sensor=\(label($0.identity.name))", String($0.uptime)) })
        metric(
            "sensor_packets_24h", "Packets of the last 24 hours.", sensors.map { ("sensor=\(label($0.identity.name))", String($0.packets)) }
        )
        metric(
            "sensor_dropped_24h", "Packets that the kernel dropped in the last 24 hours.",
            sensors.map { ("sensor=\(label($0.identity.name))", String($0.kernelDrops)) })
        metric(
            "sensor_lost_alerts_total", "Alerts that could not be stored, ever.",
            sensors.map { ("sensor=\(label($0.identity.name))", String($0.lostAlerts)) }, type: "counter")
        metric("ledger_entries", "Entries of the ledger.", [("", String(head.seq))])
        return text
    }
}
