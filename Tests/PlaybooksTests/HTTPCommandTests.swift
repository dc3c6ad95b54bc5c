import Foundation
import TestSupport
import Testing
import Trust

@testable import Playbooks

/// `http-api` and `openc2-http` commands by the system's curl to a real server with TLS and an authority of its own.
@Suite(.enabled(if: PrivateWebServer.isPossible, "python3, openssl or curl is not installed"), .serialized)
struct HTTPCommandTests {
    private struct Held: SecretSource { func secret(named name: String) throws -> String { "s3cr3t-t0ken" } }

    private let server: PrivateWebServer

    init() throws { server = try PrivateWebServer() }

    private func request(
        _ command: String, on name: String = "good", type: String = "http-api", host: String = "localhost", content: String? = nil,
        authorities: String? = "ca.crt", timeout: Int = 20_000, auth: String? = nil, values: [String: String] = [:]
    ) throws -> (outcome: StepResult.Outcome, output: String, value: String?, record: [String]) {
        var settings = RunSettings()
        settings.authorities = authorities.map { server.folder + "/" + $0 }
        let port = try #require(server.ports[name])
        let rehearsal = Rehearsal()
        let body = content.map { ", content_b64: \(Data($0.utf8).base64EncodedString())" } ?? ""
        let names = values.keys.sorted().map { "\($0): {type: string, external: true}, " }.joined()
        let outcome = try rehearsal.run(
            "action--a: {type: action, name: a, agent: group--g, targets: [http-api--t], timeout: \(timeout), out_args: [__o__], on_completion: end--e, commands: [{type: \(type), command: \"\(command)\"\(body)}]}\n",
            variables: "{\(names)__o__: {type: string}}", values: values,
            extra: """
                authentication_info_definitions: {oauth2--i: {type: oauth2, oauth_header: Authorization, token: "", kms: true, kms_key_identifier: api}, http-basic--i: {type: http-basic, username: may, kms: true, kms_key_identifier: api}}
                target_definitions: {http-api--t: {type: http-api, name: t, \(auth.map { "authentication_info: \($0)--i, " } ?? "")address: {url: ["https://\(host):\(port)"]}}}
                """,
            secrets: Held(), settings: settings)
        let result = rehearsal.result(of: "a")
        return (outcome, result?.output ?? "", result?.variables["__o__"], rehearsal.record)
    }

    @Test func goodCertificates() throws {
        let (outcome, output, value, _) = try request("GET /object HTTP/1.1")
        #expect(outcome == .succeeded && value == "7", "\(output)")
        #expect(output.hasSuffix("HTTP 200"))
        let missing = try request("GET /missing HTTP/1.1")
        #expect(missing.outcome == .failed && missing.output.hasSuffix("HTTP 404"), "\(missing.output)")
        #expect(try request("GET /broken HTTP/1.1").output.hasSuffix("HTTP 500"))
        #expect(try request("DELETE /object HTTP/1.1").output.contains("DELETE"))
        #expect(try request("GET /empty HTTP/1.1").outcome == .succeeded)
    }

    /// - Parameter words: what curl says about it.
    @Test(arguments: [
        ("expired", "localhost", "expired"), ("own", "localhost", "self-signed"), ("other", "localhost", "subject name"),
        ("good", "127.0.0.1", "subject name"),
    ])
    func badCertificates(_ name: String, _ host: String, _ words: String) throws {
        let (outcome, output, _, _) = try request("GET /object HTTP/1.1", on: name, host: host, auth: "oauth2")
        #expect(outcome == .failed && output.contains(words) && output.contains("curl 60"), "\(output)")
        #expect(!output.contains("HTTP 200") && server.requests.isEmpty)
    }

    @Test func authoritiesThatAreNotTrusted() throws {
        let (outcome, output, _, _) = try request("GET /object HTTP/1.1", authorities: nil)
        #expect(outcome == .failed && output.contains("curl 60"), "\(output)")
        #expect(try request("GET /object HTTP/1.1", authorities: "missing.crt").outcome == .failed)
        #expect(server.requests.isEmpty)
        // Without TLS on the other side.
        #expect(try request("GET /object HTTP/1.1", on: "plain").outcome == .failed)
    }

    @Test func redirectsAreNotFollowed() throws {
        let (outcome, output, _, _) = try request("GET /redirect HTTP/1.1", auth: "oauth2")
        #expect(outcome == .failed && output.hasSuffix("HTTP 302"), "\(output)")
        #expect(server.requests.count == 1)
    }

    @Test(arguments: ["long", "chunked"]) func answersThatAreTooLong(_ kind: String) throws {
        let clock = ContinuousClock()
        var result: (outcome: StepResult.Outcome, output: String, value: String?, record: [String])?
        let time = try clock.measure { result = try request("GET /\(kind) HTTP/1.1") }
        #expect(
            result?.outcome == .failed && result?.output == "the answer is longer than 1048576 bytes", "\(result?.output.prefix(200) ?? "")"
        )
        #expect(time < .seconds(10))
        // One that is long and within bounds arrives whole.
        #expect(try request("GET /large HTTP/1.1").value?.utf8.count == 900_000)
    }

    @Test func slowAnswers() throws {
        let clock = ContinuousClock()
        let time = try clock.measure {
            let (outcome, output, _, _) = try request("GET /slow HTTP/1.1", timeout: 1500)
            #expect(outcome == .failed && (output.contains("ACTION_TIMEOUT") || output.contains("curl 28")), "\(output)")
        }
        #expect(time < .seconds(8))
    }

    @Test func secretsArriveAndAreNotSeen() throws {
        let watch = CommandLineWatch()
        let (outcome, output, _, record) = try request("GET /echo HTTP/1.1", auth: "oauth2")
        let basic = try request("GET /echo HTTP/1.1", auth: "http-basic")
        let lines = watch.finish()
        #expect(outcome == .succeeded && basic.outcome == .succeeded, "\(output) \(basic.output)")
        #expect(server.requests.contains { $0.contains("Authorization: Bearer s3cr3t-t0ken") })
        #expect(server.requests.contains { $0.contains("Authorization: Basic " + Data("may:s3cr3t-t0ken".utf8).base64EncodedString()) })
        // The server says them back: they are covered.
        #expect(!output.contains("s3cr3t") && output.contains("•••") && !basic.output.contains("s3cr3t"))
        #expect(!record.joined().contains("s3cr3t") && !lines.contains { $0.contains("s3cr3t") })
    }

    @Test func openC2() throws {
        let order = #"{"action": "deny", "target": {"ipv4_net": "__v__:value"}}"#
        let (outcome, output, _, _) = try request(
            "POST /openc2 HTTP/1.1", type: "openc2-http", content: order, values: ["__v__": #"198.51.100.66", "x": "y"#])
        #expect(outcome == .succeeded, "\(output)")
        let seen = try #require(server.requests.first)
        #expect(seen.contains("POST /openc2") && seen.contains("Content-Type: application/openc2+json;version=1.0"), "\(seen)")
        let body = try JSONValue(parsing: try #require(seen.components(separatedBy: "\n\n").last))
        #expect(body["target"]?["ipv4_net"]?.text == #"198.51.100.66", "x": "y"#)
    }
}
