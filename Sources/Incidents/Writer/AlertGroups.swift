import Bytes
import GRDB

/// Rows of `alert_group` that a batch needs: alerts of one rule, kind, agency and sensor are counted and listed together.
///
/// What it remembers goes with ``IncidentMemory``: when a transaction is taken back, or when somebody else has written.
struct AlertGroups: Sendable {
    private struct Key: Hashable {
        var sid: Int64
        var gid: Int64
        var priority: Int
        var agency: Int64?
        var kind: String?
    }

    /// Alerts with one key nearly always have the same texts; those of a changed rule are told apart by comparing them.
    private struct Group {
        var id: Int64
        var message: String
        var classType: String
        var techniques: [Technique]
    }

    /// By what alerts of a group are counted.
    struct Facts: Sendable {
        var sid: Int64
        var classType: String
        var priority: Int
        /// Empty where there is none.
        var kind: String
        /// 0 where there is none.
        var agency: Int64
        var sensor: Int64
    }

    private var known: [Key: [Group]] = [:]
    /// Of every group that was asked for.
    private(set) var facts: [Int64: Facts] = [:]

    mutating func id(
        of alert: AlertRecord, _ finding: Correlator.Finding?, sensorID: Int64, agencyID: Int64?, written: Timestamp, in db: Database
    ) throws -> Int64 {
        let key = Key(
            sid: alert.sid, gid: alert.gid, priority: alert.priority, agency: agencyID, kind: finding?.kind.code.rawValue)
        if let group = known[key]?.first(where: {
            $0.message == alert.message && $0.classType == alert.classType && $0.techniques == alert.techniques
        }) {
            return group.id
        }
        let techniques = Technique.text(alert.techniques)
        func bind(_ statement: SQLStatement) {
            statement.bind(1, alert.sid)
            statement.bind(2, alert.gid)
            statement.bind(3, alert.message)
            statement.bind(4, alert.classType)
            statement.bind(5, alert.priority)
            statement.bind(6, techniques)
            statement.bind(7, key.kind)
            statement.bind(8, agencyID)
            statement.bind(9, sensorID)
        }
        let known = try SQLStatement(
            kept: db,
            """
            SELECT id FROM alert_group INDEXED BY alert_group_sid WHERE sid = ? AND gid = ? AND message = ? AND class_type = ? AND priority = ?
              AND techniques = ? AND kind IS ? AND agency_id IS ? AND sensor_id = ?
            """)
        bind(known)
        var id = try known.integer()
        if id == nil {
            let insertion = try SQLStatement(
                kept: db,
                """
                INSERT INTO alert_group (sid, gid, message, class_type, priority, techniques, kind, agency_id, sensor_id, seen_at, written_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """)
            bind(insertion)
            insertion.bind(10, alert.time.microseconds)
            insertion.bind(11, written.microseconds)
            try insertion.run()
            id = db.lastInsertedRowID
        }
        guard let id else { return 0 }
        facts[id] = Facts(
            sid: alert.sid, classType: alert.classType, priority: alert.priority, kind: key.kind ?? "", agency: agencyID ?? 0,
            sensor: sensorID)
        self.known[key, default: []].append(
            Group(id: id, message: alert.message, classType: alert.classType, techniques: alert.techniques))
        return id
    }
}
