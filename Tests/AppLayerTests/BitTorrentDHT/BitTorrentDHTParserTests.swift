import Bytes
import Testing

@testable import AppLayer

@Suite struct BitTorrentDHTParserTests {
    private static let query = Array(
        "d1:ad2:id20:abcdefghij012345678912:implied_porti1e9:info_hash20:mnopqrstuvwxyz1234564:porti6881e5:token8:aoeusnthe1:q13:announce_peer1:t2:aa1:v4:UT011:y1:qe"
            .utf8)
    private static let nodes = Array(
        "d1:rd2:id20:0123456789abcdefghij5:nodes26:mnopqrstuvwxyz123456\u{01}\u{02}\u{03}\u{04}\u{1a}\u{0a}6:valuesl6:axje.uee1:t2:aa1:y1:re"
            .utf8)
    private static let failure = Array("d1:eli201e23:A Generic Error Ocurrede1:t2:aa1:y1:ee".utf8)

    @Test func messages() throws {
        let all = readDatagrams(
            [(.toServer, Self.query), (.toClient, Self.nodes), (.toClient, Self.failure)], BitTorrentDHTParser(limits: ParserLimits()))
        try #require(all.count == 3)
        #expect(
            eve(all[0])
                == #"{"bittorrent_dht":{"transaction_id":"6161","client_version":"55543031","request_type":"announce_peer","request":{"id":"6162636465666768696a30313233343536373839","info_hash":"6d6e6f707172737475767778797a313233343536","token":"616f6575736e7468","implied_port":1,"port":6881}}}"#
        )
        #expect(eve(all[1]).contains(#""nodes":[{"id":"6d6e6f707172737475767778797a313233343536","ip":"1.2.3.4","port":6666}]"#))
        #expect(eve(all[1]).contains(#""values":[{"ip":"97.120.106.101","port":11893}]"#))
        #expect(eve(all[2]).contains(#""error":{"num":201,"msg":"A Generic Error Ocurred"}"#))
        let events = all.flatMap(\.events)
        #expect(events.isEmpty)
    }

    @Test(arguments: [
        "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:y1:qe", "d1:ad2:id20:abcdefghij0123456789e1:q4:ping1:t2:aae", "d1:ad2:id2:ab",
        "d1:ad2:id20:abcdefghij012345678912:implied_porti9999ee1:q4:ping1:t2:aa1:y1:qe", "d1:ad2:id20:abcdefghij0123456789e1:ti01e1:y1:qe",
        "d1:ad2:id20:abcdefghij0123456789ld1:al1:aeeee",
    ])
    func malformed(text: String) throws {
        let all = readDatagrams([(.toServer, Array(text.utf8))], BitTorrentDHTParser(limits: ParserLimits()))
        try #require(all.count == 1)
        #expect(all[0].events == [0])
    }

    @Test func onlyTheFirstQueryTellsTheProtocol() {
        let query = Self.query
        let failure = Self.failure
        #expect(BitTorrentDHTParser.descriptor.probe(query.rawSpan, .toServer) == .certain)
        #expect(BitTorrentDHTParser.descriptor.probe(failure.rawSpan, .toServer) == .no)
        #expect(readDatagrams([(.toServer, Array("hello, world".utf8))], BitTorrentDHTParser(limits: ParserLimits())).isEmpty)
    }

    @Test func prefixesAndMutations() {
        exerciseDatagrams([(.toServer, Self.query), (.toClient, Self.nodes)], seed: 76) { BitTorrentDHTParser(limits: ParserLimits()) }
    }
}
