/// What makes ten million alerts answer at once: groups and days that count them, and indices by which lists are read from their newest end.
///
/// Whoever adds, moves or deletes alerts changes the counts in the same transaction (``AlertCounts``, ``IncidentStore/moveCounts(from:to:in:)``,
/// ``Retention``), so that a count is what counting the rows would give; `db check` counts them.
enum ScaleSchema {
    /// The local day (UTC+7, as ``LocalTime``) of a column of microseconds, as a number since 1970.
    static func day(_ column: String) -> String { "(\(column) + 25200000000) / 86400000000" }

    /// The first microsecond of such a day.
    static func start(_ day: String) -> String { "\(day) * 86400000000 - 25200000000" }

    /// The victim's port where the victim is the server of the flow; a client's own port says nothing about a service.
    static let servicePort = """
        CASE WHEN coalesce(a.direction, 'to_server') = 'to_server' THEN iif(a.victim = a.destination, a.destination_port, NULL)
          ELSE iif(a.victim = a.source, a.source_port, NULL) END
        """

    /// What `incident_day` holds of one alert `a` of incident `ia`.
    static let incidentDayOfAlert = """
        \(day("a.seen_at")), ia.incident_id, a.group_id, coalesce(a.attacker, ''), coalesce(a.victim, ''),
          coalesce(\(servicePort), -1), a.transport
        """

    /// Tables, their content from the alerts that are there, then indices and triggers.
    static let migration = """
        CREATE TABLE alert_group (
          id INTEGER PRIMARY KEY,
          sid INTEGER NOT NULL,
          gid INTEGER NOT NULL,
          message TEXT NOT NULL,
          class_type TEXT NOT NULL,
          priority INTEGER NOT NULL,
          techniques TEXT NOT NULL,
          kind TEXT,
          agency_id INTEGER REFERENCES agency(id),
          sensor_id INTEGER NOT NULL REFERENCES sensor(id),
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX alert_group_sid ON alert_group(sid, agency_id, sensor_id);
        CREATE INDEX alert_group_kind ON alert_group(kind, agency_id);
        CREATE TABLE alert_day (
          group_id INTEGER NOT NULL REFERENCES alert_group(id),
          day INTEGER NOT NULL,
          alerts INTEGER NOT NULL,
          PRIMARY KEY (group_id, day)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX alert_day_day ON alert_day(day, group_id);
        CREATE TABLE day_count (
          day INTEGER PRIMARY KEY,
          alerts INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE incident_day (
          day INTEGER NOT NULL,
          incident_id INTEGER NOT NULL REFERENCES incident(id),
          group_id INTEGER NOT NULL REFERENCES alert_group(id),
          attacker TEXT NOT NULL,
          victim TEXT NOT NULL,
          port INTEGER NOT NULL,
          transport TEXT NOT NULL,
          alerts INTEGER NOT NULL,
          first_at INTEGER NOT NULL,
          last_at INTEGER NOT NULL,
          app_protocol TEXT,
          PRIMARY KEY (day, incident_id, group_id, attacker, victim, port, transport)
        ) STRICT, WITHOUT ROWID;
        CREATE INDEX incident_day_incident ON incident_day(incident_id, group_id);

        INSERT INTO alert_group (sid, gid, message, class_type, priority, techniques, kind, agency_id, sensor_id, seen_at, written_at)
          SELECT sid, gid, message, class_type, priority, techniques, kind, agency_id, sensor_id, min(seen_at), min(written_at) FROM alert
          GROUP BY sid, gid, message, class_type, priority, techniques, kind, agency_id, sensor_id;
        ALTER TABLE alert ADD COLUMN group_id INTEGER REFERENCES alert_group(id);
        UPDATE alert SET group_id = (
          SELECT g.id FROM alert_group g WHERE g.sid = alert.sid AND g.gid = alert.gid AND g.message = alert.message
            AND g.class_type = alert.class_type AND g.priority = alert.priority AND g.techniques = alert.techniques
            AND g.kind IS alert.kind AND g.agency_id IS alert.agency_id AND g.sensor_id = alert.sensor_id);
        INSERT INTO alert_day (group_id, day, alerts) SELECT group_id, \(day("seen_at")), count(*) FROM alert GROUP BY 1, 2;
        INSERT INTO day_count (day, alerts) SELECT day, sum(alerts) FROM alert_day GROUP BY 1;
        INSERT INTO incident_day (day, incident_id, group_id, attacker, victim, port, transport, alerts, first_at, last_at, app_protocol)
          SELECT \(incidentDayOfAlert), count(*), min(a.seen_at), max(a.seen_at), max(a.app_protocol)
          FROM incident_alert ia JOIN alert a ON a.id = ia.alert_id GROUP BY 1, 2, 3, 4, 5, 6, 7;

        DROP INDEX alert_time;
        DROP INDEX alert_kind;
        CREATE INDEX alert_time ON alert(seen_at, group_id);
        CREATE INDEX alert_group_time ON alert(group_id, seen_at);
        CREATE INDEX alert_source ON alert(source, seen_at, group_id);
        CREATE INDEX alert_destination ON alert(destination, seen_at, group_id) WHERE destination <> source;
        DROP INDEX incident_time;
        CREATE INDEX incident_list ON incident(seen_at, state, severity, agency_id, category, kind, assignee);
        CREATE INDEX incident_closed ON incident(closed_at) WHERE closed_at IS NOT NULL;
        CREATE INDEX incident_indicator ON incident(indicator, kind, last_seen_at) WHERE indicator IS NOT NULL;
        DROP INDEX incident_host_address;
        CREATE INDEX incident_host_address ON incident_host(address, role, incident_id);
        DROP INDEX incident_alert_incident;
        CREATE INDEX incident_alert_incident ON incident_alert(incident_id, seen_at);
        CREATE INDEX evidence_alert ON evidence(alert_id);
        CREATE INDEX evidence_time ON evidence(seen_at);
        CREATE INDEX sensor_heartbeat_end ON sensor_heartbeat(until_at);
        CREATE INDEX playbook_run_time ON playbook_run(seen_at);
        ALTER TABLE incident ADD COLUMN held INTEGER NOT NULL DEFAULT 0 CHECK (held IN (0, 1));

        """
}
