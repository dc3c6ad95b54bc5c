/// What runs of playbooks need to be taken up again, undone, and agreed to.
enum PlaybookSchema {
    static let migration = """
        ALTER TABLE playbook_run ADD COLUMN input TEXT;
        ALTER TABLE playbook_run ADD COLUMN stop_by TEXT;
        ALTER TABLE playbook_step ADD COLUMN path TEXT NOT NULL DEFAULT '';
        ALTER TABLE playbook_step ADD COLUMN attempt INTEGER NOT NULL DEFAULT 1;
        ALTER TABLE playbook_step ADD COLUMN target TEXT;
        ALTER TABLE playbook_step ADD COLUMN variables TEXT;
        CREATE UNIQUE INDEX playbook_step_path ON playbook_step(run_id, path, attempt) WHERE path <> '';
        CREATE TABLE playbook_text (
          digest TEXT PRIMARY KEY,
          playbook TEXT NOT NULL,
          text TEXT NOT NULL,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE playbook_part (
          run_id INTEGER NOT NULL REFERENCES playbook_run(id),
          path TEXT NOT NULL,
          digest TEXT NOT NULL REFERENCES playbook_text(digest),
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL,
          PRIMARY KEY (run_id, path)
        ) STRICT;
        CREATE TABLE playbook_lease (
          run_id INTEGER PRIMARY KEY REFERENCES playbook_run(id),
          token TEXT NOT NULL,
          actor TEXT NOT NULL,
          host TEXT NOT NULL,
          process TEXT NOT NULL,
          until_at INTEGER NOT NULL,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE playbook_undo (
          id INTEGER PRIMARY KEY,
          run_id INTEGER NOT NULL REFERENCES playbook_run(id),
          step_id INTEGER NOT NULL REFERENCES playbook_step(id),
          step TEXT NOT NULL,
          name TEXT NOT NULL,
          digest TEXT NOT NULL,
          body TEXT NOT NULL,
          until_at INTEGER,
          expires_at INTEGER,
          state TEXT NOT NULL CHECK (state IN ('open', 'begun', 'done', 'failed')),
          output TEXT,
          ended_at INTEGER,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL
        ) STRICT;
        CREATE INDEX playbook_undo_run ON playbook_undo(run_id);
        CREATE INDEX playbook_undo_open ON playbook_undo(expires_at) WHERE state IN ('open', 'begun');
        CREATE TABLE playbook_approval (
          run_id INTEGER NOT NULL REFERENCES playbook_run(id),
          path TEXT NOT NULL,
          actor TEXT NOT NULL,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL,
          PRIMARY KEY (run_id, path, actor)
        ) STRICT, WITHOUT ROWID;
        """
}
