import Bytes
import Foundation
import Incidents
import Synchronization
import TestSupport
import Testing

/// A temporary state folder with a store whose clock the test sets.
final class Scene: Sendable {
    let folder: String
    let now = Atomic<Int64>(1_795_222_800_000_000)  // 2026-11-21T08:00:00+07:00 is 1795222800

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("vonggac-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var path: String { folder + "/incidents.sqlite" }

    func store(_ mode: IncidentStore.Mode = .readWrite) throws -> IncidentStore {
        try IncidentStore(path: path, mode: mode) { [self] in Timestamp(microseconds: now.load(ordering: .relaxed)) }
    }

    func advance(seconds: Int64) { now.add(seconds * 1_000_000, ordering: .relaxed) }

    static let start = Timestamp(seconds: 1_795_222_800)

    static func table() throws -> CorrelationTable { try CorrelationTable.load(file: ProjectFiles.path("Rules/correlation.yaml")) }

    static let office = """
        agencies:
          - {code: SNV, name: Sở Nội vụ, name_en: Home Affairs, level: 2, networks: [{cidr: 10.20.10.0/24, vlan: 10}],
             internet_links: [{name: VNPT, sensor: gw}]}
          - {code: STC, name: Sở Tài chính, level: 3, networks: [{cidr: 10.20.20.0/24, vlan: 20}]}
          - {code: TTDL, name: Trung tâm dữ liệu, networks: [{cidr: 10.20.0.0/16}, {cidr: 203.0.113.0/24}]}
        """

    static func directory() throws -> AgencyDirectory { try AgencyDirectory.parse(office, file: "agencies.yaml") }

    static let sensor = SensorIdentity(name: "gw", version: "0.1", interfaces: ["eth0"], mode: .offline)

    func writer(
        _ store: IncidentStore, policy: AlertWriter.Policy = .wait, capacity: Int = 65_536, batchSize: Int = 1000, interval: Double = 0.02,
        onFailure: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) throws -> AlertWriter {
        try store.importAgencies(Scene.directory(), from: "agencies.yaml", by: Hand("test"))
        return try AlertWriter(
            store: store, sensor: Scene.sensor, table: Scene.table(), directory: Scene.directory(), policy: policy, capacity: capacity,
            batchSize: batchSize, interval: interval, onFailure: onFailure)
    }

    /// Writes alerts and returns the incidents, the oldest first.
    func incidents(_ alerts: [AlertRecord], batchSize: Int = 1000) throws -> [Incident] {
        let store = try store()
        let writer = try writer(store, batchSize: batchSize)
        for alert in alerts { #expect(writer.submit(alert)) }
        try writer.close()
        return try store.incidents().sorted { $0.code < $1.code }
    }
}

/// An alert `seconds` after the start of the scene.
func alert(
    _ seconds: Double, _ source: String, _ destination: String, port: UInt16 = 443, classType: String = "", hint: String? = nil,
    sid: Int64 = 9_000_001, direction: FlowDirection = .toServer, hostname: String? = nil, key: Int64? = nil
) -> AlertRecord {
    let server = Bytes.Port(rawValue: port)
    let client: Bytes.Port = 50_000
    var record = AlertRecord(
        time: Timestamp(microseconds: Scene.start.microseconds + Int64(seconds * 1_000_000)), sid: sid, message: "VONGGAC test \(sid)",
        source: Endpoint(IPAddress(source) ?? .zero, direction == .toServer ? client : server),
        destination: Endpoint(IPAddress(destination) ?? .zero, direction == .toServer ? server : client))
    record.classType = classType
    record.categoryHint = hint
    record.direction = direction
    record.transport = .tcp
    record.hostname = hostname
    record.evidenceKey = key
    return record
}
