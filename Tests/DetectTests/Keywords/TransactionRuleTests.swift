import AppLayer
import Bytes
import Testing

@testable import Detect

@Suite struct TransactionRuleTests {
    private func signature(_ options: String) -> Signature? {
        RuleFixture.rules("alert http any any => any any (\(options) sid:1;)").signatures.first
    }

    private func refusal(_ options: String) -> String? {
        RuleFixture.rules("alert http any any => any any (\(options) sid:1;)").issues.first { $0.severity == .error }?.message
    }

    @Test func eachBufferKnowsItsSide() throws {
        let rule = try #require(
            signature(
                #"http.uri; content:"/a"; http.stat_code; content:"200"; http.connection: to_client; content:"x"; http.connection: to_server; content:"y";"#
            ))
        #expect(rule.isTransactional)
        #expect(rule.directions == .toClient)
        #expect(rule.inspections.map(\.side) == [.toServer, .toClient, .toClient, .toServer])
    }

    @Test(arguments: [
        (
            #"http.uri; content:"/a"; http.connection; content:"x";"#,
            "http.connection exists on both sides, expected http.connection:to_server or http.connection:to_client"
        ),
        (
            #"http.uri; content:"/a"; http.method; content:"GET";"#,
            "=> needs buffers of both sides of a transaction, expected -> for those of one"
        ),
        (#"http.uri: to_client; content:"/a";"#, "http.uri does not exist to the client"),
        (#"http.uri: upwards; content:"/a";"#, "http.uri: \"upwards\", expected to_server or to_client"),
    ])
    func refused(options: String, message: String) {
        #expect(refusal(options) == message)
    }

    @Test func sidesAreOnlyForTransactions() {
        #expect(RuleFixture.refusal(#"http.uri: to_server; content:"/a";"#) == "http.uri takes no value, expected \"http.uri;\"")
    }

    @Test(arguments: [
        ("http1:request_headers", FlowDirections.toServer), ("tls:server_hello_done", .toClient), ("ssh:request_banner_done", .toServer),
        ("dns:request_complete", .toServer), ("smb:response_started", .toClient),
    ])
    func stepsInTheHeader(proto: String, directions: FlowDirections) throws {
        let rule = try #require(RuleFixture.signature("", proto: proto))
        #expect(rule.kind == .transaction)
        #expect(rule.directions == directions)
    }

    @Test func stepsThatDoNotExistAreRefused() {
        #expect(
            RuleFixture.refusal("", proto: "dns:request_line")
                == "protocol dns has no step \"request_line\", expected one of request_started, request_complete, response_started, response_complete"
        )
        #expect(RuleFixture.refusal("", proto: "tcp:request_line") == "unknown hook \"request_line\", expected flow_start or all")
        #expect(RuleFixture.refusal("app-layer-state:x;") == "app-layer-state needs a protocol with steps in the rule's header")
        #expect(RuleFixture.refusal("app-layer-state:<x;", proto: "dns")?.hasPrefix("protocol dns has no step \"x\"") == true)
        #expect(RuleFixture.refusal(#"http.uri; content:"x";"#, proto: "http1:request_headers") == nil)
        #expect(
            RuleFixture.refusal("flow:to_client;", proto: "tls:client_hello_done")
                == "a keyword does not exist in the direction that the rule looks at")
    }

    @Test func stepsBeforeAndAfter() throws {
        func test(_ value: String) throws -> ProgressTest {
            let rule = try #require(RuleFixture.signature("app-layer-state:\(value);", proto: "tls"))
            let tests = rule.packetTests.compactMap { if case .transaction(let test) = $0 { test as? ProgressTest } else { nil } }
            return try #require(tests.first)
        }
        let step = TransactionStep(.toServer, at: 1)
        #expect(try test("client_hello_done").step == step)
        let transaction = Transaction(id: 0, startTime: Timestamp(microseconds: 0))
        let tests = (before: try test("<client_hello_done"), at: try test("client_hello_done"), after: try test(">client_hello_done"))
        func verdicts() -> [Bool] { [tests.before, tests.at, tests.after].map { $0.holds(transaction, .toServer) } }
        #expect(verdicts() == [true, false, false])
        transaction.advance(.toServer, to: 1)
        #expect(verdicts() == [false, true, false])
        transaction.advance(.toServer, to: 2)
        #expect(verdicts() == [false, true, true])
        #expect(!tests.at.holds(transaction, .toClient))
    }
}
