import Bytes
import Digest
import TestSupport
import Testing

@testable import AppLayer

@Suite struct QUICParserTests {
    private static func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.utf8.compactMap { ASCII.hexValue($0) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private static let connectionID: [UInt8] = [0x83, 0x94, 0xc8, 0xf0, 0x3e, 0x51, 0x57, 0x08]

    /// RFC 9001 appendix A.3: the server's first packet, with its hello.
    private static let serverInitial = bytes(
        """
        cf000000010008f067a5502a4262b5004075c0d95a482cd0991cd25b0aac406a5816b6394100f37a1c69797554780bb38cc5a99f5ede4cf73c3ec2493a1839b3
        dbcba3f6ea46c5b7684df3548e7ddeb9c3bf9c73cc3f3bded74b562bfb19fb84022f8ef4cdd93795d77d06edbb7aaf2f58891850abbdca3d20398c276456cbc4
        2158407dd074ee
        """)

    /// A public header of Google's version 43 with a client hello of a few tags.
    private static let googleHello: [UInt8] = {
        let values: [(String, String)] = [("SNI\0", "www.example.com"), ("VER\0", "Q043"), ("UAID", "agent")]
        var hello: [UInt8] = Array("CHLO".utf8) + [UInt8(values.count), 0, 0, 0]
        var end = 0
        for (tag, value) in values {
            end += value.utf8.count
            hello += Array(tag.utf8) + [UInt8(end), 0, 0, 0]
        }
        hello += values.flatMap { Array($0.1.utf8) }
        let frame: [UInt8] = [0xa0, 1, UInt8(hello.count >> 8), UInt8(hello.count & 255)] + hello
        return [0x09] + connectionID + Array("Q043".utf8) + [1] + [UInt8](repeating: 0, count: 12) + frame
    }()

    private func header(_ packet: [UInt8]) -> QUICHeader? { QUICHeader(packet.rawSpan) }

    private func open(_ packet: [UInt8], _ header: QUICHeader, _ direction: FlowDirection) -> [UInt8]? {
        QUICProtection(version: header.version, connectionID: Self.connectionID)?
            .open(packet.rawSpan, headerSize: header.size, direction)
    }

    private func frames(_ bytes: [UInt8]) -> QUICFrames? { QUICFrames(bytes.rawSpan) }

    private func consume(_ parser: QUICParser, _ packet: [UInt8], _ direction: FlowDirection) -> ConsumeResult {
        parser.consume(packet.rawSpan, direction, time: Timestamp(seconds: 1))
    }

    @Test func keysOfTheStandardsExample() {
        let salt = Self.bytes("38762cf7f55934b34d179ae6a4c80cadccbb7f0a")
        let secret = KeyDerivation.extract(salt: salt, Self.connectionID)
        #expect(Hex.encoded(secret) == "7db5df06e7a69e432496adedb00851923595221596ae2ae9fb8115c1e9ed0a44")
        let client = KeyDerivation.expand(secret, label: "client in", count: 32)
        #expect(Hex.encoded(client) == "c00cf151ca5be075ed0ebfb5c80323c42d6b7db67881289af4008f1f6c357aea")
        #expect(Hex.encoded(KeyDerivation.expand(client, label: "quic key", count: 16)) == "1f369613dd76d5467730efcbe3b1a22d")
        #expect(Hex.encoded(KeyDerivation.expand(client, label: "quic iv", count: 12)) == "fa044b2f42a3fd3b46fb255c")
        #expect(Hex.encoded(KeyDerivation.expand(client, label: "quic hp", count: 16)) == "9f50449e04a0e810283a1e9933adedd2")
    }

    @Test func aPacketOpensAndHoldsAHello() throws {
        let packet = Self.serverInitial
        let header = try #require(self.header(packet))
        #expect(header.kind == .initial && header.version.name == "1" && header.size + header.length == packet.count)
        let opened = try #require(open(packet, header, .toClient))
        let frames = try #require(self.frames(opened))
        var handshake = QUICHandshake()
        for piece in frames.crypto {
            let wasTaken = handshake.add(piece.bytes, at: piece.offset)
            #expect(wasTaken)
        }
        let hello = try #require(handshake.hello(isClient: false).hello)
        #expect(hello.ciphers == [0x1301])
        #expect(hello.version == .tls13)
        // With the other side's keys it does not open.
        #expect(open(packet, header, .toServer) == nil)
    }

    @Test func whatDoesNotOpenRaisesAnEvent() throws {
        let parser = QUICParser(limits: ParserLimits())
        let packet = Self.serverInitial
        #expect(consume(parser, packet, .toClient).status == .failed)
        #expect(parser.transactions.map(\.events) == [[QUICFields.Event.failedDecrypt.rawValue]])
        #expect(texts(parser.transactions[0], .quicVersion, .toClient) == ["\0\0\0\u{1}"])
    }

    @Test func googlesHello() throws {
        let parser = QUICParser(limits: ParserLimits())
        let packet = Self.googleHello
        #expect(consume(parser, packet, .toServer).status == .ok)
        let transaction = try #require(parser.transactions.first)
        #expect(texts(transaction, .quicSNI, .toServer) == ["www.example.com"])
        #expect(texts(transaction, .quicUserAgent, .toServer) == ["agent"])
        #expect(texts(transaction, .quicCYUString, .toServer) == ["43,SNI-VER-UAID"])
        #expect(texts(transaction, .quicCYUHash, .toServer)[0].utf8.count == 32)
        #expect(eve(transaction).hasPrefix(#"{"quic":{"version":"Q043","sni":"www.example.com","ua":"agent","cyu":[{"hash":""#))
    }

    @Test func fragmentsOfAHelloComeInAnyOrder() throws {
        let body: [UInt8] =
            [3, 3] + [UInt8](repeating: 7, count: 32) + [0, 0, 2, 0x13, 1, 1, 0] + [0, 14]
            + [0, 0, 0, 10, 0, 8, 0, 0, 5] + Array("ab.vn".utf8)
        let message = [1, 0, 0, UInt8(body.count)] + body
        var handshake = QUICHandshake()
        for start in [40, 20, 0] {
            #expect(handshake.hello(isClient: true).hello == nil)
            let wasTaken = handshake.add(Array(message[start..<min(start + 20, message.count)]), at: UInt64(start))
            #expect(wasTaken)
        }
        #expect(handshake.hello(isClient: true).hello == nil)
        let wasLast = handshake.add(Array(message[55...]), at: 55)
        #expect(wasLast)
        let hello = try #require(handshake.hello(isClient: true).hello)
        #expect(hello.serverName == Array("ab.vn".utf8))
        let ja4 = TLSFingerprints.ja4(hello, transport: "q")
        #expect(ja4.first == 113)
        let beyond = [handshake.add([1, 2], at: 65534), handshake.add([1], at: .max)]
        #expect(beyond == [false, false])
    }

    /// Datagrams stand for themselves: the one after a broken one is read.
    @Test func aBrokenDatagramEndsNothing() {
        let session = AppLayerSession(
            transport: .udp, clientPort: 40000, serverPort: 443, limits: ParserLimits(), protocols: [QUICParser.descriptor])
        var broken = Self.serverInitial
        broken[broken.count - 1] ^= 1
        for second in 1...2 { session.receiveDatagram(broken.rawSpan, .toServer, time: Timestamp(seconds: Int64(second))) }
        #expect(session.hasFailed && !session.isBypassed)
        #expect(session.parser?.transactions.map(\.events.count) == [1, 1])
    }

    /// STUN, and DTLS as AnyConnect has it, on QUIC's port.
    @Test(
        arguments: [[0x00, 0x01, 0, 0, 0x21, 0x12, 0xa4, 0x42], [0x16, 0x01, 0, 0, 0, 0, 0, 0, 0, 0], [0x17, 0x01, 0, 0, 0, 0]] as [[UInt8]]
    )
    func whatHasNoMarkOfQUICIsNotQUIC(start: [UInt8]) {
        let bytes = start + [UInt8](repeating: 0x55, count: 100)
        #expect(QUICParser.probe(bytes.rawSpan) == .no)
    }

    @Test func versionTwoNumbersItsPacketsAnew() {
        let packet: [UInt8] = [0xd0, 0x6b, 0x33, 0x43, 0xcf, 0, 0, 0, 1, 0]
        #expect(header(packet)?.kind == .initial)
        #expect(QUICVersion.version2.name == "v2")
    }

    @Test func mutationsEnd() {
        var random = SeededGenerator(seed: 71)
        for sample in [Self.serverInitial, Self.googleHello] {
            for _ in 0..<1000 {
                var packet = sample
                for _ in 0..<Int.random(in: 1...4, using: &random) {
                    packet[Int.random(in: 0..<packet.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                packet.removeLast(Int.random(in: 0..<packet.count, using: &random))
                let parser = QUICParser(limits: ParserLimits())
                let consumed = consume(parser, packet, .toServer).consumed
                #expect(consumed == packet.count)
                for transaction in parser.transactions { #expect(eve(transaction).hasPrefix(#"{"quic":"#)) }
            }
        }
    }
}
