/// Alerts of a day counted by what filters name together: by sensor, agency, kind and priority, and by rule. A database of ten million alerts
/// has some ten thousand groups, and `alert_day` a row for each on each day; these have some hundreds a day.
enum CountSchema {
    /// Tables, their content from `alert_day`, and the indices that go with them.
    static let migration = """
        CREATE TABLE slice_day (
          day INTEGER NOT NULL,
          sensor_id INTEGER NOT NULL REFERENCES sensor(id),
          agency_id INTEGER NOT NULL,
          kind TEXT NOT NULL,
          priority INTEGER NOT NULL,
          alerts INTEGER NOT NULL,
          PRIMARY KEY (day, sensor_id, agency_id, kind, priority)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE rule_day (
          day INTEGER NOT NULL,
          sid INTEGER NOT NULL,
          sensor_id INTEGER NOT NULL REFERENCES sensor(id),
          class_type TEXT NOT NULL,
          kind TEXT NOT NULL,
          priority INTEGER NOT NULL,
          alerts INTEGER NOT NULL,
          PRIMARY KEY (day, sid, sensor_id, class_type, kind, priority)
        ) STRICT, WITHOUT ROWID;
        INSERT INTO slice_day (day, sensor_id, agency_id, kind, priority, alerts)
          SELECT d.day, g.sensor_id, coalesce(g.agency_id, 0), coalesce(g.kind, ''), g.priority, sum(d.alerts)
          FROM alert_day d JOIN alert_group g ON g.id = d.group_id GROUP BY 1, 2, 3, 4, 5;
        INSERT INTO rule_day (day, sid, sensor_id, class_type, kind, priority, alerts)
          SELECT d.day, g.sid, g.sensor_id, g.class_type, coalesce(g.kind, ''), g.priority, sum(d.alerts)
          FROM alert_day d JOIN alert_group g ON g.id = d.group_id GROUP BY 1, 2, 3, 4, 5, 6;
        CREATE INDEX alert_group_facts ON alert_group(priority, kind, agency_id, sensor_id, sid, class_type);
        CREATE INDEX alert_self ON alert(source, seen_at, group_id) WHERE destination = source;
        """

    /// The columns of `slice_day` but the count, of an alert `a`.
    static let sliceOfAlert =
        "\(ScaleSchema.day("a.seen_at")), a.sensor_id, coalesce(a.agency_id, 0), coalesce(a.kind, ''), a.priority"
    /// The columns of `rule_day` but the count, of an alert `a`.
    static let ruleOfAlert =
        "\(ScaleSchema.day("a.seen_at")), a.sid, a.sensor_id, a.class_type, coalesce(a.kind, ''), a.priority"
}
