import Bytes
import Decode
import EVE
import Flow
import Foundation
import TestSupport
import Testing

@testable import Sensor

/// Floods against small caps: every table stays within its own, says that it acted, and the sensor goes on.
@Suite struct FloodTests {
    private func worker(_ change: (inout SensorConfiguration) -> Void = { _ in }) throws -> Worker {
        var configuration = SensorConfiguration()
        configuration.flowLimit = 2000
        configuration.tcp.memoryLimit = 1 << 20
        configuration.defragmentation.maxBytes = 1 << 20
        configuration.defragmentation.maxDatagrams = 500
        change(&configuration)
        return try Worker(configuration: configuration, rules: nil, outputs: [], verifiesChecksums: .off)
    }

    /// Feeds a flood, a hundred thousand packets a second, and looks at the bounds after every thousand.
    private func run(_ worker: Worker, _ kind: Flood.Kind, _ count: Int, connections: Int = 500) {
        var flood = Flood(kind, connections: connections)
        for index in 0..<count {
            let frame = flood.next()
            worker.process(
                frame.rawSpan, linkType: .ethernet, time: Timestamp(microseconds: 1_700_000_000_000_000 + Int64(index) * 10),
                number: UInt64(index + 1), wireLength: UInt32(frame.count))
            guard index % 1000 == 0 else { continue }
            #expect(worker.flows.count <= worker.flows.limit)
            #expect(worker.tcp.memory <= 1 << 20 + 1 << 16)
            #expect(worker.defragmenter.bytesHeld <= 1 << 20)
        }
    }

    private func number(_ worker: Worker, _ name: String) -> UInt64 { worker.statistics().value(name) }

    @Test(arguments: [Flood.Kind.syn, .udp, .dns])
    func flowsAreBounded(_ kind: Flood.Kind) throws {
        let worker = try worker()
        run(worker, kind, 12_000)
        #expect(worker.flows.count == 2000)
        #expect(worker.flows.evicted == UInt64(12_000 - 2000))
        #expect(worker.flows.emergencies.begun == 1 && worker.flows.emergencies.over == 0)
        #expect(worker.saidFull.isEmpty)
        #expect(number(worker, "flow.emerg_mode_entered") == 1)
        #expect(number(worker, "flow.memcap") == UInt64(2000 * FlowTable.bytesPerFlow))
        #expect(worker.saidFull.count == 1)
        #expect(worker.sessions.compactMap { $0 }.count <= 2000)
        // When it is over, the table says so, and everything is given back.
        worker.endAllFlows()
        #expect(worker.flows.count == 0 && worker.flows.emergencies.over == 1)
        #expect(worker.tcp.memory == 0 && worker.tcp.sessionCount == 0)
        #expect(worker.sessions.allSatisfy { $0 == nil })
    }

    @Test(arguments: [Flood.Kind.fragments, .fragments6])
    func fragmentsAreBounded(_ kind: Flood.Kind) throws {
        let few = try worker()
        run(few, kind, 5000)
        #expect(number(few, "defrag.max_trackers_reached") > 0)
        let little = try worker { $0.defragmentation.maxDatagrams = 100_000 }
        run(little, kind, 5000)
        #expect(number(little, "defrag.memcap_reached") > 0)
        let counted = try worker {
            $0.defragmentation.maxDatagrams = 100_000
            $0.defragmentation.maxHeld = 200
        }
        run(counted, kind, 5000)
        #expect(number(counted, "defrag.max_frags_reached") > 0)
        for worker in [few, little, counted] { #expect(worker.saidFull.count == 1 && number(worker, "defrag.evicted") > 0) }
    }

    /// Headers, lines and records that never end, and holes that are never filled.
    @Test(arguments: [Flood.Kind.http, .smtp, .tls, .holes])
    func streamsAreBounded(_ kind: Flood.Kind) throws {
        let worker = try worker()
        run(worker, kind, 22_000)
        #expect(worker.flows.count == 500)
        #expect(kind == .http || number(worker, "tcp.segment_memcap_drop") > 0 || worker.tcp.memory < 1 << 20)
        worker.endAllFlows()
        #expect(worker.tcp.memory == 0 && worker.flows.count == 0)
    }

    /// A connection that asks and asks keeps a bounded number of questions.
    @Test func transactionsAreBounded() throws {
        let worker = try worker()
        run(worker, .pipeline, 20_000, connections: 10)
        for session in worker.sessions { #expect((session?.parser?.transactions.count ?? 0) <= 512 + 1) }
    }

    /// What is closed keeps no room for more bytes, and late packets still belong to it.
    @Test func closedConnectionsAreSmall() throws {
        let worker = try worker { $0.tcp.memoryLimit = 64 << 20 }
        run(worker, .office, 8 * 1000)
        #expect(worker.flows.count == 1000)
        #expect(worker.tcp.memory < 1000 * 800)
        #expect(worker.counters.transactions == 1000)
    }

    @Test func capsComeFromTheConfiguration() throws {
        let path = NSTemporaryDirectory() + "vonggac-caps-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try "%YAML 1.1\n---\nflow:\n  memcap: 64mb\ndefrag:\n  memcap: 8mb\n  trackers: 900\n  max-frags: 5000\n  timeout: 20\n"
            .write(toFile: path, atomically: true, encoding: .utf8)
        let tree = try ConfigurationTree.load(path)
        let configuration = try SensorConfiguration(tree)
        #expect(configuration.flowLimit == 64 << 20 / FlowTable.bytesPerFlow)
        #expect(configuration.defragmentation.maxBytes == 8 << 20 && configuration.defragmentation.maxDatagrams == 900)
        #expect(configuration.defragmentation.maxHeld == 5000 && configuration.defragmentation.timeoutSeconds == 20)
    }
}
