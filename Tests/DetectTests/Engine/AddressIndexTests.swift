import Bytes
import TestSupport
import Testing

@testable import Detect

@Suite struct AddressIndexTests {
    private func signature(_ source: AddressSet, _ destination: AddressSet) -> Signature {
        let info = SignatureInfo(
            message: "", classType: "", classText: "", priority: 3, references: [], metadata: [], target: nil,
            position: .init(file: "test", line: 1, column: 1), text: "")
        var signature = Signature(id: SignatureID(signature: 1), info: info)
        signature.source = source
        signature.destination = destination
        return signature
    }

    private func index(_ rules: [Signature]) -> AddressIndex {
        var sets = RuleSets()
        let summaries = rules.map { RuleSummary($0, &sets) }
        let facts = summaries.enumerated().map {
            RuleFacts(id: $1.id, kind: $1.kind, directions: $1.directions, flags: $1.flags, payloadSizes: .every, record: UInt32($0))
        }
        return AddressIndex(rules.indices.map { UInt32($0) }, summaries.map(\.header), facts, sets)
    }

    private func set(_ ranges: [(UInt32, UInt32)]) -> AddressSet {
        AddressSet(ranges: ranges.map { AddressSet.Range(first: IPAddress(v4: $0.0), last: IPAddress(v4: $0.1)) })
    }

    /// Every rule whose lists hold the packet's addresses is found, and each at most once.
    @Test func findsTheRulesThatListAnAddress() {
        var random = SeededGenerator(seed: 7)
        var rules: [Signature] = []
        for _ in 0..<200 {
            var ranges: [(UInt32, UInt32)] = []
            var at: UInt32 = 0
            for _ in 0..<Int.random(in: 1...6, using: &random) {
                let first = at + UInt32.random(in: 1...60, using: &random)
                let last = first + UInt32.random(in: 0...40, using: &random)
                ranges.append((first, last))
                at = last + 1
            }
            let list = set(ranges)
            switch Int.random(in: 0..<4, using: &random) {
            case 0: rules.append(signature(.any, list))
            case 1: rules.append(signature(list, set([(0, 255)])))
            case 2: rules.append(signature(.any, .any))
            default: rules.append(signature(list, .any))
            }
        }
        let index = index(rules)
        for _ in 0..<2000 {
            let source = IPAddress(v4: UInt32.random(in: 0...400, using: &random))
            let destination = IPAddress(v4: UInt32.random(in: 0...400, using: &random))
            var found: [UInt32] = []
            index.look(source: source, destination: destination) { found.append($0) }
            #expect(Set(found).count == found.count)
            for (rule, signature) in rules.enumerated()
            where signature.source.contains(source) && signature.destination.contains(destination) {
                #expect(found.contains(UInt32(rule)))
            }
        }
    }

    @Test func theLastAddressEndsAList() {
        let last = IPAddress(high: .max, low: .max)
        let index = index([signature(AddressSet(ranges: [.init(first: last, last: last)]), .any)])
        var found: [UInt32] = []
        index.look(source: last, destination: .zero) { found.append($0) }
        index.look(source: .zero, destination: .zero) { found.append($0 + 100) }
        #expect(found == [0])
    }
}
