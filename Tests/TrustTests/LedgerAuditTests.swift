import Bytes
import Digest
import Testing
import Trust

@Suite struct LedgerAuditTests {
    private func chain(_ count: Int64) throws -> [LedgerEvent] {
        var events: [LedgerEvent] = []
        for seq in 1...count {
            events.append(
                try LedgerEvent(
                    seq: seq, time: Timestamp(seconds: seq), kind: "incident.note", actor: "Lan", subject: "incident/VG-2026-0001",
                    body: ["text": .string("ghi chú \(seq)")], previous: events.last?.hash ?? LedgerEvent.origin))
        }
        return events
    }

    private func audit(_ events: [LedgerEvent], highest: Int64) -> [LedgerFinding] {
        var audit = LedgerAudit()
        for event in events { audit.add(event) }
        audit.finish(highest: highest)
        return audit.findings
    }

    /// The hash is over bytes that anybody can write down.
    @Test func hashIsOverCanonicalJSON() throws {
        let event = try chain(1)[0]
        let text =
            #"{"actor":"Lan","body":{"text":"ghi chú 1"},"kind":"incident.note","previous":"\#(String(repeating: "0", count: 64))","#
            + #""seq":1,"subject":"incident/VG-2026-0001","time":1000000}"#
        #expect(event.hash == SHA256Digest(of: Array(text.utf8)))
    }

    @Test func soundChain() throws { #expect(audit(try chain(5), highest: 5).isEmpty) }

    @Test func changed() throws {
        var events = try chain(5)
        events[2].actor = "Minh"
        #expect(audit(events, highest: 5) == [.changed(seq: 3)])
    }

    /// Somebody who also computes the hash anew is given away by the next entry.
    @Test func changedWithNewHash() throws {
        var events = try chain(5)
        events[2] = try LedgerEvent(
            seq: 3, time: events[2].time, kind: events[2].kind, actor: "Minh", subject: events[2].subject, body: events[2].body,
            previous: events[2].previous)
        #expect(audit(events, highest: 5) == [.broken(seq: 4)])
    }

    @Test func missing() throws {
        var events = try chain(6)
        events.removeSubrange(2...3)
        #expect(audit(events, highest: 6) == [.missing(from: 3, through: 4)])
    }

    @Test func missingAtTheEnd() throws {
        #expect(audit(Array(try chain(6).dropLast(2)), highest: 6) == [.missing(from: 5, through: 6)])
    }

    @Test func reordered() throws {
        var events = try chain(4)
        events.swapAt(1, 2)
        #expect(audit(events, highest: 4).contains(.reordered(seq: 2)))
    }

    @Test func swappedNumbers() throws {
        var events = try chain(4)
        (events[1].seq, events[2].seq) = (3, 2)
        events.swapAt(1, 2)
        #expect(audit(events, highest: 4).contains(.changed(seq: 2)))
        #expect(audit(events, highest: 4).contains(.changed(seq: 3)))
    }
}
