import Bytes
import GRDB
import Trust

/// Who does it, and on what state of the incident they decided.
public struct Hand: Sendable {
    /// The person's name, as the ledger keeps it.
    public var actor: String
    /// ``Incident/version`` as it was read; nil to act on whatever it is now.
    public var version: Int64?

    public init(_ actor: String, version: Int64? = nil) {
        self.actor = actor
        self.version = version
    }
}

// What responders do with an incident. Each function checks the rules of the house, changes the row, counts up `version`, and appends
// the ledger entry, all in one transaction. Each returns the incident as it is afterwards.
extension IncidentStore {
    /// Says that it is a real incident.
    @discardableResult
    public func confirm(_ code: IncidentCode, note: String? = nil, by hand: Hand) throws -> Incident {
        try move(code, to: .confirmed, hand, body: ["note": JSONValue(note)])
    }

    /// Says that it was a false alarm; later alerts of the same kind and hosts join it instead of opening a new one.
    @discardableResult
    public func dismiss(_ code: IncidentCode, reason: String, by hand: Hand) throws -> Incident {
        try demand(reason, .reason, code)
        return try move(code, to: .falseAlarm, hand, body: ["reason": .string(reason)])
    }

    /// Says that it is the same as another incident.
    @discardableResult
    public func markDuplicate(_ code: IncidentCode, of other: IncidentCode, by hand: Hand) throws -> Incident {
        guard code != other else { throw HouseRuleError.mergeWithItself(code: code.description) }
        return try move(code, to: .duplicate, hand, body: ["of": .string(other.description)]) { db, incident in
            let target = try IncidentStore.incident(other, in: db)
            if let next = target.supersededBy { throw HouseRuleError.superseded(code: other.description, by: next.description) }
            try db.execute(sql: "UPDATE incident SET superseded_by = ? WHERE id = ?", arguments: [target.id, incident.id])
        }
    }

    /// Says that the harm no longer spreads.
    @discardableResult
    public func contain(_ code: IncidentCode, note: String? = nil, by hand: Hand) throws -> Incident {
        try move(code, to: .contained, hand, body: ["note": JSONValue(note)])
    }

    /// Says that the cause is removed.
    @discardableResult
    public func eradicate(_ code: IncidentCode, note: String? = nil, by hand: Hand) throws -> Incident {
        try move(code, to: .eradicated, hand, body: ["note": JSONValue(note)])
    }

    /// Says that the service is restored.
    @discardableResult
    public func recover(_ code: IncidentCode, note: String? = nil, by hand: Hand) throws -> Incident {
        try move(code, to: .recovered, hand, body: ["note": JSONValue(note)])
    }

    /// Ends the work. Demands a summary and how it was handled; an incident graver than M4 must have been contained.
    @discardableResult
    public func close(_ code: IncidentCode, summary: String, handlingMode: HandlingMode, by hand: Hand) throws -> Incident {
        try demand(summary, .summary, code)
        return try move(
            code, to: .closed, hand, body: ["summary": .string(summary), "handling_mode": .string(handlingMode.rawValue)]
        ) { db, incident in
            if incident.state == .confirmed && incident.severity < .m4 {
                throw HouseRuleError.transition(code: code.description, from: .confirmed, to: .closed)
            }
            try db.execute(
                sql: "UPDATE incident SET summary = ?, handling_mode = ? WHERE id = ?",
                arguments: [summary, handlingMode.rawValue, incident.id])
        }
    }

    /// Takes a closed incident up again (confirmed), or a dismissed one (new).
    @discardableResult
    public func reopen(_ code: IncidentCode, reason: String, by hand: Hand) throws -> Incident {
        try demand(reason, .reason, code)
        return try change(code, "incident.reopened", hand) { db, incident in
            let target: IncidentState
            switch incident.state {
            case .closed: target = .confirmed
            case .falseAlarm: target = .new
            default: throw HouseRuleError.transition(code: code.description, from: incident.state, to: .confirmed)
            }
            try db.execute(
                sql: "UPDATE incident SET state = ?, closed_at = NULL WHERE id = ?", arguments: [target.rawValue, incident.id])
            return ["reason": .string(reason), "state": .string(target.rawValue), "from": .string(incident.state.rawValue)]
        }
    }

    /// Gives the incident to a person; nil takes it from whoever has it.
    @discardableResult
    public func assign(_ code: IncidentCode, to person: String?, by hand: Hand) throws -> Incident {
        try change(code, "incident.assigned", hand) { db, incident in
            try db.execute(sql: "UPDATE incident SET assignee = ? WHERE id = ?", arguments: [person, incident.id])
            return ["assignee": JSONValue(person), "before": JSONValue(incident.assignee)]
        }
    }

    /// Writes a note on the timeline.
    @discardableResult
    public func note(_ code: IncidentCode, _ text: String, by hand: Hand) throws -> Incident {
        try demand(text, .reason, code)
        return try change(code, "incident.note", hand) { _, _ in ["text": .string(text)] }
    }

