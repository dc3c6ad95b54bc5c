import GRDB
import Incidents
import Testing
import Trust

@Suite struct LedgerTests {
    private let scene: Scene
    private let store: IncidentStore

    init() throws {
        scene = try Scene()
        _ = try scene.incidents([alert(0, "198.51.100.7", "10.20.10.2", classType: "network-scan")])
        store = try scene.store()
        try store.confirm(IncidentCode(year: 2026, number: 1), by: Hand("Lan"))
        try store.note(IncidentCode(year: 2026, number: 1), "một", by: Hand("Lan"))
        try store.note(IncidentCode(year: 2026, number: 1), "hai", by: Hand("Lan"))
    }

    private func tamper(_ sql: String) throws -> [LedgerFinding] {
        try Tampering.run(sql, on: scene.path)
        return try store.auditLedger().findings
    }

    @Test func sound() throws {
        let audit = try store.auditLedger()
        #expect(audit.findings.isEmpty && audit.count == 7)
        #expect(try store.ledgerHead().hash == audit.head && store.ledgerHead().seq == 7)
    }

    @Test(arguments: [
        "UPDATE event SET actor = 'x' WHERE seq = 2", "DELETE FROM event WHERE seq = 2", "UPDATE alert SET message = 'x'",
        "INSERT INTO event SELECT seq + 10, seen_at, written_at, kind, actor, subject, body, previous, 'x' FROM event WHERE seq = 2",
        "DELETE FROM incident",
    ])
    func triggersRefuse(sql: String) throws {
        let queue = try DatabaseQueue.patient(scene.path)
        #expect(throws: DatabaseError.self) { try queue.write { try $0.execute(sql: sql) } }
    }

    @Test func changedActor() throws { #expect(try tamper("UPDATE event SET actor = 'Minh' WHERE seq = 5") == [.changed(seq: 5)]) }
    @Test func changedBody() throws {
        #expect(try tamper("UPDATE event SET body = replace(body, 'một', 'ba') WHERE seq = 6") == [.changed(seq: 6)])
    }
    @Test func changedTime() throws {
        #expect(try tamper("UPDATE event SET seen_at = seen_at + 1 WHERE seq = 3").contains(.changed(seq: 3)))
    }
    @Test func spacesInBody() throws { #expect(try tamper("UPDATE event SET body = body || ' ' WHERE seq = 5") == [.changed(seq: 5)]) }
    @Test func notEvenJSON() throws { #expect(try tamper("UPDATE event SET body = '{' WHERE seq = 6").contains(.changed(seq: 6))) }
    @Test func removed() throws { #expect(try tamper("DELETE FROM event WHERE seq = 6").contains(.missing(from: 6, through: 6))) }
    @Test func cutOff() throws { #expect(try tamper("DELETE FROM event WHERE seq > 5").contains(.missing(from: 6, through: 7))) }

    @Test func stateChangedBehindTheLedger() throws {
        #expect(
            try tamper("UPDATE incident SET state = 'false_alarm'")
                == [.row(table: "incident", key: "1", .changed([.init(column: "state", table: "false_alarm", ledger: "confirmed")]))])
    }

    /// What was cut off stays visible, also when the chain goes on.
    @Test func goesOnAfterCut() throws {
        _ = try tamper("DELETE FROM event WHERE seq > 5")
        try store.note(IncidentCode(year: 2026, number: 1), "ba", by: Hand("Lan"))
        #expect(try store.auditLedger().findings.contains(.missing(from: 6, through: 7)))
    }
}
