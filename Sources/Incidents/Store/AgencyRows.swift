import Bytes
import GRDB
import Trust

extension IncidentStore {
    /// Agencies with their networks and links, by code.
    public func agencies() throws -> [Agency] { try read { try IncidentStore.agencies(in: $0) } }

    /// The directory that the stored agencies make.
    public func agencyDirectory() throws -> AgencyDirectory { try AgencyDirectory(agencies()) }

    /// Makes the stored agencies what the directory says. An agency that is no longer in it keeps its row, for the history, without networks.
    /// - Returns: false when nothing changed (and nothing was written).
    @discardableResult
    public func importAgencies(_ directory: AgencyDirectory, from file: String, by hand: Hand) throws -> Bool {
        let now = clock()
        let wanted = directory.agencies.sorted { $0.code < $1.code }
        return try write { db in
            guard try IncidentStore.agencies(in: db) != wanted else { return false }
            try db.execute(sql: "UPDATE agency SET active = 0")
            try db.execute(sql: "DELETE FROM network")
            try db.execute(sql: "DELETE FROM internet_link")
            for agency in wanted {
                try db.execute(
                    sql: """
                        INSERT INTO agency (code, name, name_en, level, active, seen_at, written_at) VALUES (?, ?, ?, ?, 1, ?, ?)
                        ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, level = excluded.level, active = 1
                        """,
                    arguments: [agency.code, agency.name, agency.nameEnglish, agency.level, now.microseconds, now.microseconds])
                guard let id = try Int64.fetchOne(db, sql: "SELECT id FROM agency WHERE code = ?", arguments: [agency.code]) else {
                    continue
                }
                for network in agency.networks {
                    try db.execute(
                        sql: "INSERT INTO network (agency_id, cidr, vlan, seen_at, written_at) VALUES (?, ?, ?, ?, ?)",
                        arguments: [id, network.prefix?.description, network.vlan.map { Int64($0) }, now.microseconds, now.microseconds])
                }
                for link in agency.links {
                    try db.execute(
                        sql: "INSERT INTO internet_link (agency_id, name, sensor, seen_at, written_at) VALUES (?, ?, ?, ?, ?)",
                        arguments: [id, link.name, link.sensor, now.microseconds, now.microseconds])
                }
            }
            try Ledger.append(
                db, at: now, written: now, kind: "agency.imported", actor: hand.actor, subject: "agency",
                body: ["file": .string(file), "agencies": .array(wanted.map(IncidentStore.entry))])
            return true
        }
    }

    private static func entry(_ agency: Agency) -> JSONValue {
        [
            "code": .string(agency.code), "name": .string(agency.name), "level": JSONValue(agency.level),
            "networks": .array(
                agency.networks.map { ["cidr": JSONValue($0.prefix?.description), "vlan": JSONValue($0.vlan.map { Int64($0) })] }),
            "internet_links": .array(agency.links.map { ["name": .string($0.name), "sensor": JSONValue($0.sensor)] }),
        ]
    }

    static func agencies(in db: Database) throws -> [Agency] {
        try Row.fetchAll(db, sql: "SELECT * FROM agency WHERE active ORDER BY code").map { row in
            let id: Int64 = row["id"]
            return Agency(
                code: row["code"], name: row["name"], nameEnglish: row["name_en"], level: row["level"],
                networks: try Row.fetchAll(db, sql: "SELECT cidr, vlan FROM network WHERE agency_id = ? ORDER BY id", arguments: [id]).map {
                    AgencyNetwork(
                        prefix: ($0["cidr"] as String?).flatMap(IPPrefix.init), vlan: ($0["vlan"] as Int64?).flatMap { UInt16(exactly: $0) }
                    )
                },
                links: try Row.fetchAll(db, sql: "SELECT name, sensor FROM internet_link WHERE agency_id = ? ORDER BY id", arguments: [id])
                    .map { InternetLink(name: $0["name"], sensor: $0["sensor"]) })
        }
    }
}
