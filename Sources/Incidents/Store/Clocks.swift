import Bytes
import GRDB
import Trust

extension IncidentStore {
    /// Writes the deadlines that run for an incident now. New ones are added; one that is not met gets the new T0 and due time; one that is met
    /// stays as it is, and none is taken away (vn-compliance §9, "Re-classification").
    public func setClocks(_ clocks: [IncidentClock], for incident: IncidentCode, by hand: Hand) throws {
        let now = clock()
        try write { db in
            let row = try IncidentStore.incident(incident, in: db)
            for clock in clocks {
                let before = try Row.fetchOne(
                    db, sql: "SELECT t0, due, met_at FROM clock WHERE incident_id = ? AND code = ?", arguments: [row.id, clock.code])
                if let before {
                    if (before["met_at"] as Int64?) != nil || (before.time("t0") == clock.t0 && before.time("due") == clock.due) {
                        continue
                    }
                    try db.execute(
                        sql: "UPDATE clock SET t0 = ?, due = ?, profile = ? WHERE incident_id = ? AND code = ?",
                        arguments: [clock.t0.microseconds, clock.due?.microseconds, clock.profile, row.id, clock.code])
                } else {
                    try db.execute(
                        sql: "INSERT INTO clock (incident_id, code, profile, t0, due, seen_at, written_at) VALUES (?, ?, ?, ?, ?, ?, ?)",
                        arguments: [
                            row.id, clock.code, clock.profile, clock.t0.microseconds, clock.due?.microseconds, clock.t0.microseconds,
                            now.microseconds,
                        ])
                }
                try Ledger.append(
                    db, at: now, written: now, kind: before == nil ? "clock.started" : "clock.moved", actor: hand.actor,
                    subject: incident.subject,
                    body: [
                        "code": .string(clock.code), "profile": .string(clock.profile), "t0": .integer(clock.t0.microseconds),
                        "due": JSONValue(clock.due?.microseconds),
                    ])
            }
        }
    }

    /// Records that a deadline was met, and by which document.
    /// - Throws: ``HouseRuleError/clockMet(code:incident:)`` when it is met already.
    public func meetClock(_ code: String, of incident: IncidentCode, fulfilledBy: String, at time: Timestamp? = nil, by hand: Hand) throws {
        try fulfil(
            code, of: incident, by: Dispatch(document: fulfilledBy, recipient: "", sentAt: time ?? clock()), onlyOnce: true, hand)
    }

    /// Records that a document was sent for a deadline. The first one meets it; more recipients and later versions are added to the record.
    /// - Throws: ``NotFoundError`` when no such deadline runs for the incident.
    public func fulfil(_ code: String, of incident: IncidentCode, by dispatch: Dispatch, hand: Hand) throws {
        try fulfil(code, of: incident, by: dispatch, onlyOnce: false, hand)
    }

    private func fulfil(_ code: String, of incident: IncidentCode, by dispatch: Dispatch, onlyOnce: Bool, _ hand: Hand) throws {
        let now = clock()
        try write { db in
            let row = try checked(incident, hand, in: db)
            guard
                let found = try Row.fetchOne(
                    db, sql: "SELECT id, met_at FROM clock WHERE incident_id = ? AND code = ?", arguments: [row.id, code])
            else { throw NotFoundError(.clock, "\(incident) \(code)") }
            let isMet = (found["met_at"] as Int64?) != nil
            if isMet && onlyOnce { throw HouseRuleError.clockMet(code: code, incident: incident.description) }
            if !isMet {
                try db.execute(
                    sql: "UPDATE clock SET met_at = ?, fulfilled_by = ? WHERE id = ?",
                    arguments: [dispatch.sentAt.microseconds, dispatch.document, found["id"] as Int64])
            }
            try IncidentStore.insert(dispatch, clock: code, incident: row.id, duty: nil, hand, now, in: db)
            var body = dispatch.entry
            body["code"] = .string(code)
            if !isMet {
                body["fulfilled_by"] = .string(dispatch.document)
                body["met_at"] = .integer(dispatch.sentAt.microseconds)
            }
            try apply(IncidentChange(body: body), to: row, isMet ? "clock.sent" : "clock.met", hand, now, in: db)
        }
    }

    /// Starts a deadline that is no incident's. One that runs or is met already stays as it is.
    public func startDuty(_ duty: DutyClock, by hand: Hand) throws {
        let now = clock()
        try write { db in try IncidentStore.start(duty, hand, now, in: db) }
    }

