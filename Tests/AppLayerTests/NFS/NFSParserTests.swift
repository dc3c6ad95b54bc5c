import Bytes
import Testing

@testable import AppLayer

@Suite struct NFSParserTests {
    private static func word(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * UInt32($0))) } }
    private static func long(_ value: UInt32) -> [UInt8] { word(0) + word(value) }
    private static func opaque(_ bytes: [UInt8]) -> [UInt8] {
        word(UInt32(bytes.count)) + bytes + [UInt8](repeating: 0, count: (4 - bytes.count & 3) & 3)
    }
    private static func text(_ text: String) -> [UInt8] { opaque(Array(text.utf8)) }

    private static func call(_ xid: UInt32, _ version: UInt32, _ procedure: UInt32, _ arguments: [UInt8]) -> [UInt8] {
        let credentials = word(9) + text("box") + word(1000) + word(100) + word(0)
        return word(xid) + word(0) + word(2) + word(100_003) + word(version) + word(procedure) + word(1) + opaque(credentials) + word(0)
            + word(0) + arguments
    }

    private static func reply(_ xid: UInt32, _ results: [UInt8]) -> [UInt8] {
        word(xid) + word(1) + word(0) + word(0) + word(0) + word(0) + results
    }

    private static func framed(_ record: [UInt8]) -> [UInt8] { word(0x8000_0000 | UInt32(record.count)) + record }

    private static let handle = opaque([1, 2, 3, 4])
    private static let folder = opaque([9, 9, 9, 9])

    private static let version3: [(FlowDirection, [UInt8])] = [
        (.toServer, call(1, 3, 3, folder + text("report.doc"))), (.toClient, reply(1, word(0) + handle + word(0) + word(0))),
        (.toServer, call(2, 3, 6, handle + long(0) + word(100))),
        (.toClient, reply(2, word(0) + word(0) + word(5) + word(1) + text("hello"))),
        (.toServer, call(3, 3, 7, handle + long(0) + word(3) + word(0) + text("abc"))),
        (.toClient, reply(3, word(0) + word(0) + word(0) + word(3) + word(0) + long(0))),
        (.toServer, call(4, 3, 21, handle + long(0) + word(3))), (.toClient, reply(4, word(0))),
        (.toServer, call(5, 3, 14, folder + text("old") + folder + text("new"))), (.toClient, reply(5, word(13))),
    ]

    private func read(_ records: [(FlowDirection, [UInt8])], isStream: Bool = false) -> [NFSTransaction] {
        let parser = NFSParser(limits: ParserLimits(), isStream: isStream)
        let pieces = isStream ? records.map { ($0.0, Self.framed($0.1)) } : records
        return readDatagrams(pieces, parser).compactMap { $0 as? NFSTransaction }
    }

    @Test(arguments: [false, true])
    func version3Calls(isStream: Bool) throws {
        let all = read(Self.version3, isStream: isStream)
        try #require(all.count == 4)
        #expect(
            eve(all[0])
                == #"{"rpc":{"xid":1,"status":"ACCEPTED","auth_type":"UNIX","creds":{"machine_name":"box","uid":1000,"gid":100}},"nfs":{"version":3,"procedure":"LOOKUP","filename":"report.doc","hhash":"b63cfbcd","id":1,"file_tx":false,"type":"response","status":"OK"}}"#
        )
        #expect(numbers(all[0], .nfsProcedure, .toServer) == [3])
        #expect(numbers(all[0], .nfsVersion, .toServer) == [3])
        let got = try #require(all[1].files.first)
        #expect(got.content.bytes == Array("hello".utf8) && got.state == .closed && got.direction == .toClient)
        #expect(
            eve(all[1]).contains(
                #""file_tx":true,"type":"response","status":"OK","read":{"first":true,"last":true,"last_xid":2,"chunks":1}"#))
        let put = try #require(all[2].files.first)
        #expect(put.content.bytes == Array("abc".utf8) && put.state == .closed && put.direction == .toServer)
        #expect(put.name == Array("report.doc".utf8))
        #expect(numbers(all[2], .nfsProcedure, .toServer) == [7, 21])
        #expect(eve(all[3]).contains(#""status":"ERR_ACCES","rename":{"from":"old","to":"new"}"#))
        let complete = all.allSatisfy { $0.isComplete }
        #expect(complete)
    }

    @Test func namesOfDirectoryEntries() throws {
        let entries =
            Self.word(0) + Self.long(0) + Self.word(1) + Self.long(7) + Self.text("seen.txt") + Self.long(1) + Self.word(0)
            + Self.word(1) + Self.handle + Self.word(0) + Self.word(1)
        let all = read([
            (.toServer, Self.call(1, 3, 17, Self.folder + Self.long(0) + Self.long(0) + Self.word(512) + Self.word(4096))),
            (.toClient, Self.reply(1, Self.word(0) + entries)), (.toServer, Self.call(2, 3, 4, Self.handle + Self.word(1))),
        ])
        try #require(all.count == 2)
        #expect(all[1].fileName == Array("seen.txt".utf8))
    }

    @Test func version2() throws {
        let handle = [UInt8](repeating: 5, count: 32)
        let attributes = [UInt8](repeating: 0, count: 20) + Self.word(4) + [UInt8](repeating: 0, count: 44)
        let all = read([
            (.toServer, Self.call(1, 2, 6, handle + Self.word(0) + Self.word(4) + Self.word(4))),
            (.toClient, Self.reply(1, Self.word(0) + attributes + Self.text("data"))),
        ])
        try #require(all.count == 1)
        #expect(all[0].files.first?.content.bytes == Array("data".utf8) && all[0].isComplete)
    }

    private static let version4: [(FlowDirection, [UInt8])] = {
        let stateID = [UInt8](repeating: 1, count: 16)
        let open = word(18) + word(0) + word(2) + word(0) + long(1) + text("me") + word(0) + word(0) + text("plan.txt")
        let opened = word(18) + word(0) + stateID + [UInt8](repeating: 0, count: 20) + word(0) + word(0) + word(0)
        let write = word(38) + stateID + long(0) + word(2) + text("xyz")
        return [
            (.toServer, call(1, 4, 1, text("") + word(0) + word(3) + word(22) + folder + open + word(10))),
            (.toClient, reply(1, word(0) + text("") + word(3) + word(22) + word(0) + opened + word(10) + word(0) + handle)),
            (.toServer, call(2, 4, 1, text("") + word(0) + word(2) + word(22) + handle + write)),
            (.toServer, call(3, 4, 1, text("") + word(0) + word(2) + word(22) + folder + word(28) + text("gone"))),
            (.toClient, reply(3, word(2) + text("") + word(2) + word(22) + word(0) + word(28) + word(2))),
        ]
    }()

    @Test func version4Compounds() throws {
        let all = read(Self.version4, isStream: true)
        try #require(all.count == 2)
        #expect(all[0].fileName == Array("plan.txt".utf8))
        #expect(eve(all[0]).contains(#""procedure":"WRITE","filename":"plan.txt""#))
        #expect(eve(all[0]).contains(#""write":{"first":true,"last":true,"last_xid":2,"chunks":0}"#))
        #expect(eve(all[1]).contains(#""procedure":"REMOVE","filename":"gone""#))
        #expect(all[1].status == 2 && all[1].isComplete)
    }

    @Test func brokenRecordsAreNoted() throws {
        let all = read([(.toServer, Self.call(1, 3, 3, Self.folder + Self.text("x"))), (.toServer, Self.call(2, 3, 3, Self.word(99)))])
        try #require(all.count == 1)
        #expect(all[0].events == [NFSFields.Event.malformedData.rawValue])
    }

    @Test func probe() {
        let call = Self.call(1, 3, 3, [])
        let framed = Self.framed(call)
        let reply = Self.framed(Self.reply(1, Self.word(0)))
        let short = Array(framed.prefix(20))
        #expect(NFSParser.descriptor.probe(call.rawSpan, .toServer) == .certain)
        #expect(NFSParser.descriptor.probe(framed.rawSpan, .toServer) == .certain)
        #expect(NFSParser.descriptor.probe(short.rawSpan, .toServer) == .unsure)
        #expect(NFSParser.descriptor.probe(reply.rawSpan, .toClient) == .certain)
        #expect(NFSParser.descriptor.probe(reply.rawSpan, .toServer) == .no)
    }

    @Test func prefixesPiecesAndMutations() {
        let all = Self.version3 + Self.version4
        exerciseDatagrams(all, seed: 77) { NFSParser(limits: ParserLimits(), isStream: false) }
        exercise(Conversation(all.map { (direction: $0.0, bytes: Self.framed($0.1)) }), seed: 78, prefixStep: 3) {
            NFSParser(limits: ParserLimits(), isStream: true)
        }
    }
}
