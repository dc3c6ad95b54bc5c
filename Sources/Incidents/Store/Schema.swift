import GRDB

/// The tables, as numbered migrations. A migration that was ever released is never edited; docs/database.md describes every column.
enum Schema {
    static var migrator: DatabaseMigrator {
        var migrator = DatabaseMigrator()
        for (name, sql) in steps { migrator.registerMigration(name) { try $0.execute(sql: sql) } }
        return migrator
    }

    /// In the order in which they came.
    static let steps = [
        ("1 record", record), ("2 views", views), ("3 scale", ScaleSchema.migration), ("4 work", WorkSchema.migration),
        ("5 ledger", LedgerSchema.migration),
        ("6 registry", RegistrySchema.migration),
        ("7 reports", ReportSchema.migration),
        ("8 playbooks", PlaybookSchema.migration),
        ("9 counts", CountSchema.migration),
    ]

    /// Times are microseconds since 1970 in UTC. `seen_at` is when it happened, `written_at` when the row was made.
    private static let record = """
        CREATE TABLE event (
          seq INTEGER PRIMARY KEY AUTOINCREMENT,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL,
          kind TEXT NOT NULL,
          actor TEXT NOT NULL,
          subject TEXT NOT NULL,
          body TEXT NOT NULL,
          previous TEXT NOT NULL,
          hash TEXT NOT NULL UNIQUE
        ) STRICT;
        CREATE INDEX event_subject ON event(subject, seq);
        CREATE INDEX event_kind ON event(kind, seen_at);
        CREATE TRIGGER event_never_changes BEFORE UPDATE ON event BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;
        CREATE TRIGGER event_never_goes BEFORE DELETE ON event BEGIN SELECT RAISE(ABORT, 'event is append-only'); END;

        CREATE TABLE agency (
          id INTEGER PRIMARY KEY,
          code TEXT NOT NULL UNIQUE,
          name TEXT NOT NULL,
          name_en TEXT NOT NULL,
          level INTEGER CHECK (level BETWEEN 1 AND 5),
          active INTEGER NOT NULL DEFAULT 1,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE network (
          id INTEGER PRIMARY KEY,
          agency_id INTEGER NOT NULL REFERENCES agency(id) ON DELETE CASCADE,
          cidr TEXT,
          vlan INTEGER CHECK (vlan BETWEEN 1 AND 4094),
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL,
          CHECK (cidr IS NOT NULL OR vlan IS NOT NULL)
        ) STRICT;
        CREATE TABLE internet_link (
          id INTEGER PRIMARY KEY,
          agency_id INTEGER NOT NULL REFERENCES agency(id) ON DELETE CASCADE,
          name TEXT NOT NULL,
          sensor TEXT,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL,
          UNIQUE (agency_id, name)
        ) STRICT;

        CREATE TABLE sensor (
          id INTEGER PRIMARY KEY,
          name TEXT NOT NULL UNIQUE,
          version TEXT NOT NULL,
          interfaces TEXT NOT NULL,
          mode TEXT NOT NULL CHECK (mode IN ('live', 'offline')),
          seen_at INTEGER NOT NULL,
          last_seen_at INTEGER NOT NULL,
          lost_alerts INTEGER NOT NULL DEFAULT 0,
          written_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE sensor_heartbeat (
          id INTEGER PRIMARY KEY,
          sensor_id INTEGER NOT NULL REFERENCES sensor(id),
          mode TEXT NOT NULL CHECK (mode IN ('live', 'offline')),
          seen_at INTEGER NOT NULL,
          until_at INTEGER NOT NULL,
          packets INTEGER NOT NULL,
          bytes INTEGER NOT NULL,
          kernel_drops INTEGER NOT NULL,
          alerts INTEGER NOT NULL,
          capture_file TEXT,
          written_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX sensor_heartbeat_time ON sensor_heartbeat(sensor_id, until_at);
        CREATE TABLE ruleset (
          id INTEGER PRIMARY KEY,
          sensor_id INTEGER NOT NULL REFERENCES sensor(id),
          digest TEXT NOT NULL,
          files TEXT NOT NULL,
          loaded INTEGER NOT NULL,
          refused INTEGER NOT NULL,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL
        ) STRICT;

        CREATE TABLE alert (
          id INTEGER PRIMARY KEY,
          sensor_id INTEGER NOT NULL REFERENCES sensor(id),
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL,
          sid INTEGER NOT NULL,
          gid INTEGER NOT NULL,
          rev INTEGER NOT NULL,
          message TEXT NOT NULL,
          class_type TEXT NOT NULL,
          priority INTEGER NOT NULL,
          category_hint TEXT,
          techniques TEXT NOT NULL,
          action TEXT NOT NULL,
          source TEXT NOT NULL,
          source_port INTEGER,
          destination TEXT NOT NULL,
          destination_port INTEGER,
          transport TEXT NOT NULL,
          vlan TEXT NOT NULL,
          app_protocol TEXT,
          direction TEXT CHECK (direction IN ('to_server', 'to_client')),
          flow_id INTEGER,
          target_side TEXT CHECK (target_side IN ('source', 'destination')),
          hostname TEXT,
          url TEXT,
          capture_file TEXT,
          packet_number INTEGER,
          evidence_key INTEGER,
          kind TEXT,
          agency_id INTEGER REFERENCES agency(id),
          attacker TEXT,
          victim TEXT
        ) STRICT;
        CREATE INDEX alert_time ON alert(seen_at);
        CREATE INDEX alert_kind ON alert(kind, agency_id, seen_at) WHERE kind IS NOT NULL;
        CREATE INDEX alert_evidence ON alert(evidence_key) WHERE evidence_key IS NOT NULL;

        CREATE TABLE incident (
          id INTEGER PRIMARY KEY,
          year INTEGER NOT NULL,
          number INTEGER NOT NULL,
          code TEXT NOT NULL UNIQUE,
          state TEXT NOT NULL
            CHECK (state IN ('new', 'confirmed', 'false_alarm', 'duplicate', 'contained', 'eradicated', 'recovered', 'closed')),
          kind TEXT,
          category TEXT NOT NULL,
          secondary_category TEXT,
          severity TEXT NOT NULL CHECK (severity IN ('M1', 'M2', 'M3', 'M4')),
          agency_id INTEGER REFERENCES agency(id),
          title TEXT NOT NULL,
          title_en TEXT NOT NULL,
          attacker TEXT,
          victim TEXT,
          indicator TEXT,
          seen_at INTEGER NOT NULL,
          last_seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL,
          acknowledged_at INTEGER,
          confirmed_at INTEGER,
          contained_at INTEGER,
          eradicated_at INTEGER,
          recovered_at INTEGER,
          closed_at INTEGER,
          assignee TEXT,
          handling_mode TEXT CHECK (handling_mode IN ('self', 'helped', 'foreign', 'coordinator')),
          summary TEXT,
          flags INTEGER NOT NULL DEFAULT 0,
          superseded_by INTEGER REFERENCES incident(id),
          alert_count INTEGER NOT NULL DEFAULT 0,
          version INTEGER NOT NULL DEFAULT 1,
          UNIQUE (year, number)
        ) STRICT;
        CREATE INDEX incident_time ON incident(seen_at);
        CREATE INDEX incident_kind ON incident(kind, agency_id, last_seen_at);

        CREATE TABLE incident_alert (
          alert_id INTEGER PRIMARY KEY REFERENCES alert(id),
          incident_id INTEGER NOT NULL REFERENCES incident(id),
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX incident_alert_incident ON incident_alert(incident_id);
        CREATE TABLE incident_host (
          incident_id INTEGER NOT NULL REFERENCES incident(id),
          role TEXT NOT NULL CHECK (role IN ('attacker', 'victim', 'relay')),
          address TEXT NOT NULL,
          agency_id INTEGER REFERENCES agency(id),
          seen_at INTEGER NOT NULL,
          last_seen_at INTEGER NOT NULL,
          alerts INTEGER NOT NULL,
          written_at INTEGER NOT NULL,
          PRIMARY KEY (incident_id, role, address)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX incident_host_address ON incident_host(address);
        CREATE TABLE incident_link (
          first_id INTEGER NOT NULL REFERENCES incident(id),
          second_id INTEGER NOT NULL REFERENCES incident(id),
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL,
          PRIMARY KEY (first_id, second_id),
          CHECK (first_id < second_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE evidence (
          id INTEGER PRIMARY KEY,
          digest TEXT NOT NULL,
          size INTEGER NOT NULL,
          kind TEXT NOT NULL,
          incident_id INTEGER REFERENCES incident(id),
          alert_id INTEGER REFERENCES alert(id),
          added_by TEXT NOT NULL,
          description TEXT NOT NULL,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX evidence_digest ON evidence(digest);
        CREATE INDEX evidence_incident ON evidence(incident_id);
        CREATE TRIGGER evidence_never_changes BEFORE UPDATE OF digest, size ON evidence
          BEGIN SELECT RAISE(ABORT, 'the digest of evidence never changes'); END;

        CREATE TABLE clock (
          id INTEGER PRIMARY KEY,
          incident_id INTEGER NOT NULL REFERENCES incident(id),
          code TEXT NOT NULL,
          profile TEXT NOT NULL,
          t0 INTEGER NOT NULL,
          due INTEGER,
          met_at INTEGER,
          fulfilled_by TEXT,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL,
          UNIQUE (incident_id, code)
        ) STRICT;

        CREATE TABLE playbook_run (
          id INTEGER PRIMARY KEY,
          incident_id INTEGER NOT NULL REFERENCES incident(id),
          playbook TEXT NOT NULL,
          name TEXT NOT NULL,
          digest TEXT NOT NULL,
          actor TEXT NOT NULL,
          seen_at INTEGER NOT NULL,
          ended_at INTEGER,
          outcome TEXT CHECK (outcome IN ('succeeded', 'failed', 'aborted')),
          written_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX playbook_run_incident ON playbook_run(incident_id);
        CREATE TABLE playbook_step (
          id INTEGER PRIMARY KEY,
          run_id INTEGER NOT NULL REFERENCES playbook_run(id),
          step TEXT NOT NULL,
          name TEXT NOT NULL,
          type TEXT NOT NULL,
          seen_at INTEGER NOT NULL,
          ended_at INTEGER,
          outcome TEXT CHECK (outcome IN ('succeeded', 'failed', 'skipped')),
          output TEXT,
          written_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX playbook_step_run ON playbook_step(run_id);
        """

