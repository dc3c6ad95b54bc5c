import Bytes
import GRDB
import Trust

// The registry of agencies. A change is an entry of the ledger that holds the agency as it is afterwards; alerts and incidents keep the agency
// that they were given when they were seen.
extension IncidentStore {
    /// Agencies with all that belongs to them, by code.
    public func agencies() throws -> [Agency] { try read { try IncidentStore.agencies(in: $0) } }

    /// The directory that the stored agencies make.
    public func agencyDirectory() throws -> AgencyDirectory { try AgencyDirectory(agencies()) }

    /// Makes the stored agencies what the directory says. An agency that is no longer in it keeps its row, for the history, without networks.
    /// - Parameter once: leaves the registry alone where the same list was imported last, whatever was changed since: a sensor reads its file
    ///   at each start and must not take people's changes back.
    /// - Returns: false when nothing changed (and nothing was written).
    @discardableResult
    public func importAgencies(_ directory: AgencyDirectory, from file: String, once: Bool = false, by hand: Hand) throws -> Bool {
        let now = clock()
        let wanted = directory.agencies.sorted { $0.code < $1.code }
        return try write { db in
            let before = try IncidentStore.agencies(in: db)
            guard before != wanted else { return false }
            let entries = JSONValue.array(wanted.map(IncidentStore.entry))
            if once,
                let last = try String.fetchOne(
                    db, sql: "SELECT body FROM event WHERE subject = 'agency' AND kind = 'agency.imported' ORDER BY seq DESC LIMIT 1"),
                let body = try? JSONValue(parsing: last), body["agencies"] == entries
            {
                return false
            }
            try db.execute(sql: "UPDATE agency SET active = 0")
            for table in IncidentStore.parts { try db.execute(sql: "DELETE FROM \(table)") }
            for agency in wanted { try IncidentStore.save(agency, now, in: db) }
            let known = Dictionary(before.map { ($0.code, $0) }, uniquingKeysWith: { a, _ in a })
            func codes(_ agencies: [Agency]) -> JSONValue { .array(agencies.map { .string($0.code) }) }
            let codesNow = Set(wanted.map(\.code))
            try Ledger.append(
                db, at: now, written: now, kind: "agency.imported", actor: hand.actor, subject: "agency",
                body: [
                    "file": .string(file), "agencies": entries, "added": codes(wanted.filter { known[$0.code] == nil }),
                    "changed": codes(wanted.filter { known[$0.code] != nil && known[$0.code] != $0 }),
                    "removed": codes(before.filter { !codesNow.contains($0.code) }),
                ])
            return true
        }
    }

    /// Adds an agency, or makes it what is given.
    /// - Parameter isNew: refuse one that is there already; otherwise refuse one that is not.
    /// - Returns: false when nothing changed.
    @discardableResult
    public func save(_ agency: Agency, isNew: Bool, by hand: Hand) throws -> Bool {
        let now = clock()
        return try write { db in
            var all = try IncidentStore.agencies(in: db)
            let index = all.firstIndex { $0.code == agency.code }
            if isNew, index != nil { throw HouseRuleError.agencyExists(code: agency.code) }
            guard isNew || index != nil else { throw NotFoundError(.agency, agency.code) }
            let before = index.map { all[$0] }
            guard before != agency else { return false }
            if let index { all[index] = agency } else { all.append(agency) }
            _ = try AgencyDirectory(all)
            try IncidentStore.save(agency, now, in: db)
            var body: [String: JSONValue] = ["agency": IncidentStore.entry(agency)]
            if let before { body["before"] = IncidentStore.entry(before) }
            try Ledger.append(
                db, at: now, written: now, kind: isNew ? "agency.added" : "agency.changed", actor: hand.actor,
                subject: "agency/\(agency.code)", body: .object(body))
            return true
        }
    }

    /// Takes an agency from the registry; what it was given before stays with it.
    public func removeAgency(_ code: String, reason: String, by hand: Hand) throws {
        let now = clock()
        try write { db in
            let all = try IncidentStore.agencies(in: db)
            guard let agency = all.first(where: { $0.code == code }) else { throw NotFoundError(.agency, code) }
            let below = all.filter { $0.parent == code }.map(\.code)
            guard below.isEmpty else { throw HouseRuleError.agencyHasParts(code: code, parts: below) }
            try db.execute(sql: "UPDATE agency SET active = 0 WHERE code = ?", arguments: [code])
            for table in IncidentStore.parts {
                try db.execute(sql: "DELETE FROM \(table) WHERE agency_id = (SELECT id FROM agency WHERE code = ?)", arguments: [code])
            }
            try Ledger.append(
                db, at: now, written: now, kind: "agency.removed", actor: hand.actor, subject: "agency/\(code)",
                body: ["reason": .string(reason), "before": IncidentStore.entry(agency)])
        }
    }

    /// Counts up with every change of the registry; a sensor that sees it change reads the registry anew.
    static func registryVersion(in db: Database) throws -> Int64 {
        try Int64.fetchOne(
            db.cachedStatement(
                sql: "SELECT coalesce(max(seq), 0) FROM event INDEXED BY event_kind WHERE kind >= 'agency.' AND kind < 'agency/'")) ?? 0
    }

    /// Tables of what belongs to an agency.
    private static let parts = ["network", "internet_link", "contact", "asset"]

