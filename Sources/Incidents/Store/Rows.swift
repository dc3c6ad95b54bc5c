import Bytes
import Digest
import GRDB
import Trust

// How rows become values and back. Kept out of the public types, so that nothing above this target knows of SQLite.

extension Row {
    func time(_ column: String) -> Timestamp? { (self[column] as Int64?).map(Timestamp.init(microseconds:)) }
    func address(_ column: String) -> IPAddress? { (self[column] as String?).flatMap(IPAddress.init) }
    func port(_ column: String) -> Port? { (self[column] as Int64?).flatMap { UInt16(exactly: $0) }.map(Port.init(rawValue:)) }
}

extension StoredAlert {
    /// Columns of an alert with the names that it refers to.
    static let select = selectFrom("alert a")

    /// - Parameter source: where alerts `a` come from.
    static func selectFrom(_ source: String) -> String {
        """
        SELECT a.*, s.name AS sensor_name, g.code AS agency_code, i.code AS incident_code
        FROM \(source) CROSS JOIN sensor s ON s.id = a.sensor_id LEFT JOIN agency g ON g.id = a.agency_id
          LEFT JOIN incident_alert ia ON ia.alert_id = a.id LEFT JOIN incident i ON i.id = ia.incident_id
        """
    }

    init(row: Row) {
        var record = AlertRecord(
            time: Timestamp(microseconds: row["seen_at"]), sid: row["sid"], message: row["message"],
            source: Endpoint(row.address("source") ?? .zero, row.port("source_port")),
            destination: Endpoint(row.address("destination") ?? .zero, row.port("destination_port")))
        record.gid = row["gid"]
        record.rev = row["rev"]
        record.classType = row["class_type"]
        record.priority = row["priority"]
        record.categoryHint = row["category_hint"]
        record.techniques = Technique.list(row["techniques"])
        record.action = row["action"]
        record.transport = TransportName(rawValue: row["transport"]) ?? .other
        record.vlans = (row["vlan"] as String).split(separator: ",").compactMap { UInt16($0) }
        record.appProtocol = row["app_protocol"]
        record.direction = (row["direction"] as String?).map { $0 == "to_server" ? .toServer : .toClient }
        record.flowID = row["flow_id"]
        record.targetSide = (row["target_side"] as String?).flatMap(TargetSide.init(rawValue:))
        record.hostname = row["hostname"]
        record.url = row["url"]
        record.captureFile = row["capture_file"]
        record.packetNumber = row["packet_number"]
        record.evidenceKey = row["evidence_key"]
        self.init(
            id: row["id"], record: record, sensor: row["sensor_name"], writtenAt: Timestamp(microseconds: row["written_at"]),
            kind: (row["kind"] as String?).map(KindCode.init(rawValue:)), agency: row["agency_code"], attacker: row.address("attacker"),
            victim: row.address("victim"), incident: (row["incident_code"] as String?).flatMap(IncidentCode.init))
    }
}

extension Technique {
    /// One technique a line: id, name and tactic between tabs.
    static func text(_ techniques: [Technique]) -> String {
        techniques.map { "\($0.id)\t\($0.name)\t\($0.tactic)" }.joined(separator: "\n")
    }

    static func list(_ text: String) -> [Technique] {
        text.split(separator: "\n").map { line in
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            return Technique(id: parts[0], name: parts.count > 1 ? parts[1] : "", tactic: parts.count > 2 ? parts[2] : "")
        }
    }
}

extension Incident {
    /// Read by place: a list of incidents is long, and looking names up costs more than reading.
    static let select = """
        SELECT i.id, i.year, i.number, i.state, i.kind, i.category, i.secondary_category, i.severity, g.code, i.title, i.title_en, i.attacker,
          i.victim, i.indicator, i.seen_at, i.last_seen_at, i.written_at, i.acknowledged_at, i.confirmed_at, i.contained_at, i.eradicated_at,
          i.recovered_at, i.closed_at, i.assignee, i.handling_mode, i.summary, i.helper, i.reported_by, i.flags, i.flag_times, i.stages,
          o.code, i.alert_count, (SELECT count(*) FROM evidence e WHERE e.incident_id = i.id), i.version, i.held
        FROM incident i LEFT JOIN agency g ON g.id = i.agency_id LEFT JOIN incident o ON o.id = i.superseded_by
        """

    init(row: Row) {
        func text(_ place: Int) -> String? { row[place] }
        func time(_ place: Int) -> Timestamp? { (row[place] as Int64?).map(Timestamp.init(microseconds:)) }
        self.init(
            id: row[0], code: IncidentCode(year: row[1], number: row[2]), state: IncidentState(rawValue: row[3]) ?? .new,
            kind: text(4).map(KindCode.init(rawValue:)), category: CategoryCode(rawValue: row[5]),
            secondaryCategories: (text(6) ?? "").split(separator: ",").map { CategoryCode(rawValue: String($0)) },
            severity: Severity(rawValue: row[7]) ?? .m4, agency: text(8), titleVietnamese: row[9], titleEnglish: row[10],
            attacker: text(11).flatMap(IPAddress.init), victim: text(12).flatMap(IPAddress.init), indicator: text(13),
            firstSeen: Timestamp(microseconds: row[14]), lastSeen: Timestamp(microseconds: row[15]),
            openedAt: Timestamp(microseconds: row[16]), acknowledgedAt: time(17), confirmedAt: time(18), containedAt: time(19),
            eradicatedAt: time(20), recoveredAt: time(21), closedAt: time(22), assignee: text(23),
            handlingMode: text(24).flatMap(HandlingMode.init(rawValue:)), summary: text(25), helper: text(26), reportedBy: text(27),
            flags: IncidentFlags(rawValue: row[28]), flagTimes: IncidentFlags.times(row[29]), stages: ReachedStage.list(row[30]),
            supersededBy: text(31).flatMap { IncidentCode($0) }, alertCount: row[32], evidenceCount: row[33], version: row[34],
            isHeld: row[35])
    }
}

