import Bytes
import GRDB
import Trust

// What makes more of incidents than their own alerts do: stages of one attack on a host, one attacker at many agencies, and the memory of
// what people called a false alarm.
extension Correlator {
    /// The dismissed incident that an alert repeats: the same rule between the same machines, within the memory of false alarms.
    mutating func remembered(_ alert: AlertRecord, _ finding: Finding, agencyID: Int64?, in db: Database) throws -> Int64? {
        guard table.falseAlarmSeconds > 0 else { return nil }
        let since = alert.time.microseconds - table.falseAlarmSeconds * 1_000_000
        let victim = IncidentMemory.Host(address: finding.attribution.victim, role: .victim)
        let dismissed = try known.incidents(of: victim, from: since, until: .max, in: db) {
            $0.state == .falseAlarm && $0.agency == agencyID && $0.kind == finding.kind.code.rawValue
        }
        if let dismissed, dismissed.isEmpty { return nil }
        // Of the same rule and attacker? That only the tables know.
        try write(in: db)
        return try Int64.fetchOne(
            db.cachedStatement(sql: Correlator.rememberedQuery),
            arguments: [
                "victim": finding.attribution.victim.description, "attacker": finding.attribution.attacker?.description,
                "kind": finding.kind.code.rawValue, "agency": agencyID, "sid": alert.sid,
                "since": since,
            ])
    }

    static let rememberedQuery = """
        SELECT i.id FROM incident_host h INDEXED BY incident_host_address CROSS JOIN incident i ON i.id = h.incident_id
        WHERE h.address = :victim AND h.role = 'victim' AND i.state = 'false_alarm' AND i.kind = :kind AND i.agency_id IS :agency
          AND i.last_seen_at >= :since
          AND (:attacker IS NULL OR EXISTS (
            SELECT 1 FROM incident_host a WHERE a.incident_id = i.id AND a.role = 'attacker' AND a.address = :attacker))
          AND EXISTS (
            SELECT 1 FROM incident_day d INDEXED BY incident_day_incident CROSS JOIN alert_group g ON g.id = d.group_id
            WHERE d.incident_id = i.id AND g.sid = :sid)
        ORDER BY i.last_seen_at DESC, i.id DESC LIMIT 1
        """

    /// Links a new incident with those of the same attacker at other agencies, when there are enough of them.
    mutating func linkCampaign(
        of finding: Finding, incident id: Int64, agencyID: Int64?, _ time: Timestamp, in db: Database
    ) throws {
        guard let rule = table.campaign, let attacker = finding.attribution.attacker, let agencyID else { return }
        let host = IncidentMemory.Host(address: attacker, role: .attacker)
        let window = rule.windowSeconds * 1_000_000
        let others = try incidents(of: host, from: time.microseconds - window, until: .max, in: db) {
            $0.supersededBy == nil && $0.agency != nil && $0.agency != agencyID && $0.id != id && $0.state != .falseAlarm
                && $0.last <= time.microseconds + window
        }
        var first: [Int64: Int64] = [:]
        for other in others { if let agency = other.agency { first[agency] = min(first[agency] ?? other.id, other.id) } }
        guard first.count + 1 >= rule.agencies, let root = first.values.min() else { return }
        let head = try IncidentStore.incident(id: root, in: db)
        // Those before are linked already, unless this one makes the campaign.
        let unlinked = first.count + 1 == rule.agencies ? first.values.filter { $0 != root }.sorted() : []
        for other in unlinked + [id] {
            try IncidentStore.link(
                head, IncidentStore.incident(id: other, in: db), reason: "campaign: \(attacker)", actor: "sensor:\(sensor)", written, in: db
            )
        }
    }

    /// Sees whether an incident that got a new victim is a stage of an attack with others on that host, or reached a new stage itself.
    mutating func follow(_ alert: AlertRecord, _ finding: Finding, incident id: Int64, in db: Database) throws {
        let kind = finding.kind
        for chain in table.chains where chain.kinds.contains(kind.code) {
            if try join(chain, at: finding.attribution.victim, alert.time, in: db) { return }
        }
        // An incident that others were merged into takes alerts of more kinds than its own.
        guard let stage = kind.stage, let incident = try known.incident(id, in: db), incident.kind != kind.code.rawValue,
            !incident.stages.contains(stage)
        else { return }
        try write(only: [id], in: db)
        let stored = try IncidentStore.incident(id: id, in: db)
        guard !stored.stages.contains(where: { $0.stage == stage }) else { return }
        let stages = ReachedStage.union(stored.stages, [ReachedStage(stage: stage, kind: kind.code, at: alert.time)])
        try record(stored, stages, chain: nil, set: ["stages": .string(try ReachedStage.json(stages).canonicalText())], in: db)
        try known.reread([id], into: id, merged: [], in: db)
    }

