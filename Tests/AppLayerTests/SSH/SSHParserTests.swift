import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct SSHParserTests {
    private static func packet(_ type: UInt8, _ payload: [UInt8]) -> [UInt8] {
        let length = payload.count + 2 + 4
        return [0, 0, UInt8(length >> 8), UInt8(length & 255), 4, type] + payload + [0, 0, 0, 0]
    }

    private static func keyExchange(_ lists: [String]) -> [UInt8] {
        packet(
            20,
            Array(repeating: 7, count: 16) + lists.flatMap { [0, 0, 0, UInt8($0.utf8.count)] + Array($0.utf8) }
                + [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0])
    }

    private static let conversation = Conversation([
        (.toClient, Array("hello\r\nSSH-2.0-OpenSSH_9.2p1 Debian-2\r\n".utf8)),
        (.toServer, Array("SSH-2.0-paramiko_3.4.0\r\n".utf8)),
        (
            .toServer,
            keyExchange(["curve25519-sha256", "ssh-ed25519", "aes128-ctr", "aes256-ctr", "hmac-sha1", "hmac-sha2-256", "none", "zlib"])
        ),
        (
            .toClient,
            keyExchange(["curve25519-sha256", "ssh-ed25519", "aes128-ctr", "aes256-ctr", "hmac-sha1", "hmac-sha2-256", "none", "zlib"])
        ),
        (.toServer, packet(30, [1, 2, 3]) + packet(21, [])),
        (.toClient, packet(31, [1, 2, 3]) + packet(21, [])),
        (.toServer, [1, 2, 3, 4, 5, 6, 7, 8]),
    ])

    private func make() -> ProtocolParser { SSHParser(limits: ParserLimits()) }

    @Test func bannersAndKeyExchange() throws {
        let run = ParserRun(make())
        run.feed(SSHParserTests.conversation, ending: false)
        #expect(run.status == .bypass)
        let connection = try #require(run.parser.transactions.first)
        #expect(connection.isComplete && connection.isWorthLogging && connection.events.isEmpty)
        #expect(texts(connection, .sshProto, .toClient) == ["2.0"])
        #expect(texts(connection, .sshSoftware, .toClient) == ["OpenSSH_9.2p1"])
        #expect(texts(connection, .sshSoftware, .toServer) == ["paramiko_3.4.0"])
        #expect(texts(connection, .sshHASSHString, .toServer) == ["curve25519-sha256;aes128-ctr;hmac-sha1;none"])
        #expect(texts(connection, .sshHASSHServerString, .toClient) == ["curve25519-sha256;aes256-ctr;hmac-sha2-256;zlib"])
        #expect(texts(connection, .sshHASSH, .toServer) == ["7fffb234014b2a6c335168b9683cbb70"])
        #expect(texts(connection, .sshHASSHServer, .toServer).isEmpty)
        #expect(
            eve(connection)
                == #"{"ssh":{"client":{"proto_version":"2.0","software_version":"paramiko_3.4.0","hassh":{"hash":"7fffb234014b2a6c335168b9683cbb70","#
                + #""string":"curve25519-sha256;aes128-ctr;hmac-sha1;none"}},"server":{"proto_version":"2.0","#
                + #""software_version":"OpenSSH_9.2p1","hassh":{"hash":"263b9f91bbeccdccade0ae210e8d8793","#
                + #""string":"curve25519-sha256;aes256-ctr;hmac-sha2-256;zlib"}}}}"#)
    }

    @Test func bytesOneByOneAndDamaged() { exercise(SSHParserTests.conversation, seed: 5, mutations: 1000) { make() } }

    @Test func eventsOfBadBanners() throws {
        let other = ParserRun(make())
        other.feed(Array("HELO you\r\n".utf8), .toServer)
        #expect(other.status == .failed)
        #expect(try #require(other.parser.transactions.first).events == [SSHFields.Event.invalidBanner.rawValue])
        let long = ParserRun(make())
        long.feed(Array("SSH-2.0-".utf8) + Array(repeating: 65, count: 400) + [10], .toServer)
        let connection = try #require(long.parser.transactions.first)
        #expect(connection.events == [SSHFields.Event.longBanner.rawValue])
        #expect(connection.progress.toServer == SSHFields.banner)
        #expect(values(connection, .sshSoftware, .toServer).first?.count == 247)
    }

    @Test func probeLooksAtTheIdentification() {
        func probe(_ text: String) -> ProbeResult {
            let bytes = Array(text.utf8)
            return SSHParser.probe(bytes.rawSpan, .toServer)
        }
        #expect(probe("SSH-2.0-x") == .certain)
        #expect(probe("SS") == .unsure)
        #expect(probe("SIP/2.0") == .no)
    }
}
