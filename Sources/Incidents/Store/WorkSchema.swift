/// What responders' work adds to the record: tasks, times of flags, stages, documents that were sent, warnings, duties that are no incident's.
enum WorkSchema {
    static let migration = """
        ALTER TABLE incident ADD COLUMN flag_times TEXT NOT NULL DEFAULT '{}';
        ALTER TABLE incident ADD COLUMN helper TEXT;
        ALTER TABLE incident ADD COLUMN reported_by TEXT;
        ALTER TABLE incident ADD COLUMN stages TEXT NOT NULL DEFAULT '[]';
        ALTER TABLE incident_link ADD COLUMN reason TEXT;

        CREATE TABLE task (
          id INTEGER PRIMARY KEY,
          incident_id INTEGER NOT NULL REFERENCES incident(id),
          number INTEGER NOT NULL,
          text TEXT NOT NULL,
          assignee TEXT,
          due INTEGER,
          state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'done', 'dropped')),
          ended_at INTEGER,
          ended_by TEXT,
          note TEXT,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL,
          UNIQUE (incident_id, number)
        ) STRICT;

        CREATE TABLE incident_move (
          seq INTEGER NOT NULL,
          alert_id INTEGER NOT NULL,
          PRIMARY KEY (seq, alert_id)
        ) STRICT, WITHOUT ROWID;

        CREATE TABLE duty_clock (
          id INTEGER PRIMARY KEY,
          code TEXT NOT NULL,
          profile TEXT NOT NULL,
          subject TEXT NOT NULL,
          t0 INTEGER NOT NULL,
          due INTEGER,
          met_at INTEGER,
          fulfilled_by TEXT,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL,
          UNIQUE (code, subject)
        ) STRICT;
        CREATE TABLE dispatch (
          id INTEGER PRIMARY KEY,
          incident_id INTEGER REFERENCES incident(id),
          duty TEXT,
          clock TEXT NOT NULL,
          document TEXT NOT NULL,
          recipient TEXT NOT NULL,
          channel TEXT NOT NULL
            CHECK (channel IN ('official_letter', 'document_system', 'fax', 'email', 'message', 'portal', 'in_person', 'other')),
          proof TEXT,
          sent_by TEXT NOT NULL,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL,
          CHECK ((incident_id IS NULL) <> (duty IS NULL))
        ) STRICT;
        CREATE INDEX dispatch_incident ON dispatch(incident_id, clock);
        CREATE TABLE clock_warning (
          id INTEGER PRIMARY KEY,
          incident TEXT,
          duty TEXT,
          clock TEXT NOT NULL,
          due INTEGER NOT NULL,
          minutes_before INTEGER NOT NULL,
          channel TEXT NOT NULL,
          delivered INTEGER NOT NULL CHECK (delivered IN (0, 1)),
          detail TEXT NOT NULL,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX clock_warning_clock ON clock_warning(clock, incident, duty, due);

        """
}
