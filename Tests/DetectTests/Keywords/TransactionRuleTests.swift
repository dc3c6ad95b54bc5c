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
}