    private static func save(_ agency: Agency, _ now: Timestamp, in db: Database) throws {
        let time = now.microseconds
        try db.execute(
            sql: """
                INSERT INTO agency (code, name, name_en, kind, parent, address, level, decision, active, seen_at, written_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1, ?, ?)
                ON CONFLICT (code) DO UPDATE SET name = excluded.name, name_en = excluded.name_en, kind = excluded.kind,
                  parent = excluded.parent, address = excluded.address, level = excluded.level, decision = excluded.decision, active = 1
                """,
            arguments: [
                agency.code, agency.name, agency.nameEnglish, agency.kind.rawValue, agency.parent, agency.address, agency.level,
                agency.decision, time, time,
            ])
        guard let id = try Int64.fetchOne(db, sql: "SELECT id FROM agency WHERE code = ?", arguments: [agency.code]) else { return }
        for table in parts { try db.execute(sql: "DELETE FROM \(table) WHERE agency_id = ?", arguments: [id]) }
        for network in agency.networks {
            try db.execute(
                sql: "INSERT INTO network (agency_id, cidr, vlan, interface, seen_at, written_at) VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [id, network.prefix?.description, network.vlan.map { Int64($0) }, network.interface, time, time])
        }
        for link in agency.links {
            try db.execute(
                sql: """
                    INSERT INTO internet_link (agency_id, name, sensor, provider, bandwidth_mbps, seen_at, written_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    """, arguments: [id, link.name, link.sensor, link.provider, link.bandwidthMbps, time, time])
        }
        for contact in agency.contacts {
            try db.execute(
                sql:
                    "INSERT INTO contact (agency_id, name, title, phone, email, always, seen_at, written_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                arguments: [id, contact.name, contact.title, contact.phone, contact.email, contact.isAlwaysReachable, time, time])
        }
        for asset in agency.assets {
            try db.execute(
                sql: """
                    INSERT INTO asset (agency_id, name, type, address, hostname, level, decision, description, seen_at, written_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    id, asset.name, asset.kind.rawValue, asset.address?.description, asset.hostname, asset.level, asset.decision,
                    asset.description, time, time,
                ])
        }
    }

    /// An agency as entries of the ledger hold it: all that its rows need.
    public static func entry(_ agency: Agency) -> JSONValue {
        func object(_ members: [String: JSONValue]) -> JSONValue { .object(members.filter { $0.value != .null }) }
        return object([
            "code": .string(agency.code), "name": .string(agency.name), "name_en": .string(agency.nameEnglish),
            "kind": .string(agency.kind.rawValue), "parent": JSONValue(agency.parent), "address": JSONValue(agency.address),
            "level": JSONValue(agency.level), "decision": JSONValue(agency.decision),
            "networks": .array(
                agency.networks.map {
                    object([
                        "cidr": JSONValue($0.prefix?.description), "vlan": JSONValue($0.vlan.map { Int64($0) }),
                        "interface": JSONValue($0.interface),
                    ])
                }),
            "internet_links": .array(
                agency.links.map {
                    object([
                        "name": .string($0.name), "sensor": JSONValue($0.sensor), "provider": JSONValue($0.provider),
                        "bandwidth_mbps": JSONValue($0.bandwidthMbps),
                    ])
                }),
            "contacts": .array(
                agency.contacts.map {
                    object([
                        "name": .string($0.name), "title": JSONValue($0.title), "phone": JSONValue($0.phone), "email": JSONValue($0.email),
                        "always": .bool($0.isAlwaysReachable),
                    ])
                }),
            "assets": .array(
                agency.assets.map {
                    object([
                        "name": .string($0.name), "type": .string($0.kind.rawValue), "address": JSONValue($0.address?.description),
                        "hostname": JSONValue($0.hostname), "level": JSONValue($0.level), "decision": JSONValue($0.decision),
                        "description": JSONValue($0.description),
                    ])
                }),
        ])
    }

    static func agencies(in db: Database) throws -> [Agency] {
        func rows(_ table: String) throws -> [Int64: [Row]] {
            Dictionary(grouping: try Row.fetchAll(db, sql: "SELECT * FROM \(table) ORDER BY id")) { $0["agency_id"] }
        }
        let (networks, links) = (try rows("network"), try rows("internet_link"))
        let (contacts, assets) = (try rows("contact"), try rows("asset"))
        return try Row.fetchAll(db, sql: "SELECT * FROM agency WHERE active ORDER BY code").map { row in
            let id: Int64 = row["id"]
            return Agency(
                code: row["code"], name: row["name"], nameEnglish: row["name_en"], kind: Agency.Kind(rawValue: row["kind"]) ?? .other,
                parent: row["parent"], address: row["address"], level: row["level"], decision: row["decision"],
                networks: (networks[id] ?? []).map {
                    AgencyNetwork(
                        prefix: ($0["cidr"] as String?).flatMap(IPPrefix.init),
                        vlan: ($0["vlan"] as Int64?).flatMap { UInt16(exactly: $0) },
                        interface: $0["interface"])
                },
                links: (links[id] ?? []).map {
                    InternetLink(name: $0["name"], sensor: $0["sensor"], provider: $0["provider"], bandwidthMbps: $0["bandwidth_mbps"])
                },
                contacts: (contacts[id] ?? []).map {
                    AgencyContact(
                        name: $0["name"], title: $0["title"], phone: $0["phone"], email: $0["email"], isAlwaysReachable: $0["always"])
                },
                assets: (assets[id] ?? []).map {
                    Asset(
                        name: $0["name"], kind: Asset.Kind(rawValue: $0["type"]) ?? .other, address: $0.address("address"),
                        hostname: $0["hostname"], level: $0["level"], decision: $0["decision"], description: $0["description"])
                })
        }
    }
}
