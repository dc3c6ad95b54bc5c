import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct DNP3ParserTests {
    private static func sealed(_ block: [UInt8]) -> [UInt8] {
        let sum = DNP3Link.checksum(block.rawSpan)
        return block + [UInt8(sum & 255), UInt8(sum >> 8)]
    }

    /// A link frame: master 1 and outstation 10.
    private static func frame(_ data: [UInt8], toServer: Bool = true) -> [UInt8] {
        let ends: [UInt8] = toServer ? [10, 0, 1, 0] : [1, 0, 10, 0]
        var frame = sealed([5, 0x64, UInt8(data.count + 5), toServer ? 0xc4 : 0x44] + ends)
        for start in stride(from: 0, to: data.count, by: 16) { frame += sealed(Array(data[start..<min(start + 16, data.count)])) }
        return frame
    }
    private static func request(_ function: UInt8, _ objects: [UInt8] = [], transport: UInt8 = 0xc0) -> [UInt8] {
        frame([transport, 0xc3, function] + objects)
    }
    private static func response(_ objects: [UInt8], function: UInt8 = 129, indications: [UInt8] = [0x90, 0]) -> [UInt8] {
        frame([0xc0, 0xc3, function] + indications + objects, toServer: false)
    }

    private func run(_ pieces: [(FlowDirection, [UInt8])], limits: ParserLimits = ParserLimits()) -> ParserRun {
        let run = ParserRun(DNP3Parser(limits: limits))
        run.feed(Conversation(pieces.map { (direction: $0.0, bytes: $0.1) }))
        return run
    }

    /// A read of class data, binary inputs with flags, a counter, packed bits, an analog value and an octet-sized file block.
    private var conversation: [(FlowDirection, [UInt8])] {
        [
            (.toServer, Self.request(1, [60, 2, 6, 60, 3, 6])),
            (
                .toClient,
                Self.response([1, 2, 0, 3, 4, 0x81, 0x01] + [20, 1, 0x17, 1, 9, 0x01, 1, 0, 0, 0] + [1, 1, 0, 0, 9, 0xa5, 0x02])
            ),
            (.toClient, Self.response([30, 5, 0, 7, 7, 1, 0, 0, 0xc0, 0x3f], function: 130, indications: [0, 0])),
            (.toServer, Self.request(25, [70, 5, 0x5b, 1, 12, 0] + [1, 0, 0, 0, 2, 0, 0, 0] + Array("data".utf8))),
        ]
    }

    @Test func checksumOfTheStandard() {
        let header: [UInt8] = [0x05, 0x64, 0x05, 0xc0, 0x01, 0x00, 0x00, 0x04, 0xe9, 0x21]
        let isSound = DNP3Link.isSound(header.rawSpan)
        #expect(isSound)
    }

    @Test func messagesAndTheirObjects() throws {
        let all = run(conversation).parser.transactions
        try #require(all.count == 4)
        #expect(numbers(all[0], .dnp3Function, .toServer) == [1])
        #expect(numbers(all[0], .dnp3Objects, .toServer) == [60 << 8 | 2, 60 << 8 | 3])
        #expect(numbers(all[0], .dnp3Function, .toClient).isEmpty)
        #expect(numbers(all[1], .dnp3Indications, .toClient) == [0x9000])
        #expect(values(all[0], .dnp3Data, .toServer) == [[0xc3, 1, 60, 2, 6, 60, 3, 6]])
        let complete = all.allSatisfy(\.isComplete)
        #expect(complete)
        #expect(all.flatMap(\.events).isEmpty)
    }

    @Test func eveEvents() throws {
        let all = run(conversation).parser.transactions
        try #require(all.count == 4)
        #expect(
            eve(all[0])
                == #"{"dnp3":{"type":"request","control":{"dir":true,"pri":true,"fcb":false,"fcv":false,"function_code":4},"src":1,"dst":10,"application":{"control":{"fir":true,"fin":true,"con":false,"uns":false,"sequence":3},"function_code":1,"objects":[{"group":60,"variation":2,"qualifier":6,"prefix_code":0,"range_code":6,"start":0,"stop":0,"count":0},{"group":60,"variation":3,"qualifier":6,"prefix_code":0,"range_code":6,"start":0,"stop":0,"count":0}],"complete":true}}}"#
        )
        let response = eve(all[1])
        #expect(response.contains(#""iin":{"indicators":["device_restart","need_time"]}"#))
        #expect(
            response.contains(
                #""points":[{"prefix":0,"index":3,"online":1,"restart":0,"comm_lost":0,"remote_forced":0,"local_forced":0,"chatter_filter":0,"reserved":0,"state":1},{"prefix":0,"index":4,"online":1,"restart":0,"comm_lost":0,"remote_forced":0,"local_forced":0,"chatter_filter":0,"reserved":0,"state":0}]"#
            ))
        #expect(response.contains(#""points":[{"prefix":9,"index":9,"online":1,"#))
        #expect(response.contains(#"{"prefix":0,"index":8,"state":0},{"prefix":0,"index":9,"state":1}]"#))
        #expect(eve(all[2]).contains(#""type":"unsolicited_response""#))
        #expect(eve(all[2]).contains(#""reserved0":0,"value":1.5}"#))
        #expect(
            eve(all[3]).contains(
                #"{"prefix":12,"index":0,"size":12,"file_handle":1,"block_number":2,"file_data":"data"}"#))
        #expect(eve(all[0], LogOptions(isInAlert: true)).hasPrefix(#"{"dnp3":{"request":{"type":"request""#))
    }

    @Test func segmentsArePutTogether() throws {
        let first = Self.frame([0x40, 0xc0, 2] + [80, 1, 0, 7])
        let last = Self.frame([0x81] + [7, 0])
        let all = run([(.toServer, first), (.toServer, last)]).parser.transactions
        try #require(all.count == 1)
        #expect(values(all[0], .dnp3Data, .toServer) == [[0xc0, 2, 80, 1, 0, 7, 7, 0]])
        #expect(eve(all[0]).contains(#""points":[{"prefix":0,"index":7,"state":0}]"#))
        // A segment that does not follow belongs to nothing.
        let lost = run([(.toServer, first), (.toServer, Self.frame([0x83, 7, 0]))]).parser.transactions
        #expect(values(lost[0], .dnp3Data, .toServer) == [[0xc0, 2, 80, 1, 0, 7]])
    }

    private func events(_ pieces: [(FlowDirection, [UInt8])], limits: ParserLimits = ParserLimits()) -> [String] {
        run(pieces, limits: limits).parser.transactions.flatMap(\.events).map { DNP3Fields.events[Int($0)] }
    }

    @Test func trouble() {
        let good = Self.request(1, [60, 2, 6])
        var badHeader = good
        badHeader[8] ^= 1
        #expect(events([(.toServer, good), (.toServer, badHeader)]) == ["bad_link_crc"])
        var badData = good
        badData[badData.count - 1] ^= 1
        #expect(events([(.toServer, good), (.toServer, badData)]) == ["bad_transport_crc"])
        #expect(events([(.toServer, good), (.toServer, Self.frame([0xc0]))]) == ["len_too_small"])
        #expect(events([(.toServer, Self.request(1, [99, 9, 0, 1, 2]))]) == ["unknown_object"])
        var limits = ParserLimits()
        limits.dnp3Objects = 2
        #expect(events([(.toServer, Self.request(1, [60, 2, 6, 60, 3, 6, 60, 4, 6]))], limits: limits) == ["too_many_objects"])
        limits.dnp3Points = 8
        #expect(events([(.toClient, Self.response([1, 1, 0, 0, 9, 0, 0]))], limits: limits) == ["too_many_points"])
        let segment = [UInt8](repeating: 0, count: 240)
        var long: [(FlowDirection, [UInt8])] = [(.toServer, Self.frame([0x40, 0xc0, 2] + segment))]
        for number in 1...70 as ClosedRange<UInt8> { long.append((.toServer, Self.frame([number & 0x3f] + segment))) }
        #expect(events(long) == ["too_long_reassembly"])
        #expect(events(Array(repeating: (.toServer, good), count: 33)) == ["flooded"])
    }

    @Test func probing() {
        func probe(_ bytes: [UInt8], _ direction: FlowDirection) -> ProbeResult { DNP3Parser.descriptor.probe(bytes.rawSpan, direction) }
        #expect(probe(Self.request(1), .toServer) == .certain)
        #expect(probe(Self.request(1), .toClient) == .reversed)
        #expect(probe(Self.response([]), .toClient) == .certain)
        #expect(probe(Array("Device DNP3 ready".utf8), .toClient) == .certain)
        #expect(probe([5, 0x64], .toServer) == .unsure)
        #expect(probe([UInt8](repeating: 5, count: 10), .toServer) == .no)
    }

    @Test func prefixesPiecesAndMutations() {
        exercise(Conversation(conversation.map { (direction: $0.0, bytes: $0.1) }), seed: 72) { DNP3Parser(limits: ParserLimits()) }
        // Behind the checksums: objects of any kind.
        var random = SeededGenerator(seed: 73)
        for _ in 0..<2000 {
            let objects = (0..<Int.random(in: 3...60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            let groups: [UInt8] = [1, 2, 3, 12, 20, 30, 43, 70, 83, 120, 122]
            let header = [groups.randomElement(using: &random) ?? 1, UInt8.random(in: 1...15, using: &random)]
            let all = run([(.toClient, Self.response(header + objects))]).parser.transactions
            #expect(all.count == 1 && eve(all[0]).hasSuffix("}}"))
        }
    }
}
