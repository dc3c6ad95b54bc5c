import Bytes
import Digest
import GRDB
import Trust

/// A span that a live sensor did not watch.
public struct SensorGap: Sendable, Hashable {
    public var sensor: String
    public var from: Timestamp
    public var until: Timestamp

    public var seconds: Double { until.seconds(since: from) }
}

extension IncidentStore {
    /// The last entry of the ledger that says something about the world; that a document was made says nothing, and the same data shall give the
    /// same document again.
    public func dataHead() throws -> (seq: Int64, hash: SHA256Digest) {
        try read { db in
            let row = try Row.fetchOne(db, sql: "SELECT seq, hash FROM event WHERE kind <> 'report.made' ORDER BY seq DESC LIMIT 1")
            guard let row else { return (0, LedgerEvent.origin) }
            return (row["seq"], SHA256Digest(hex: row["hash"]) ?? LedgerEvent.origin)
        }
    }

    /// Spans within [from, until) that no heartbeat of a live sensor covers, the oldest first; shorter ones than `least` seconds are left out.
    /// Before a sensor was first heard of it had nothing to watch.
    public func sensorGaps(from: Timestamp, until: Timestamp, least: Double = 60) throws -> [SensorGap] {
        try read { db in
            var gaps: [SensorGap] = []
            for sensor in try Row.fetchAll(db, sql: "SELECT id, name, seen_at FROM sensor WHERE mode = 'live' ORDER BY name") {
                var reached = max(from.microseconds, sensor["seen_at"] as Int64)
                func add(_ end: Int64) {
                    let gap = SensorGap(
                        sensor: sensor["name"], from: Timestamp(microseconds: reached), until: Timestamp(microseconds: end))
                    if end > reached, gap.seconds >= least { gaps.append(gap) }
                }
                let beats = try Row.fetchCursor(
                    db,
                    sql:
                        "SELECT seen_at, until_at FROM sensor_heartbeat WHERE sensor_id = ? AND until_at > ? AND seen_at < ? ORDER BY seen_at",
                    arguments: [sensor["id"] as Int64, from.microseconds, until.microseconds])
                while let beat = try beats.next() {
                    add(min(beat["seen_at"] as Int64, until.microseconds))
                    reached = max(reached, beat["until_at"] as Int64)
                }
                add(until.microseconds)
            }
            return gaps.sorted { ($0.from, $0.sensor) < ($1.from, $1.sensor) }
        }
    }

    /// The oldest alert that is kept, by sensor.
    public func oldestAlerts() throws -> [(sensor: String, time: Timestamp)] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT s.name, min((SELECT a.seen_at FROM alert a WHERE a.group_id = g.id ORDER BY a.seen_at LIMIT 1)) AS oldest
                    FROM alert_group g JOIN sensor s ON s.id = g.sensor_id GROUP BY 1 HAVING oldest IS NOT NULL ORDER BY 1
                    """
            ).map { ($0[0], Timestamp(microseconds: $0[1])) }
        }
    }

    /// How far the clocks of live sensors stood from the clock of the record, in seconds: the least distance between the end of a heartbeat by
    /// the sensor and when it was written, which no delay can make smaller than the skew.
    public func clockOffsets(from: Timestamp, until: Timestamp) throws -> [(sensor: String, seconds: Double)] {
        try read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT s.name, min(abs(h.written_at - h.until_at)) FROM sensor_heartbeat h JOIN sensor s ON s.id = h.sensor_id
                    WHERE h.mode = 'live' AND h.until_at > ? AND h.until_at <= ? GROUP BY 1 ORDER BY 1
                    """, arguments: [from.microseconds, until.microseconds]
            ).map { ($0[0], Double($0[1] as Int64) / 1_000_000) }
        }
    }
}