    /// Records that a document was sent for a deadline that is no incident's, and starts that first where it is not on record yet.
    public func fulfil(_ duty: DutyClock, by dispatch: Dispatch, hand: Hand) throws {
        let now = clock()
        try write { db in
            try IncidentStore.start(duty, hand, now, in: db)
            let isMet = try Bool.fetchOne(
                db, sql: "SELECT met_at IS NOT NULL FROM duty_clock WHERE code = ? AND subject = ?", arguments: [duty.code, duty.subject])
            var body = dispatch.entry
            body["code"] = .string(duty.code)
            if isMet != true {
                try db.execute(
                    sql: "UPDATE duty_clock SET met_at = ?, fulfilled_by = ? WHERE code = ? AND subject = ?",
                    arguments: [dispatch.sentAt.microseconds, dispatch.document, duty.code, duty.subject])
                body["fulfilled_by"] = .string(dispatch.document)
                body["met_at"] = .integer(dispatch.sentAt.microseconds)
            }
            try IncidentStore.insert(dispatch, clock: duty.code, incident: nil, duty: duty.subject, hand, now, in: db)
            try Ledger.append(
                db, at: now, written: now, kind: isMet == true ? "clock.sent" : "clock.met", actor: hand.actor, subject: duty.ledgerSubject,
                body: .object(body))
        }
    }

    private static func start(_ duty: DutyClock, _ hand: Hand, _ now: Timestamp, in db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO duty_clock (code, profile, subject, t0, due, seen_at, written_at) VALUES (?, ?, ?, ?, ?, ?, ?)
                ON CONFLICT DO NOTHING
                """,
            arguments: [
                duty.code, duty.profile, duty.subject, duty.t0.microseconds, duty.due?.microseconds, duty.t0.microseconds, now.microseconds,
            ])
        guard db.changesCount > 0 else { return }
        try Ledger.append(
            db, at: now, written: now, kind: "clock.started", actor: hand.actor, subject: duty.ledgerSubject,
            body: [
                "code": .string(duty.code), "profile": .string(duty.profile), "t0": .integer(duty.t0.microseconds),
                "due": JSONValue(duty.due?.microseconds),
            ])
    }

    private static func insert(
        _ dispatch: Dispatch, clock: String, incident: Int64?, duty: String?, _ hand: Hand, _ now: Timestamp, in db: Database
    ) throws {
        try db.execute(
            sql: """
                INSERT INTO dispatch (incident_id, duty, clock, document, recipient, channel, proof, sent_by, seen_at, written_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                incident, duty, clock, dispatch.document, dispatch.recipient, dispatch.channel.rawValue, dispatch.proof, hand.actor,
                dispatch.sentAt.microseconds, now.microseconds,
            ])
    }

    /// Deadlines on record that are no incident's, the earliest due first.
    public func dutyClocks(open: Bool = false) throws -> [DutyClock] {
        try read { db in
            try Row.fetchAll(
                db, sql: "SELECT * FROM duty_clock \(open ? "WHERE met_at IS NULL" : "") ORDER BY due IS NULL, due, id"
            ).map {
                DutyClock(
                    code: $0["code"], profile: $0["profile"], subject: $0["subject"], t0: Timestamp(microseconds: $0["t0"]),
                    due: $0.time("due"), metAt: $0.time("met_at"), fulfilledBy: $0["fulfilled_by"])
            }
        }
    }

    /// Documents that were sent, the oldest first.
    public func dispatches(incident: IncidentCode? = nil, clock: String? = nil) throws -> [StoredDispatch] {
        var condition = Condition()
        condition.add("i.code = ?", incident?.description)
        condition.add("d.clock = ?", clock)
        return try read { db in
            try Row.fetchAll(
                db, sql: "\(StoredDispatch.select) \(condition.sql) ORDER BY d.seen_at, d.id", arguments: condition.arguments
            ).map(StoredDispatch.init(row:))
        }
    }
}

extension Dispatch {
    /// What a ledger entry says of it.
    fileprivate var entry: [String: JSONValue] {
        var body: [String: JSONValue] = [
            "document": .string(document), "channel": .string(channel.rawValue), "sent_at": .integer(sentAt.microseconds),
        ]
        if !recipient.isEmpty { body["recipient"] = .string(recipient) }
        if let proof { body["proof"] = .string(proof) }
        return body
    }
}
