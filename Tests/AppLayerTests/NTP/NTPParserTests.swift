import Bytes
import Testing

@testable import AppLayer

@Suite struct NTPParserTests {
    private static func datagram(_ first: UInt8, stratum: UInt8, _ tail: [UInt8] = []) -> [UInt8] {
        [first, stratum] + [UInt8](repeating: 0, count: 10) + Array("LOCL".utf8) + [UInt8](repeating: 0, count: 32) + tail
    }

    private static let exchange: [(FlowDirection, [UInt8])] = [
        (.toServer, datagram(0x23, stratum: 0)), (.toClient, datagram(0x1c, stratum: 2)),
    ]

    @Test func fields() throws {
        let all = readDatagrams(Self.exchange, NTPParser(limits: ParserLimits()))
        try #require(all.count == 2)
        #expect(numbers(all[0], .ntpVersion, .toServer) == [4])
        #expect(numbers(all[0], .ntpMode, .toServer) == [3])
        #expect(numbers(all[1], .ntpStratum, .toClient) == [2])
        #expect(texts(all[1], .ntpReferenceID, .toClient) == ["LOCL"])
        #expect(eve(all[1]) == #"{"ntp":{"version":3,"mode":4,"stratum":2,"reference_id":"4c:4f:43:4c"}}"#)
    }

    @Test(arguments: [
        ([], true), ([UInt8](repeating: 1, count: 20), true), ([UInt8](repeating: 1, count: 24), true), ([1, 2, 3], false),
        ([0, 1, 0, 28] + [UInt8](repeating: 0, count: 24), true), ([0, 1, 0, 99] + [UInt8](repeating: 0, count: 24), false),
    ])
    func extensionsAndDigests(tail: [UInt8], isValid: Bool) {
        let datagram = Self.datagram(0x23, stratum: 1, tail)
        #expect((NTPHeader(datagram.rawSpan) != nil) == isValid)
    }

    @Test func aBrokenDatagramIsNotedOnTheOneBefore() throws {
        let all = readDatagrams(Self.exchange + [(.toServer, [0x23, 0])], NTPParser(limits: ParserLimits()))
        try #require(all.count == 2)
        #expect(all[1].events == [NTPFields.Event.malformedData.rawValue])
    }

    @Test func prefixesAndMutations() { exerciseDatagrams(Self.exchange, seed: 72) { NTPParser(limits: ParserLimits()) } }
}