    /// For people with sqlite3: names instead of numbers, and time in Asia/Ho_Chi_Minh (UTC+7, no daylight saving).
    private static let views = """
        CREATE VIEW v_alert AS
          SELECT a.id, strftime('%Y-%m-%d %H:%M:%S', a.seen_at / 1000000, 'unixepoch', '+7 hours') AS time, s.name AS sensor,
            i.code AS incident, g.code AS agency, a.kind, a.sid, a.message, a.class_type, a.priority,
            a.source, a.source_port, a.destination, a.destination_port, a.transport, a.app_protocol, a.hostname, a.url,
            a.attacker, a.victim, a.capture_file, a.packet_number
          FROM alert a JOIN sensor s ON s.id = a.sensor_id
            LEFT JOIN agency g ON g.id = a.agency_id
            LEFT JOIN incident_alert ia ON ia.alert_id = a.id LEFT JOIN incident i ON i.id = ia.incident_id;
        CREATE VIEW v_incident AS
          SELECT i.code, strftime('%Y-%m-%d %H:%M:%S', i.seen_at / 1000000, 'unixepoch', '+7 hours') AS first_seen,
            strftime('%Y-%m-%d %H:%M:%S', i.last_seen_at / 1000000, 'unixepoch', '+7 hours') AS last_seen,
            i.state, i.severity, i.category, i.kind, g.code AS agency, g.name AS agency_name, i.title, i.attacker, i.victim,
            i.indicator, i.alert_count, i.assignee,
            (SELECT count(*) FROM evidence e WHERE e.incident_id = i.id) AS evidence_count
          FROM incident i LEFT JOIN agency g ON g.id = i.agency_id;
        CREATE VIEW v_event AS
          SELECT seq, strftime('%Y-%m-%d %H:%M:%S', seen_at / 1000000, 'unixepoch', '+7 hours') AS time, kind, actor, subject, body
          FROM event;
        CREATE VIEW incident_event AS
          SELECT substr(subject, 10) AS incident, seq, seen_at, written_at, kind, actor, body, hash
          FROM event WHERE subject LIKE 'incident/%';
        CREATE VIEW v_heartbeat AS
          SELECT s.name AS sensor, h.mode, strftime('%Y-%m-%d %H:%M:%S', h.seen_at / 1000000, 'unixepoch', '+7 hours') AS since,
            strftime('%Y-%m-%d %H:%M:%S', h.until_at / 1000000, 'unixepoch', '+7 hours') AS until,
            h.packets, h.bytes, h.kernel_drops, h.alerts, h.capture_file
          FROM sensor_heartbeat h JOIN sensor s ON s.id = h.sensor_id;
        """
}
