import Bytes
import Compliance
import Foundation
import Incidents
import Reports
import Synchronization
import TestSupport

/// A week at an office, made through the code that sensors and responders use. The clock stands at Friday noon of 2026-W47.
final class Office: Sendable {
    static let monday = LocalTime.parse("2026-11-16")!
    let folder: String
    let store: IncidentStore
    private let now: MovableClock

    final class MovableClock: Sendable {
        let microseconds: Atomic<Int64>
        init(_ time: Timestamp) { microseconds = Atomic(time.microseconds) }
    }

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("report-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let clock = MovableClock(LocalTime.parse("2026-11-20T12:00:00")!)
        now = clock
        store = try IncidentStore(path: folder + "/incidents.sqlite") {
            Timestamp(microseconds: clock.microseconds.add(1_000_000, ordering: .relaxed).newValue)
        }
        let directory = try AgencyDirectory.parse(
            """
            agencies:
              - {code: SNV, name: Sở Nội vụ, name_en: Home Affairs, level: 2, networks: [{cidr: 10.20.10.0/24}], internet_links: [{name: VNPT, sensor: gw}, {name: FPT, sensor: gw-2}]}
              - {code: STC, name: Sở Tài chính, name_en: Finance, level: 3, networks: [{cidr: 10.20.20.0/24}]}
            """, file: "agencies.yaml")
        try store.importAgencies(directory, from: "agencies.yaml", by: Hand("test"))
        let writer = try AlertWriter(
            store: store, sensor: SensorIdentity(name: "gw", version: "0.1", interfaces: ["eth0"], mode: .live),
            table: CorrelationTable.load(file: ProjectFiles.path("Rules/correlation.yaml")), directory: directory, policy: .wait)
        for alert in Self.alerts { _ = writer.submit(alert) }
        var beat = Heartbeat(mode: .live, from: Self.monday, until: Self.monday.advanced(hours: 84))
        beat.packets = 1_234_567
        beat.bytes = 5_000_000_000
        beat.alerts = Int64(Self.alerts.count)
        _ = writer.submit(beat)
        try writer.close()
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// Two malware victims, a scan, and one of last week.
    private static let alerts: [AlertRecord] = {
        func alert(_ hours: Int64, _ sid: Int64, _ message: String, _ kind: String, _ source: String, _ destination: String, _ port: UInt16)
            -> AlertRecord
        {
            var alert = AlertRecord(
                time: monday.advanced(hours: hours), sid: sid, message: message,
                source: Endpoint(IPAddress(source)!, Port(rawValue: 40_000)),
                destination: Endpoint(IPAddress(destination)!, Port(rawValue: port)))
            alert.transport = .tcp
            alert.classType = "test-class"
            alert.categoryHint = kind
            alert.direction = .toServer
            alert.techniques = [Technique(id: "T1071")]
            return alert
        }
        return [
            alert(-50, 1, "C2 of last week", "C2_BOTNET", "10.20.10.5", "203.0.113.9", 443),
            alert(10, 1, "C2 <beacon> & \"more\"", "C2_BOTNET", "10.20.10.7", "203.0.113.9", 443),
            alert(11, 1, "C2 <beacon> & \"more\"", "C2_BOTNET", "10.20.10.7", "203.0.113.9", 443),
            alert(20, 1, "C2 <beacon> & \"more\"", "C2_BOTNET", "10.20.20.8", "203.0.113.9", 443),
            alert(30, 2, "Scan", "PORTSCAN", "198.51.100.1", "10.20.20.9", 22),
        ]
    }()

    func incident(_ kind: KindCode, _ victim: String) throws -> Incident {
        let found = try store.incidents().first { $0.kind == kind && $0.victim?.description == victim }
        guard let found else { throw NotFoundError(.incident, victim) }
        return found
    }

    static func options() throws -> WeeklyOptions { WeeklyOptions(template: try TemplateLibrary(folders: []).template("weekly")) }

    func report(_ options: WeeklyOptions? = nil, week: String = "2026-W47") throws -> ReportDocument {
        try WeeklyReport(data(week: week), options ?? Self.options()).document
    }

    func data(week: String = "2026-W47") throws -> WeeklyData {
        guard let period = ReportPeriod(week: week) else { throw NotFoundError(.incident, week) }
        return try WeeklyData(from: store, period: period, profile: ProfileLibrary(folders: []).profile())
    }
}

extension Timestamp {
    func advanced(hours: Int64) -> Timestamp { Timestamp(microseconds: microseconds + hours * 3_600_000_000) }
}