extension EvidenceItem {
    static let select = "SELECT e.*, i.code AS incident_code FROM evidence e LEFT JOIN incident i ON i.id = e.incident_id"

    init?(row: Row) {
        guard let digest = SHA256Digest(hex: row["digest"]) else { return nil }
        self.init(
            id: row["id"], digest: digest, size: row["size"], kind: EvidenceKind(rawValue: row["kind"]) ?? .file,
            time: Timestamp(microseconds: row["seen_at"]), writtenAt: Timestamp(microseconds: row["written_at"]),
            incident: (row["incident_code"] as String?).flatMap(IncidentCode.init), alert: row["alert_id"], addedBy: row["added_by"],
            description: row["description"])
    }
}

extension IncidentHost {
    init(row: Row) {
        self.init(
            address: row.address("address") ?? .zero, role: Role(rawValue: row["role"]) ?? .relay, agency: row["agency_code"],
            firstSeen: Timestamp(microseconds: row["seen_at"]), lastSeen: Timestamp(microseconds: row["last_seen_at"]),
            alerts: row["alerts"])
    }
}

extension IncidentClock {
    static let select = "SELECT c.*, i.code AS incident_code FROM clock c JOIN incident i ON i.id = c.incident_id"

    init?(row: Row) {
        guard let incident = IncidentCode(row["incident_code"] as String) else { return nil }
        self.init(
            incident: incident, code: row["code"], profile: row["profile"], t0: Timestamp(microseconds: row["t0"]), due: row.time("due"),
            metAt: row.time("met_at"), fulfilledBy: row["fulfilled_by"])
    }
}

extension PlaybookStepRun {
    init(row: Row) {
        self.init(
            id: row["id"], step: row["step"], name: row["name"], type: row["type"], startedAt: Timestamp(microseconds: row["seen_at"]),
            endedAt: row.time("ended_at"), outcome: (row["outcome"] as String?).flatMap(StepOutcome.init(rawValue:)), output: row["output"])
    }
}

extension PlaybookRun {
    static let select = "SELECT r.*, i.code AS incident_code FROM playbook_run r JOIN incident i ON i.id = r.incident_id"

    init?(row: Row, steps: [PlaybookStepRun]) {
        guard let incident = IncidentCode(row["incident_code"] as String) else { return nil }
        self.init(
            id: row["id"], incident: incident, playbook: row["playbook"], name: row["name"], digest: row["digest"], actor: row["actor"],
            startedAt: Timestamp(microseconds: row["seen_at"]), endedAt: row.time("ended_at"),
            outcome: (row["outcome"] as String?).flatMap(RunOutcome.init(rawValue:)), steps: steps)
    }
}

extension IncidentFlags {
    /// `{"personal_data":1795222800000000}`.
    static func json(_ times: [IncidentFlags: Timestamp]) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for (flag, time) in times { for name in flag.names { members[name] = .integer(time.microseconds) } }
        return .object(members)
    }

    static func times(_ text: String) -> [IncidentFlags: Timestamp] {
        guard text != "{}", case .object(let members) = try? JSONValue(parsing: text) else { return [:] }
        var times: [IncidentFlags: Timestamp] = [:]
        for (name, value) in members {
            guard let flag = IncidentFlags.named(name), case .integer(let microseconds) = value else { continue }
            times[flag] = Timestamp(microseconds: microseconds)
        }
        return times
    }
}

extension ReachedStage {
    /// `[{"at":1795222800000000,"kind":"PORTSCAN","stage":"reconnaissance"}]`.
    static func json(_ stages: [ReachedStage]) -> JSONValue {
        .array(
            stages.map {
                ["stage": .string($0.stage.rawValue), "kind": .string($0.kind.rawValue), "at": .integer($0.at.microseconds)]
            })
    }

    static func list(_ text: String) -> [ReachedStage] {
        guard case .array(let entries) = try? JSONValue(parsing: text) else { return [] }
        return entries.compactMap { entry in
            guard let stage = entry["stage"]?.text.flatMap(AttackStage.init(rawValue:)), let kind = entry["kind"]?.text,
                case .integer(let at)? = entry["at"]
            else { return nil }
            return ReachedStage(stage: stage, kind: KindCode(rawValue: kind), at: Timestamp(microseconds: at))
        }
    }
}

extension IncidentTask {
    init(row: Row) {
        self.init(
            number: row["number"], text: row["text"], assignee: row["assignee"], due: row.time("due"),
            state: State(rawValue: row["state"]) ?? .open, addedAt: Timestamp(microseconds: row["seen_at"]), endedAt: row.time("ended_at"),
            endedBy: row["ended_by"], note: row["note"])
    }
}

extension StoredDispatch {
    static let select = "SELECT d.*, i.code AS incident_code FROM dispatch d LEFT JOIN incident i ON i.id = d.incident_id"

    init(row: Row) {
        self.init(
            dispatch: Dispatch(
                document: row["document"], recipient: row["recipient"], channel: Dispatch.Channel(rawValue: row["channel"]) ?? .other,
                sentAt: Timestamp(microseconds: row["seen_at"]), proof: row["proof"]),
            clock: row["clock"], incident: (row["incident_code"] as String?).flatMap(IncidentCode.init), duty: row["duty"],
            sentBy: row["sent_by"], writtenAt: Timestamp(microseconds: row["written_at"]))
    }
}