    /// Puts the incident under a legal hold, or takes it from it: while it lasts, nothing of it is deleted.
    @discardableResult
    public func hold(_ code: IncidentCode, _ isHeld: Bool = true, reason: String, by hand: Hand) throws -> Incident {
        try demand(reason, .reason, code)
        return try change(code, isHeld ? "incident.held" : "incident.released", hand) { db, incident in
            try db.execute(sql: "UPDATE incident SET held = ? WHERE id = ?", arguments: [isHeld, incident.id])
            return ["reason": .string(reason)]
        }
    }

    /// Changes what the incident is; what is nil stays as it is. The reason is kept.
    @discardableResult
    public func classify(
        _ code: IncidentCode, category: CategoryCode? = nil, secondary: CategoryCode? = nil, severity: Severity? = nil,
        flags: IncidentFlags? = nil, reason: String, by hand: Hand
    ) throws -> Incident {
        try demand(reason, .reason, code)
        return try change(code, "incident.classified", hand) { db, incident in
            try db.execute(
                sql: "UPDATE incident SET category = ?, secondary_category = ?, severity = ?, flags = ? WHERE id = ?",
                arguments: [
                    (category ?? incident.category).rawValue, (secondary ?? incident.secondaryCategory)?.rawValue,
                    (severity ?? incident.severity).rawValue, (flags ?? incident.flags).rawValue, incident.id,
                ])
            var body: [String: JSONValue] = ["reason": .string(reason)]
            if let category { body["category"] = .array([.string(incident.category.rawValue), .string(category.rawValue)]) }
            if let secondary {
                body["secondary_category"] = .array([JSONValue(incident.secondaryCategory?.rawValue), .string(secondary.rawValue)])
            }
            if let severity { body["severity"] = .array([.string(incident.severity.rawValue), .string(severity.rawValue)]) }
            if let flags { body["flags"] = .array([IncidentStore.names(incident.flags), IncidentStore.names(flags)]) }
            return .object(body)
        }
    }

    /// Puts the alerts, hosts and evidence of `code` into `target`; `code` becomes its duplicate.
    @discardableResult
    public func merge(_ code: IncidentCode, into target: IncidentCode, by hand: Hand) throws -> Incident {
        guard code != target else { throw HouseRuleError.mergeWithItself(code: code.description) }
        let now = clock()
        return try write { db in
            let from = try checked(code, hand, in: db)
            let to = try checked(target, Hand(hand.actor), in: db)
            guard to.state != .falseAlarm, to.state != .closed else {
                throw HouseRuleError.transition(code: target.description, from: to.state, to: .confirmed)
            }
            try db.execute(sql: "UPDATE incident_alert SET incident_id = ? WHERE incident_id = ?", arguments: [to.id, from.id])
            try IncidentStore.moveCounts(from: from.id, to: to.id, in: db)
            try db.execute(sql: "UPDATE evidence SET incident_id = ? WHERE incident_id = ?", arguments: [to.id, from.id])
            try db.execute(
                sql: """
                    INSERT INTO incident_host (incident_id, role, address, agency_id, seen_at, last_seen_at, alerts, written_at)
                    SELECT ?, role, address, agency_id, seen_at, last_seen_at, alerts, ? FROM incident_host WHERE incident_id = ?
                    ON CONFLICT DO UPDATE SET seen_at = min(seen_at, excluded.seen_at), last_seen_at = max(last_seen_at, excluded.last_seen_at),
                      alerts = alerts + excluded.alerts
                    """, arguments: [to.id, now.microseconds, from.id])
            try db.execute(
                sql: """
                    UPDATE incident SET alert_count = alert_count + ?, seen_at = min(seen_at, ?), last_seen_at = max(last_seen_at, ?),
                      version = version + 1, acknowledged_at = coalesce(acknowledged_at, ?) WHERE id = ?
                    """,
                arguments: [
                    from.alertCount, from.firstSeen.microseconds, from.lastSeen.microseconds, now.microseconds, to.id,
                ])
            try db.execute(
                sql: """
                    UPDATE incident SET state = 'duplicate', superseded_by = ?, alert_count = 0, version = version + 1,
                      acknowledged_at = coalesce(acknowledged_at, ?) WHERE id = ?
                    """, arguments: [to.id, now.microseconds, from.id])
            try Ledger.append(
                db, at: now, written: now, kind: "incident.duplicate", actor: hand.actor, subject: code.subject,
                body: ["state": "duplicate", "from": .string(from.state.rawValue), "of": .string(target.description), "merged": true])
            try Ledger.append(
                db, at: now, written: now, kind: "incident.merged", actor: hand.actor, subject: target.subject,
                body: ["with": .string(code.description), "alerts": JSONValue(from.alertCount)])
            return try IncidentStore.incident(target, in: db)
        }
    }

