import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct MQTTParserTests {
    private static func text(_ text: String) -> [UInt8] { [UInt8(text.utf8.count >> 8), UInt8(text.utf8.count & 255)] + Array(text.utf8) }
    private static func packet(_ first: UInt8, _ body: [UInt8]) -> [UInt8] { [first, UInt8(body.count)] + body }

    private static let connect = packet(0x10, text("MQTT") + [4, 0xc2, 0, 60] + text("box") + text("user") + text("pass"))
    private static let connack = packet(0x20, [0, 0])
    private static let publish = packet(0x32, text("a/b") + [0, 7] + Array("hi".utf8))
    private static let puback = packet(0x40, [0, 7])
    private static let subscribe = packet(0x82, [0, 8] + text("x/#") + [1] + text("y") + [0])
    private static let suback = packet(0x90, [0, 8, 1, 0])

    private func run(_ pieces: [(FlowDirection, [UInt8])]) -> ParserRun {
        let run = ParserRun(MQTTParser(limits: ParserLimits()))
        run.feed(Conversation(pieces.map { (direction: $0.0, bytes: $0.1) }))
        return run
    }

    private var conversation: [(FlowDirection, [UInt8])] {
        [
            (.toServer, Self.connect), (.toClient, Self.connack), (.toServer, Self.publish), (.toClient, Self.puback),
            (.toServer, Self.subscribe), (.toClient, Self.suback), (.toServer, [0xc0, 0]), (.toClient, [0xd0, 0]), (.toServer, [0xe0, 0]),
        ]
    }

    @Test func packetsMeetTheirAnswers() throws {
        let all = run(conversation).parser.transactions
        try #require(all.count == 6)
        #expect(texts(all[0], .mqttClientID, .toServer) == ["box"])
        #expect(texts(all[0], .mqttUsername, .toServer) == ["user"])
        #expect(numbers(all[0], .mqttType, .toServer) == [1, 2])
        #expect(numbers(all[0], .mqttConnectFlags, .toServer) == [0xc2])
        #expect(texts(all[1], .mqttPublishTopic, .toServer) == ["a/b"])
        #expect(texts(all[1], .mqttPublishMessage, .toServer) == ["hi"])
        #expect(numbers(all[1], .mqttQoS, .toServer) == [1, 0])
        #expect(texts(all[2], .mqttSubscribeTopic, .toServer) == ["x/#", "y"])
        let eventful = all.filter { !$0.events.isEmpty }
        #expect(eventful.isEmpty)
    }

    @Test func eveEvents() throws {
        let all = run(conversation).parser.transactions
        #expect(
            eve(all[1])
                == #"{"mqtt":{"publish":{"qos":1,"retain":false,"dup":false,"topic":"a/b","message_id":7,"message":"hi"},"puback":{"qos":0,"retain":false,"dup":false,"message_id":7}}}"#
        )
        #expect(eve(all[0]).contains(#""flags":{"username":true,"password":true,"will_retain":false,"will":false,"clean_session":true}"#))
        #expect(eve(all[2]).contains(#""topics":[{"topic":"x/#","qos":1},{"topic":"y","qos":0}]"#))
    }

    @Test func propertiesOfVersionFive() throws {
        let connect = Self.packet(0x10, Self.text("MQTT") + [5, 2, 0, 60, 3, 0x21, 0, 20] + Self.text(""))
        let connack = Self.packet(0x20, [0, 0, 3, 0x22, 0, 10])
        let all = run([(.toServer, connect), (.toClient, connack)]).parser.transactions
        try #require(all.count == 1)
        #expect(eve(all[0]).contains(#""properties":{"receive_maximum":20}"#))
        #expect(eve(all[0]).contains(#""properties":{"topic_alias_maximum":10}"#))
    }

    @Test func whatComesTwiceStandsOnceInEVE() throws {
        let names = [UInt8(0x26)] + Self.text("a") + Self.text("1") + [0x26] + Self.text("a") + Self.text("2")
        let connect = Self.packet(0x10, Self.text("MQTT") + [5, 2, 0, 60, UInt8(names.count)] + names + Self.text("box"))
        let received = Self.packet(0x50, [0, 7])
        let exactlyOnce = Self.packet(0x34, Self.text("a/b") + [0, 7, 0] + Array("hi".utf8))
        let all = run([(.toServer, connect), (.toServer, exactlyOnce), (.toClient, received), (.toClient, received)]).parser.transactions
        let lines = all.map { eve($0) }
        #expect(lines.contains { $0.contains(#""properties":{"a":"2"}"#) })
        #expect(lines.contains { $0.split(separator: #""pubrec""#, omittingEmptySubsequences: false).count == 2 })
    }

    @Test(arguments: [
        ([(FlowDirection.toClient, connack)], MQTTFields.Event.missingConnect), ([(.toServer, publish)], .unintroducedMessage),
        ([(.toServer, connect), (.toClient, connack), (.toServer, connect)], .doubleConnect), ([(.toClient, puback)], .missingPublish),
        ([(.toServer, connect), (.toServer, [0xf0, 2, 0x18, 0])], .unintroducedMessage),
        ([(.toServer, [0x10, 3, 0, 4, 1])], .malformedTraffic), ([(.toServer, connect), (.toServer, [0, 0])], .unassignedMessageType),
    ])
    func events(pieces: [(FlowDirection, [UInt8])], event: MQTTFields.Event) {
        let raised = run(pieces).parser.transactions.flatMap(\.events)
        #expect(raised.contains(event.rawValue))
    }

    @Test func everyEventOfAPacketIsRaised() {
        #expect(run([(.toClient, Self.puback)]).parser.transactions.first?.events.count == 2)
        // Level of service 3 does not exist; without one nobody answers.
        let raised = run([(.toServer, Self.packet(0x36, Self.text("a") + [0, 7]))]).parser.transactions.first
        #expect(raised?.events.contains(MQTTFields.Event.invalidQoSLevel.rawValue) == true)
        let unanswered = run([(.toServer, Self.packet(0x80, [0, 8] + Self.text("x") + [1]))]).parser.transactions.first
        #expect(unanswered?.isComplete == true)
    }

    @Test func aSecondConnectIsAnsweredAsWell() throws {
        let all = run([(.toServer, Self.connect), (.toClient, Self.connack), (.toServer, Self.connect), (.toClient, Self.connack)])
            .parser.transactions
        try #require(all.count == 2)
        #expect(all[1].events == [MQTTFields.Event.doubleConnect.rawValue])
        #expect(all[1].isComplete)
    }

    @Test func theOldestOfTooManyIsClosed() throws {
        var limits = ParserLimits()
        limits.transactionLimits["mqtt"] = 2
        let run = ParserRun(MQTTParser(limits: limits))
        for number: UInt8 in 1...4 { run.feed(Self.packet(0x32, Self.text("a") + [0, number]), .toServer) }
        let all = run.parser.transactions
        try #require(all.count == 4)
        #expect(all[0].events.contains(MQTTFields.Event.tooManyTransactions.rawValue) && all[0].isComplete)
        #expect(!all[3].isComplete)
    }

    @Test func longTextsAreCutInEVE() throws {
        var options = LogOptions()
        options.textLimit = 3
        options.showsPasswords = false
        let all = run(conversation).parser.transactions
        #expect(eve(all[0], options).contains(#""username":"use[truncated 1 additional bytes]""#))
        #expect(!eve(all[0], options).contains("pass\""))
        // All topics together: the second has no room any more.
        #expect(eve(all[2], options).contains(#""topics":[{"topic":"x/#","qos":1}]"#))
        #expect(eve(all[1], options).contains(#""topic":"a/b""#))
    }

    @Test(arguments: [
        ([UInt8(0xc0), 0], "certain"), ([0xd0, 0], "certain"), ([0, 0], "no"), ([0x36, 2], "no"), ([0x30], "unsure"),
        ([0x30, 0x80, 0x80, 0x80, 0x80], "no"),
    ])
    func anyPacketIsKnownOnThePort(bytes: [UInt8], expected: String) {
        let result = MQTTParser.descriptor.probe(bytes.rawSpan, .toServer)
        #expect("\(result)" == expected)
    }

    @Test func longPacketsArePassedOver() throws {
        let head: [UInt8] = [0x30, 0x80, 0x80, 0x80, 0x01]
        let parser = MQTTParser(limits: ParserLimits())
        let long = head + [UInt8](repeating: 0, count: 2 << 20)
        let run = ParserRun(parser)
        for start in stride(from: 0, to: long.count, by: 60_000) {
            run.feed(Array(long[start..<min(start + 60_000, long.count)]), .toServer)
        }
        run.feed(Self.connect, .toServer)
        try #require(parser.transactions.count >= 1)
        #expect(eve(parser.transactions[0]).contains(#""truncated":true,"skipped_length":2097157"#))
        #expect(texts(parser.transactions[parser.transactions.count - 1], .mqttClientID, .toServer) == ["box"])
    }

    @Test func prefixesPiecesAndMutations() {
        exercise(Conversation(conversation.map { (direction: $0.0, bytes: $0.1) }), seed: 51) { MQTTParser(limits: ParserLimits()) }
    }
}
