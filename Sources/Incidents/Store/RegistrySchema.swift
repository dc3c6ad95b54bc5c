/// What the registry of agencies knows beside names and networks: the tree, contacts, assets, networks behind an interface.
enum RegistrySchema {
    static let migration = """
        ALTER TABLE agency ADD COLUMN kind TEXT NOT NULL DEFAULT 'other';
        ALTER TABLE agency ADD COLUMN parent TEXT;
        ALTER TABLE agency ADD COLUMN address TEXT;
        ALTER TABLE agency ADD COLUMN decision TEXT;
        ALTER TABLE internet_link ADD COLUMN provider TEXT;
        ALTER TABLE internet_link ADD COLUMN bandwidth_mbps INTEGER;

        CREATE TABLE network_6 (
          id INTEGER PRIMARY KEY,
          agency_id INTEGER NOT NULL REFERENCES agency(id) ON DELETE CASCADE,
          cidr TEXT,
          vlan INTEGER CHECK (vlan BETWEEN 1 AND 4094),
          interface TEXT,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL,
          CHECK (cidr IS NOT NULL OR vlan IS NOT NULL OR interface IS NOT NULL)
        ) STRICT;
        INSERT INTO network_6 (id, agency_id, cidr, vlan, seen_at, written_at) SELECT id, agency_id, cidr, vlan, seen_at, written_at FROM network;
        DROP TABLE network;
        ALTER TABLE network_6 RENAME TO network;

        CREATE TABLE contact (
          id INTEGER PRIMARY KEY,
          agency_id INTEGER NOT NULL REFERENCES agency(id) ON DELETE CASCADE,
          name TEXT NOT NULL,
          title TEXT,
          phone TEXT,
          email TEXT,
          always INTEGER NOT NULL DEFAULT 0 CHECK (always IN (0, 1)),
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL
        ) STRICT;
        CREATE TABLE asset (
          id INTEGER PRIMARY KEY,
          agency_id INTEGER NOT NULL REFERENCES agency(id) ON DELETE CASCADE,
          name TEXT NOT NULL,
          type TEXT NOT NULL,
          address TEXT,
          hostname TEXT,
          level INTEGER CHECK (level BETWEEN 1 AND 5),
          decision TEXT,
          description TEXT,
          seen_at INTEGER NOT NULL,
          written_at INTEGER NOT NULL,
          UNIQUE (agency_id, name)
        ) STRICT;

        """
}
