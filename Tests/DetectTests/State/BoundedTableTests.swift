import Bytes
import Decode
import Flow
import TestSupport
import Testing

@testable import Detect

/// Floods of hosts against small tables: what rules remember stays within its bound, the newest is kept, and what went is counted.
@Suite struct BoundedTableTests {
    private func fill(_ table: inout BoundedTable<Int, Int64>, _ keys: Range<Int>, now: Int64 = 0) {
        for key in keys {
            table.makeRoom(for: key, isOver: { $0 < now }, time: { $0 })
            table[key] = Int64(key)
        }
    }

    @Test func theOlderHalfGoesAndIsCounted() {
        var table = BoundedTable<Int, Int64>(limit: 100)
        fill(&table, 0..<100)
        #expect(table.entries.count == 100 && table.evicted == 0)
        fill(&table, 100..<101)
        #expect(table.evicted == 51 && table.entries.keys.sorted() == Array(51...100))
        // What is there needs no room.
        fill(&table, 51..<101)
        #expect(table.evicted == 51)
    }

    @Test func whatIsOverGoesFirstAndIsNotCounted() {
        var table = BoundedTable<Int, Int64>(limit: 100)
        fill(&table, 0..<100)
        fill(&table, 100..<101, now: 60)
        #expect(table.evicted == 0 && table.entries.keys.sorted() == Array(60...100))
    }

    @Test func oneTimeForAllLeavesNone() {
        var table = BoundedTable<Int, Int64>(limit: 10)
        for key in 0..<11 {
            table.makeRoom(for: key, isOver: { _ in false }, time: { $0 })
            table[key] = 7
        }
        #expect(table.entries.count == 1 && table.evicted == 10)
    }

    @Test func thresholdsAreBounded() {
        var table = ThresholdTable(limit: 1000)
        let spec = ThresholdSpec(kind: .limit, track: .source, count: 1, seconds: 60)
        func judge(_ source: UInt32, _ milliseconds: Int64) -> ThresholdTable.Verdict {
            table.judge(
                spec, rule: SignatureID(signature: 1), slot: 0, source: IPAddress(v4: source), destination: .zero, flow: nil,
                now: Timestamp(microseconds: milliseconds * 1000))
        }
        for host in 0..<5000 { _ = judge(UInt32(host), Int64(host)) }
        #expect(table.evicted > 0 && table.evicted >= 4000)
        // The last is still counted, the first begins anew.
        let verdicts = [judge(4999, 5000), judge(0, 5000)]
        #expect(verdicts == [.suppressed, .alert])
        // Once their minute is over they make room by themselves.
        let evicted = table.evicted
        for host in 0..<900 { _ = judge(UInt32(10_000 + host), 200_000) }
        #expect(table.evicted == evicted)
    }

    @Test func bitsOfHostsAreBounded() {
        var bits = HostBits(limit: 1000)
        for host in 0..<5000 {
            bits.change(1, .source, .set, 3600, IPAddress(v4: UInt32(host)), .zero, Timestamp(seconds: Int64(host)))
        }
        let now = Timestamp(seconds: 5000)
        #expect(bits.evicted > 0)
        #expect(bits.isSet(1, .source, IPAddress(v4: 4999), .zero, now))
        #expect(!bits.isSet(1, .source, IPAddress(v4: 1400), .zero, now))
        // Clearing needs no room.
        let evicted = bits.evicted
        for host in 5000..<9000 { bits.change(1, .source, .unset, 0, IPAddress(v4: UInt32(host)), .zero, now) }
        #expect(bits.evicted == evicted)
    }

    /// Hosts that were tagged and never came back do not keep others from being tagged.
    @Test func tagsOfHostsAreBounded() {
        var tags = HostTags(limit: 1000)
        let spec = TagSpec(scope: .source, count: 5, metric: .packets)
        func packet(_ host: Int) -> Packet {
            var packet = Packet()
            packet.source = IPAddress(v4: UInt32(host))
            packet.time = Timestamp(seconds: Int64(host))
            return packet
        }
        for host in 0..<5000 { tags.add(spec, rule: SignatureID(signature: 1), packet(host)) }
        #expect(tags.evicted > 0)
        // The packet that raised the alert is not shown, the next is.
        let shown = [4999, 4999, 1, 1].map { tags.take(packet($0)) }
        #expect(shown == [false, true, false, false])
    }
}
