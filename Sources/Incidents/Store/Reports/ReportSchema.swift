/// Tables of documents: what people answered for them, and which were made. What was sent stands in `dispatch`.
enum ReportSchema {
    static let migration = """
        CREATE TABLE report_answer (
          form TEXT NOT NULL,
          subject TEXT NOT NULL,
          field TEXT NOT NULL,
          value TEXT NOT NULL,
          answered_by TEXT NOT NULL,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL,
          PRIMARY KEY (form, subject, field)
        ) STRICT, WITHOUT ROWID;
        CREATE TABLE report_document (
          id INTEGER PRIMARY KEY,
          form TEXT NOT NULL,
          subject TEXT NOT NULL,
          format TEXT NOT NULL,
          digest TEXT NOT NULL,
          size INTEGER NOT NULL,
          number TEXT,
          profile TEXT NOT NULL,
          language TEXT NOT NULL,
          missing INTEGER NOT NULL,
          made_by TEXT NOT NULL,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX report_document_subject ON report_document(form, subject, digest);

        """
}
