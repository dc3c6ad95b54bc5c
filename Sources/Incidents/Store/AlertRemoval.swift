import GRDB

extension IncidentStore {
    /// Deletes alerts with what counts them. Nothing else may name them.
    static func removeAlerts(_ list: String, in db: Database) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO alert_day (group_id, day, alerts)
                SELECT group_id, \(ScaleSchema.day("seen_at")), -count(*) FROM alert WHERE id IN (SELECT value FROM json_each(?)) GROUP BY 1, 2
                ON CONFLICT DO UPDATE SET alerts = alerts + excluded.alerts
                """
        ).execute(arguments: [list])
        try db.cachedStatement(
            sql: """
                DELETE FROM alert_day WHERE alerts = 0 AND (group_id, day) IN (
                  SELECT group_id, \(ScaleSchema.day("seen_at")) FROM alert WHERE id IN (SELECT value FROM json_each(?)))
                """
        ).execute(arguments: [list])
        try db.cachedStatement(
            sql: """
                INSERT INTO day_count (day, alerts)
                SELECT \(ScaleSchema.day("seen_at")), -count(*) FROM alert WHERE id IN (SELECT value FROM json_each(?)) GROUP BY 1
                ON CONFLICT DO UPDATE SET alerts = alerts + excluded.alerts
                """
        ).execute(arguments: [list])
        try db.cachedStatement(sql: "DELETE FROM day_count WHERE alerts = 0").execute()
        for (table, key, ofAlert, places) in [
            ("slice_day", "day, sensor_id, agency_id, kind, priority", CountSchema.sliceOfAlert, "1, 2, 3, 4, 5"),
            ("rule_day", "day, sid, sensor_id, class_type, kind, priority", CountSchema.ruleOfAlert, "1, 2, 3, 4, 5, 6"),
        ] {
            try db.cachedStatement(
                sql: """
                    INSERT INTO \(table) (\(key), alerts)
                    SELECT \(ofAlert), -count(*) FROM alert a WHERE a.id IN (SELECT value FROM json_each(?))
                    GROUP BY \(places)
                    ON CONFLICT DO UPDATE SET alerts = alerts + excluded.alerts
                    """
            ).execute(arguments: [list])
            try db.cachedStatement(
                sql: """
                    DELETE FROM \(table) WHERE alerts = 0
                      AND (\(key)) IN (SELECT \(ofAlert) FROM alert a WHERE a.id IN (SELECT value FROM json_each(?)))
                    """
            ).execute(arguments: [list])
        }
        try db.cachedStatement(
            sql: """
                INSERT INTO incident_day (day, incident_id, group_id, attacker, victim, port, transport, alerts, first_at, last_at, app_protocol)
                SELECT \(ScaleSchema.incidentDayOfAlert), -count(*), max(a.seen_at), min(a.seen_at), NULL
                FROM incident_alert ia CROSS JOIN alert a ON a.id = ia.alert_id
                WHERE ia.alert_id IN (SELECT value FROM json_each(?)) GROUP BY 1, 2, 3, 4, 5, 6, 7
                ON CONFLICT DO UPDATE SET alerts = alerts + excluded.alerts
                """
        ).execute(arguments: [list])
        try db.cachedStatement(
            sql: """
                DELETE FROM incident_day WHERE alerts = 0 AND (day, incident_id, group_id, attacker, victim, port, transport) IN (
                  SELECT \(ScaleSchema.incidentDayOfAlert) FROM incident_alert ia CROSS JOIN alert a ON a.id = ia.alert_id
                  WHERE ia.alert_id IN (SELECT value FROM json_each(?)))
                """
        ).execute(arguments: [list])
        // Of what stays of a day the first and the last are others now: one walk through what each incident has left of that day.
        try db.cachedStatement(
            sql: """
                WITH touched AS MATERIALIZED (
                  SELECT DISTINCT incident_id AS touched_incident, \(ScaleSchema.day("seen_at")) AS touched_day FROM incident_alert
                  WHERE alert_id IN (SELECT value FROM json_each(:list))),
                rest (day, incident_id, group_id, attacker, victim, port, transport, first_at, last_at, app_protocol) AS MATERIALIZED (
                  SELECT \(ScaleSchema.incidentDayOfAlert), min(a.seen_at), max(a.seen_at), max(a.app_protocol)
                  FROM touched CROSS JOIN incident_alert ia INDEXED BY incident_alert_incident
                    ON ia.incident_id = touched_incident AND ia.seen_at >= \(ScaleSchema.start("touched_day"))
                      AND ia.seen_at < \(ScaleSchema.start("(touched_day + 1)"))
                  CROSS JOIN alert a ON a.id = ia.alert_id
                  WHERE ia.alert_id NOT IN (SELECT value FROM json_each(:list)) GROUP BY 1, 2, 3, 4, 5, 6, 7)
                UPDATE incident_day SET first_at = rest.first_at, last_at = rest.last_at, app_protocol = rest.app_protocol
                FROM rest
                WHERE (incident_day.day, incident_day.incident_id, incident_day.group_id, incident_day.attacker, incident_day.victim,
                    incident_day.port, incident_day.transport)
                    = (rest.day, rest.incident_id, rest.group_id, rest.attacker, rest.victim, rest.port, rest.transport)
                  AND (incident_day.first_at, incident_day.last_at, incident_day.app_protocol)
                    IS NOT (rest.first_at, rest.last_at, rest.app_protocol)
                """
        ).execute(arguments: ["list": list])
        for sql in [
            "DELETE FROM incident_alert WHERE alert_id IN (SELECT value FROM json_each(?))",
            "DELETE FROM alert WHERE id IN (SELECT value FROM json_each(?))",
        ] {
            try db.cachedStatement(sql: sql).execute(arguments: [list])
        }
    }
}
