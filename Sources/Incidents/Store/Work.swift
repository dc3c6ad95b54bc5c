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
        return try move(code, to: .duplicate, hand, body: ["of": .string(other.description)]) { db, _ in
            let target = try IncidentStore.incident(other, in: db)
            if let next = target.supersededBy { throw HouseRuleError.superseded(code: other.description, by: next.description) }
            return ["superseded_by": .string(other.description)]
        }
    }

    /// Says that the harm no longer spreads. Demands a note of what was done: reports quote it.
    @discardableResult
    public func contain(_ code: IncidentCode, note: String?, by hand: Hand) throws -> Incident {
        try move(code, to: .contained, hand, body: ["note": JSONValue(note)]) { _, _ in
            try demand(note ?? "", .note, code)
            return [:]
        }
    }

    /// Says that the cause is removed. Demands a note of what was done.
    @discardableResult
    public func eradicate(_ code: IncidentCode, note: String?, by hand: Hand) throws -> Incident {
        try move(code, to: .eradicated, hand, body: ["note": JSONValue(note)]) { _, _ in
            try demand(note ?? "", .note, code)
            return [:]
        }
    }

    /// Says that the service is restored. Demands a note of what was done.
    @discardableResult
    public func recover(_ code: IncidentCode, note: String?, by hand: Hand) throws -> Incident {
        try move(code, to: .recovered, hand, body: ["note": JSONValue(note)]) { _, _ in
            try demand(note ?? "", .note, code)
            return [:]
        }
    }

    /// Ends the work. Demands a summary and how it was handled; an incident graver than M4 must have been contained; no task may be open and
    /// no playbook running.
    /// - Parameter handlingMode: nil where ``setHandling(_:_:helper:by:)`` said it before.
    @discardableResult
    public func close(_ code: IncidentCode, summary: String, handlingMode: HandlingMode?, by hand: Hand) throws -> Incident {
        try demand(summary, .summary, code)
        return try move(code, to: .closed, hand, body: [:]) { db, incident in
            if incident.state == .confirmed && incident.severity < .m4 {
                throw HouseRuleError.transition(code: code.description, from: .confirmed, to: .closed)
            }
            guard let mode = handlingMode ?? incident.handlingMode else {
                throw HouseRuleError.missing(code: code.description, .handlingMode)
            }
            let tasks = try Int.fetchAll(
                db, sql: "SELECT number FROM task WHERE incident_id = ? AND state = 'open' ORDER BY number", arguments: [incident.id])
            if !tasks.isEmpty { throw HouseRuleError.tasksOpen(code: code.description, numbers: tasks) }
            let run = try Int64.fetchOne(
                db, sql: "SELECT id FROM playbook_run WHERE incident_id = ? AND ended_at IS NULL ORDER BY id LIMIT 1",
                arguments: [incident.id])
            if let run { throw HouseRuleError.runOpen(code: code.description, run: run) }
            return ["summary": .string(summary), "handling_mode": .string(mode.rawValue)]
        }
    }

    /// Takes a closed incident up again (confirmed), or a dismissed one (new).
    @discardableResult
    public func reopen(_ code: IncidentCode, reason: String, by hand: Hand) throws -> Incident {
        try demand(reason, .reason, code)
        return try change(code, "incident.reopened", hand) { _, incident in
            let target: IncidentState
            switch incident.state {
            case .closed: target = .confirmed
            case .falseAlarm: target = .new
            default: throw HouseRuleError.transition(code: code.description, from: incident.state, to: .confirmed)
            }
            return IncidentChange(
                body: ["reason": .string(reason), "state": .string(target.rawValue), "from": .string(incident.state.rawValue)],
                set: ["state": .string(target.rawValue), "closed_at": .null])
        }
    }

    /// Gives the incident to a person; nil takes it from whoever has it.
    @discardableResult
    public func assign(_ code: IncidentCode, to person: String?, by hand: Hand) throws -> Incident {
        try change(code, "incident.assigned", hand) { _, incident in
            IncidentChange(
                body: ["assignee": JSONValue(person), "before": JSONValue(incident.assignee)], set: ["assignee": JSONValue(person)])
        }
    }

    /// Writes a note on the timeline.
    @discardableResult
    public func note(_ code: IncidentCode, _ text: String, by hand: Hand) throws -> Incident {
        try demand(text, .text, code)
        return try change(code, "incident.note", hand) { _, _ in IncidentChange(body: ["text": .string(text)]) }
    }

    /// Says who handles it: the columns of TT 20/2017 Mẫu 05.
    /// - Parameter helper: who helps, where somebody does.
    @discardableResult
    public func setHandling(_ code: IncidentCode, _ mode: HandlingMode, helper: String? = nil, by hand: Hand) throws -> Incident {
        try change(code, "incident.handling", hand) { _, _ in
            IncidentChange(
                body: ["handling_mode": .string(mode.rawValue), "helper": JSONValue(helper)],
                set: ["handling_mode": .string(mode.rawValue), "helper": JSONValue(helper)])
        }
    }

    /// Puts the incident under a legal hold, or takes it from it: while it lasts, nothing of it is deleted.
    @discardableResult
    public func hold(_ code: IncidentCode, _ isHeld: Bool = true, reason: String, by hand: Hand) throws -> Incident {
        try demand(reason, .reason, code)
        return try change(code, isHeld ? "incident.held" : "incident.released", hand) { _, _ in
            IncidentChange(body: ["reason": .string(reason)], set: ["held": .integer(isHeld ? 1 : 0)])
        }
    }

    /// Changes what the incident is; what is nil stays as it is. The reason is kept.
    ///
    /// - Parameters:
    ///   - secondary: further categories; the primary one alone counts in TT 20/2017 Mẫu 05.
    ///   - flags: all that hold from now on.
    ///   - since: when what a flag says was detected: its own T0. Without it the incident's T0 counts, which is the earlier and safer
    ///     one; for ``IncidentFlags/beyondCapability`` it is now, since that is a judgement of people.
    @discardableResult
    public func classify(
        _ code: IncidentCode, category: CategoryCode? = nil, secondary: [CategoryCode]? = nil, severity: Severity? = nil,
        flags: IncidentFlags? = nil, since: [IncidentFlags: Timestamp] = [:], reason: String, by hand: Hand
    ) throws -> Incident {
        try demand(reason, .reason, code)
        let now = clock()
        return try change(code, "incident.classified", hand) { _, incident in
            var change = IncidentChange(body: ["reason": .string(reason)])
            if let category {
                change.body["category"] = .array([.string(incident.category.rawValue), .string(category.rawValue)])
                change.set["category"] = .string(category.rawValue)
            }
            if let secondary {
                let primary = category ?? incident.category
                let codes = secondary.filter { $0 != primary }
                change.body["secondary_category"] = .array([
                    .array(incident.secondaryCategories.map { .string($0.rawValue) }), .array(codes.map { .string($0.rawValue) }),
                ])
                change.set["secondary_category"] = codes.isEmpty ? .null : .string(codes.map(\.rawValue).joined(separator: ","))
            }
            if let severity {
                change.body["severity"] = .array([.string(incident.severity.rawValue), .string(severity.rawValue)])
                change.set["severity"] = .string(severity.rawValue)
            }
            if flags != nil || !since.isEmpty {
                let flags = flags ?? incident.flags
                var times = incident.flagTimes.filter { flags.contains($0.key) }
                for (flag, time) in since where flags.contains(flag) { times[flag] = time }
                if flags.contains(.beyondCapability), times[.beyondCapability] == nil { times[.beyondCapability] = now }
                change.body["flags"] = .array([IncidentStore.names(incident.flags), IncidentStore.names(flags)])
                change.body["flag_times"] = IncidentFlags.json(times)
                change.set["flags"] = .integer(flags.rawValue)
                change.set["flag_times"] = .string(try IncidentFlags.json(times).canonicalText())
            }
            return change
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
                kind: nil, category: report.category, severity: report.severity, agencyID: agency, agency: report.agency,
                titleVietnamese: report.title, titleEnglish: report.title, reportedBy: report.sender, firstSeen: report.noticedAt,
                lastSeen: report.noticedAt
            ).insert(db, actor: hand.actor, written: now, body: ["description": .string(report.description), "reported": true])
            return try IncidentStore.incident(opened.code, in: db)
        }
    }

    // MARK: What all of them share

    private static func names(_ flags: IncidentFlags) -> JSONValue { .array(flags.names.map(JSONValue.string)) }

    func demand(_ text: String, _ requirement: HouseRuleError.Requirement, _ code: IncidentCode) throws {
        guard text.contains(where: { !$0.isWhitespace }) else { throw HouseRuleError.missing(code: code.description, requirement) }
    }

    /// The incident, when it may be worked on by this hand.
    func checked(_ code: IncidentCode, _ hand: Hand, in db: Database) throws -> Incident {
        try demand(hand.actor, .actor, code)
        let incident = try IncidentStore.incident(code, in: db)
        if let other = incident.supersededBy { throw HouseRuleError.superseded(code: code.description, by: other.description) }
        try expect(hand, incident, in: db)
        return incident
    }

    /// Refuses when somebody else changed the incident since it was read, and says who.
    func expect(_ hand: Hand, _ incident: Incident, in db: Database) throws {
        guard let expected = hand.version, expected != incident.version else { return }
        let last = try Row.fetchOne(
            db, sql: "SELECT actor, kind, seen_at FROM event WHERE subject = ? AND kind NOT LIKE 'clock.%' ORDER BY seq DESC LIMIT 1",
            arguments: [incident.code.subject])
        throw HouseRuleError.changedMeanwhile(
            code: incident.code.description, expected: expected, found: incident.version,
            last: last.map {
                "\($0["actor"] as String), \($0["kind"] as String), \(LocalTime.text(Timestamp(microseconds: $0["seen_at"])))"
            })
    }

    /// Runs one change with its ledger entry.
    func change(_ code: IncidentCode, _ kind: String, _ hand: Hand, _ body: (Database, Incident) throws -> IncidentChange) throws
        -> Incident
    {
        let now = clock()
        return try write { db in
            let incident = try checked(code, hand, in: db)
            try apply(try body(db, incident), to: incident, kind, hand, now, in: db)
            return try IncidentStore.incident(code, in: db)
        }
    }

    /// Leads an incident to another state, when there is a way.
    /// - Parameter more: what else the row gets, once the way is known to be open.
    private func move(
        _ code: IncidentCode, to state: IncidentState, _ hand: Hand, body: [String: JSONValue],
        _ more: (Database, Incident) throws -> [String: JSONValue] = { _, _ in [:] }
    ) throws -> Incident {
        let now = clock()
        return try change(code, "incident.\(state.rawValue)", hand) { db, incident in
            guard incident.state.successors.contains(state), !(incident.state == .closed || incident.state == .falseAlarm) else {
                throw HouseRuleError.transition(code: code.description, from: incident.state, to: state)
            }
            var change = IncidentChange(body: body, set: try more(db, incident))
            change.body["state"] = .string(state.rawValue)
            change.body["from"] = .string(incident.state.rawValue)
            for (name, value) in change.set where name != "superseded_by" { change.body[name] = value }
            change.set["state"] = .string(state.rawValue)
            if let (column, before) = IncidentStore.moment(of: state, incident), before == nil {
                change.set[column] = .integer(now.microseconds)
            }
            return change
        }
    }

    /// The column that says when a state was reached, and what it holds.
    private static func moment(of state: IncidentState, _ incident: Incident) -> (column: String, before: Timestamp?)? {
        switch state {
        case .confirmed: ("confirmed_at", incident.confirmedAt)
        case .contained: ("contained_at", incident.containedAt)
        case .eradicated: ("eradicated_at", incident.eradicatedAt)
        case .recovered: ("recovered_at", incident.recoveredAt)
        case .closed: ("closed_at", incident.closedAt)
        case .new, .falseAlarm, .duplicate: nil
        }
    }
}