    /// Says that two incidents have to do with each other.
    public func link(_ code: IncidentCode, with other: IncidentCode, by hand: Hand) throws {
        guard code != other else { throw HouseRuleError.mergeWithItself(code: code.description) }
        let now = clock()
        try write { db in
            let first = try checked(code, hand, in: db)
            let second = try IncidentStore.incident(other, in: db)
            try db.execute(
                sql: "INSERT INTO incident_link (first_id, second_id, seen_at, written_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                arguments: [min(first.id, second.id), max(first.id, second.id), now.microseconds, now.microseconds])
            guard db.changesCount > 0 else { return }
            for (subject, with) in [(code, other), (other, code)] {
                try Ledger.append(
                    db, at: now, written: now, kind: "incident.linked", actor: hand.actor, subject: subject.subject,
                    body: ["with": .string(with.description)])
            }
        }
    }

    /// Records an incident that a person reports. It begins as new, as a candidate of the sensor does.
    public func report(_ report: IncidentReport, by hand: Hand) throws -> Incident {
        let now = clock()
        return try write { db in
            var agency: Int64?
            if let code = report.agency {
                agency = try Int64.fetchOne(db, sql: "SELECT id FROM agency WHERE code = ?", arguments: [code])
                if agency == nil { throw NotFoundError(.agency, code) }
            }
            let opened = try IncidentOpening(
                kind: nil, category: report.category, severity: report.severity, agencyID: agency, titleVietnamese: report.title,
                titleEnglish: report.title, firstSeen: report.noticedAt, lastSeen: report.noticedAt
            ).insert(
                db, actor: hand.actor, written: now,
                body: ["description": .string(report.description), "reported": true, "agency": JSONValue(report.agency)])
            return try IncidentStore.incident(opened.code, in: db)
        }
    }

    // MARK: What all of them share

    private static func names(_ flags: IncidentFlags) -> JSONValue { .array(flags.names.map(JSONValue.string)) }

    private func demand(_ text: String, _ requirement: HouseRuleError.Requirement, _ code: IncidentCode) throws {
        guard text.contains(where: { !$0.isWhitespace }) else { throw HouseRuleError.missing(code: code.description, requirement) }
    }

    /// The incident, when it may be worked on by this hand.
    func checked(_ code: IncidentCode, _ hand: Hand, in db: Database) throws -> Incident {
        try demand(hand.actor, .actor, code)
        let incident = try IncidentStore.incident(code, in: db)
        if let other = incident.supersededBy { throw HouseRuleError.superseded(code: code.description, by: other.description) }
        if let expected = hand.version, expected != incident.version {
            throw HouseRuleError.changedMeanwhile(code: code.description, expected: expected, found: incident.version)
        }
        return incident
    }

    /// Runs one change with its ledger entry.
    private func change(
        _ code: IncidentCode, _ kind: String, _ hand: Hand, _ body: (Database, Incident) throws -> JSONValue
    ) throws -> Incident {
        let now = clock()
        return try write { db in
            let incident = try checked(code, hand, in: db)
            let entry = try body(db, incident)
            try db.execute(
                sql: "UPDATE incident SET version = version + 1, acknowledged_at = coalesce(acknowledged_at, ?) WHERE id = ?",
                arguments: [now.microseconds, incident.id])
            try Ledger.append(db, at: now, written: now, kind: kind, actor: hand.actor, subject: code.subject, body: entry)
            return try IncidentStore.incident(code, in: db)
        }
    }

    /// Leads an incident to another state, when there is a way.
    private func move(
        _ code: IncidentCode, to state: IncidentState, _ hand: Hand, body: [String: JSONValue],
        _ more: (Database, Incident) throws -> Void = { _, _ in }
    ) throws -> Incident {
        let now = clock()
        return try change(code, "incident.\(state.rawValue)", hand) { db, incident in
            guard incident.state.successors.contains(state), !(incident.state == .closed || incident.state == .falseAlarm) else {
                throw HouseRuleError.transition(code: code.description, from: incident.state, to: state)
            }
            try more(db, incident)
            try db.execute(
                sql: "UPDATE incident SET state = ? WHERE id = ?", arguments: [state.rawValue, incident.id])
            if let column = IncidentStore.moment(of: state) {
                try db.execute(
                    sql: "UPDATE incident SET \(column) = coalesce(\(column), ?) WHERE id = ?", arguments: [now.microseconds, incident.id])
            }
            var entry = body.filter { $0.value != .null }
            entry["state"] = .string(state.rawValue)
            entry["from"] = .string(incident.state.rawValue)
            return .object(entry)
        }
    }

    /// The column that says when a state was reached.
    private static func moment(of state: IncidentState) -> String? {
        switch state {
        case .confirmed: "confirmed_at"
        case .contained: "contained_at"
        case .eradicated: "eradicated_at"
        case .recovered: "recovered_at"
        case .closed: "closed_at"
        case .new, .falseAlarm, .duplicate: nil
        }
    }
}
