/// What the ledger needs of the database: that rows which never change cannot, and a list of what the next seal takes in.
enum LedgerSchema {
    static let migration = """
        CREATE TABLE ledger_open (
          part TEXT NOT NULL,
          item ANY NOT NULL,
          columns INTEGER NOT NULL,
          written_at INTEGER NOT NULL,
          PRIMARY KEY (part, item)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO ledger_open (part, item, columns, written_at)
          SELECT 'adopt', 0, 0, unixepoch() * 1000000 WHERE EXISTS (SELECT 1 FROM event) OR EXISTS (SELECT 1 FROM alert);

        -- Retention of earlier versions left the times of what it deleted.
        UPDATE incident_day SET (first_at, last_at, app_protocol) = (
            SELECT min(a.seen_at), max(a.seen_at), max(a.app_protocol)
            FROM incident_alert ia CROSS JOIN alert a ON a.id = ia.alert_id
            WHERE (\(ScaleSchema.incidentDayOfAlert)) = (day, incident_day.incident_id, incident_day.group_id, incident_day.attacker,
                incident_day.victim, port, incident_day.transport)
              AND ia.incident_id = incident_day.incident_id)
          WHERE EXISTS (SELECT 1 FROM event WHERE kind = 'retention.applied');

        CREATE TRIGGER event_follows BEFORE INSERT ON event
          WHEN new.previous <> coalesce((SELECT hash FROM event ORDER BY seq DESC LIMIT 1), printf('%064d', 0))
            OR new.seq <= coalesce((SELECT max(seq) FROM event), 0)
          BEGIN SELECT RAISE(ABORT, 'event is a chain: an entry names the hash of the one before it'); END;
        CREATE TRIGGER alert_never_changes BEFORE UPDATE ON alert BEGIN SELECT RAISE(ABORT, 'an alert never changes'); END;
        CREATE TRIGGER ruleset_never_changes BEFORE UPDATE ON ruleset BEGIN SELECT RAISE(ABORT, 'ruleset is append-only'); END;
        CREATE TRIGGER ruleset_never_goes BEFORE DELETE ON ruleset BEGIN SELECT RAISE(ABORT, 'ruleset is append-only'); END;
        DROP TRIGGER evidence_never_changes;
        CREATE TRIGGER evidence_never_changes
          BEFORE UPDATE OF id, digest, size, kind, alert_id, added_by, description, seen_at, written_at ON evidence
          BEGIN SELECT RAISE(ABORT, 'evidence never changes'); END;
        CREATE TRIGGER evidence_never_goes BEFORE DELETE ON evidence WHEN old.added_by NOT LIKE 'sensor:%'
          BEGIN SELECT RAISE(ABORT, 'evidence that a person added never goes'); END;
        CREATE TRIGGER incident_never_goes BEFORE DELETE ON incident BEGIN SELECT RAISE(ABORT, 'an incident never goes'); END;

        DROP VIEW v_event;
        CREATE VIEW v_event AS
          SELECT seq, strftime('%Y-%m-%d %H:%M:%S', seen_at / 1000000, 'unixepoch', '+7 hours') AS time, kind, actor, subject,
            json_remove(body, '$.rows', '$.written_at') AS body
          FROM event;
        DROP VIEW incident_event;
        CREATE VIEW incident_event AS
          SELECT substr(subject, 10) AS incident, seq, seen_at, written_at, kind, actor, json_remove(body, '$.rows', '$.written_at') AS body, hash
          FROM event WHERE subject LIKE 'incident/%';
        """

    /// Tables that the ledger does not hold row by row: itself, alerts (sealed by digest), what counts alerts (counted anew), who holds a run of a
    /// playbook for the next seconds, and the seal's list.
    static let apart: Set<String> = [
        "event", "alert", "alert_day", "day_count", "slice_day", "rule_day", "incident_day",
        "playbook_lease", "ledger_open", "grdb_migrations",
    ]

    /// Tables that every batch of alerts changes; of what a sensor does they are sealed together, not entry by entry.
    static let sealed: Set<String> = ["incident_alert", "incident_host", "sensor_heartbeat"]
}