    /// Puts the incidents on a host together when they make a chain. True when it did.
    private mutating func join(_ chain: IncidentChain, at victim: IPAddress, _ time: Timestamp, in db: Database) throws -> Bool {
        let window = chain.windowSeconds * 1_000_000
        let host = IncidentMemory.Host(address: victim, role: .victim)
        let parts = try incidents(of: host, from: time.microseconds - window, until: time.microseconds + window, in: db) {
            $0.supersededBy == nil && $0.state.isOpen && !$0.kinds.isDisjoint(with: chain.kinds)
        }
        guard parts.count > 1 else { return false }
        // No stage begins before the one that leads to it.
        var begun = Int64.min
        for need in chain.needs {
            guard let first = parts.filter({ !$0.kinds.isDisjoint(with: need) }).map(\.first).max(), first >= begun else {
                return false
            }
            begun = parts.filter { !$0.kinds.isDisjoint(with: need) }.map(\.first).min() ?? first
        }
        let ids = parts.map(\.id).sorted()
        try write(only: ids, in: db)
        let (target, merged) = try merge(chain, ids, in: db)
        try known.reread(ids, into: target, merged: merged, in: db)
        return true
    }

    /// - Returns: the incident that the others were merged into, and those.
    private func merge(_ chain: IncidentChain, _ ids: [Int64], in db: Database) throws -> (target: Int64, merged: [Int64]) {
        let actor = "sensor:\(sensor)"
        let all = try ids.map { try IncidentStore.incident(id: $0, in: db) }
        let touched = all.filter { $0.version > 1 }
        guard let target = touched.first ?? all.first else { return (0, []) }
        var merged: [Int64] = []
        for other in all where other.id != target.id {
            if other.version > 1 {
                try IncidentStore.link(target, other, reason: "chain: \(chain.code)", actor: actor, written, in: db)
            } else {
                try IncidentStore.merge(other, into: target, actor: actor, written, isPerson: false, in: db)
                merged.append(other.id)
            }
        }
        guard !merged.isEmpty else { return (target.id, []) }
        let stages = all.reduce(into: [ReachedStage]()) { $0 = ReachedStage.union($0, $1.stages) }
        var set: [String: JSONValue] = [:]
        if stages != target.stages { set["stages"] = .string(try ReachedStage.json(stages).canonicalText()) }
        // What a person has classified stays as the person said.
        if target.version == 1 {
            let categories = Set(all.flatMap { [$0.category] + $0.secondaryCategories }).subtracting([chain.category, "OTHER"])
            let secondary = categories.map(\.rawValue).sorted()
            let severity = min(chain.severity, all.map(\.severity).min() ?? chain.severity)
            if target.category != chain.category { set["category"] = .string(chain.category.rawValue) }
            if target.severity != severity { set["severity"] = .string(severity.rawValue) }
            if target.secondaryCategories.map(\.rawValue) != secondary {
                set["secondary_category"] = secondary.isEmpty ? .null : .string(secondary.joined(separator: ","))
            }
            if !target.titleVietnamese.hasPrefix(chain.vietnamese + ": ") {
                let parties = target.titleVietnamese.split(separator: ": ", maxSplits: 1).last.map(String.init) ?? ""
                set["title"] = .string("\(chain.vietnamese): \(parties)")
                set["title_en"] = .string("\(chain.english): \(parties)")
            }
        }
        if !set.isEmpty { try record(target, stages, chain: chain, set: set, in: db) }
        return (target.id, merged)
    }

    private func record(
        _ incident: Incident, _ stages: [ReachedStage], chain: IncidentChain?, set: [String: JSONValue], in db: Database
    ) throws {
        let change = IncidentChange(
            body: ["stages": .array(stages.map { .string($0.stage.rawValue) }), "chain": JSONValue(chain?.code)], set: set)
        try IncidentStore.apply(change, to: incident, "incident.staged", actor: "sensor:\(sensor)", written, isPerson: false, in: db)
    }
}

extension IncidentStore {
    static func incident(id: Int64, in db: Database) throws -> Incident {
        guard let row = try Row.fetchOne(db.cachedStatement(sql: "\(Incident.select) WHERE i.id = ?"), arguments: [id]) else {
            throw NotFoundError(.incident, String(id))
        }
        return Incident(row: row)
    }
}
