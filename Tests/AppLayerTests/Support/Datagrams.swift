import Bytes
import TestSupport
import Testing

@testable import AppLayer

/// The bytes that hexadecimal text shows; blanks are passed over.
func hex(_ text: String) -> [UInt8] {
    let digits = text.utf8.compactMap(ASCII.hexValue)
    return stride(from: 0, to: digits.count - 1, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
}

/// Feeds datagrams one by one, each whole.
func readDatagrams(_ datagrams: [(FlowDirection, [UInt8])], _ parser: ProtocolParser) -> [Transaction] {
    for (direction, bytes) in datagrams {
        let result = parser.consume(bytes.rawSpan, direction, time: Timestamp(seconds: 1_700_000_000))
        #expect(result.consumed == bytes.count)
    }
    return parser.transactions
}

/// Every prefix of each datagram, and mutations; nothing may trap, neither the reading nor the log.
func exerciseDatagrams(_ datagrams: [(FlowDirection, [UInt8])], seed: UInt64, mutations: Int = 400, make: () -> ProtocolParser) {
    for (direction, bytes) in datagrams {
        for count in 0..<bytes.count {
            for transaction in readDatagrams([(direction, Array(bytes.prefix(count)))], make()) {
                #expect(eve(transaction).hasSuffix("}"))
            }
        }
    }
    var random = SeededGenerator(seed: seed)
    for _ in 0..<mutations {
        let mutated = Conversation(datagrams.map { (direction: $0.0, bytes: $0.1) }).mutated(&random)
        for transaction in readDatagrams(mutated.pieces.map { ($0.direction, $0.bytes) }, make()) {
            #expect(eve(transaction).hasSuffix("}"))
        }
    }
}
