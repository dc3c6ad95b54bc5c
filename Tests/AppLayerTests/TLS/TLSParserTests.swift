import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct TLSParserTests {
    private func make() -> ProtocolParser { TLSParser(limits: ParserLimits()) }

    private func session(_ path: String) throws -> (TLSTransaction, ParserRun) {
        let run = ParserRun(make())
        run.feed(try Conversation(capture: path), ending: false)
        return (try #require(run.parser.transactions.first as? TLSTransaction), run)
    }

    @Test func aSessionOfTLS12() throws {
        let (session, run) = try session("tls/tls12.txt")
        #expect(run.status == .bypass)
        #expect(run.parser.transactions.count == 1)
        #expect(session.isComplete && session.isWorthLogging && session.events.isEmpty)
        #expect(texts(session, .tlsSNI, .toServer) == ["congdichvu.example.vn"])
        #expect(texts(session, .tlsALPN, .toServer) == ["h2", "http/1.1"])
        #expect(texts(session, .tlsALPN, .toClient) == ["http/1.1"])
        #expect(
            texts(session, .tlsCertSubject, .toClient) == ["C=VN, ST=Ha Noi, L=Cau Giay, O=So Thong tin, Phong 1, CN=congdichvu.example.vn"]
        )
        #expect(texts(session, .tlsCertIssuer, .toClient) == texts(session, .tlsCertSubject, .toClient))
        #expect(texts(session, .tlsCertSerial, .toClient) == ["00:97:E6:47:09:8E:EA:C9:B4"])
        #expect(texts(session, .tlsCertFingerprint, .toClient) == ["54:6a:5b:5e:c3:4b:00:75:f1:21:c2:8d:23:d1:0d:c2:73:4d:8a:b5"])
        #expect(texts(session, .tlsSubjectAltName, .toClient) == ["congdichvu.example.vn", "www.example.vn", "10.1.2.3"])
        #expect(values(session, .tlsCerts, .toClient).count == 1)
        #expect(texts(session, .tlsCertSubject, .toServer).isEmpty)
        #expect(numbers(session, .tlsVersion, .toClient) == [0x0303])
        #expect(numbers(session, .sslVersion, .toClient) == [16])
        #expect(numbers(session, .tlsCertChainLength, .toClient) == [1])
        #expect(
            texts(session, .ja3String, .toServer) == [
                "771,49196-49200-49195-49199-52393-52392-49188-49192-49187-49191-159-158-107-103-255,0-11-10-35-16-22-23-13,"
                    + "29-23-30-25-24,0-1-2"
            ])
        #expect(texts(session, .ja3Hash, .toServer) == ["104774240db569f8f87b1a28206b25e5"])
        #expect(texts(session, .ja4Hash, .toServer) == ["t12d1508h2_d68b136fe8d9_e7e480e5a997"])
        let text = eve(session)
        #expect(text.contains(#""version":"TLS 1.2","notbefore":"2026-11-21T03:32:07","notafter":"2036-11-18T03:32:07""#))
        #expect(text.contains(#""sni":"congdichvu.example.vn""#))
    }

    @Test func aSessionOfTLS13ShowsNoCertificate() throws {
        let (session, run) = try session("tls/tls13.txt")
        #expect(run.status == .bypass)
        #expect(session.isComplete && session.isWorthLogging && session.events.isEmpty)
        #expect(texts(session, .ja4Hash, .toServer) == ["t13d0412h2_16476d049b0b_7f28efdaea70"])
        #expect(texts(session, .ja3Hash, .toServer) == ["a4e852ed87d60903caddb37da85ae9a9"])
        #expect(values(session, .tlsCerts, .toClient).isEmpty)
        #expect(numbers(session, .sslVersion, .toClient) == [32])
        #expect(eve(session).contains(#""version":"TLS 1.3""#))
    }

    @Test(arguments: ["tls/tls12.txt", "tls/tls13.txt"]) func bytesOneByOneAndDamaged(_ path: String) throws {
        exercise(try Conversation(capture: path), seed: 21, mutations: 500, prefixStep: 7) { make() }
    }

    @Test func fieldsAreThereBeforeTheRecordEnds() throws {
        let conversation = try Conversation(capture: "tls/tls12.txt")
        let run = ParserRun(make())
        run.feed(conversation.pieces[0].bytes, .toServer)
        let session = try #require(run.parser.transactions.first)
        #expect(session.progress == (1, 0))
        #expect(numbers(session, .sslState, .toServer) == [1])
        run.feed(Array(conversation.pieces[1].bytes.prefix(40)), .toClient)
        #expect(session.progress == (1, 0))
        run.feed(Array(conversation.pieces[1].bytes.dropFirst(40)), .toClient)
        #expect(session.progress.toClient >= TLSFields.serverCertificate)
    }

    @Test func anSSLv2HelloIsRead() throws {
        let hello: [UInt8] = [0x80, 31, 1, 3, 1, 0, 6, 0, 0, 0, 16, 0, 0, 0x2f, 1, 0, 0x80] + Array(repeating: 9, count: 16)
        let probe = TLSParser.probe(hello.rawSpan, .toServer)
        #expect(probe == .certain)
        let run = ParserRun(make())
        run.feed(hello, .toServer)
        let session = try #require(run.parser.transactions.first as? TLSTransaction)
        #expect(run.status == .ok)
        #expect(session.client?.ciphers == [0x2f])
        #expect(session.version.name == "TLSv1")
    }

    @Test func fingerprintsOfAnEmptyHello() throws {
        let body: [UInt8] = [3, 3] + Array(repeating: 0, count: 32) + [0, 0, 2, 0x0a, 0x0a, 1, 0]
        let read = TLSHello(body.rawSpan, isClient: true)
        let hello = try #require(read)
        #expect(TLSFingerprints.ja3(hello) == Array("771,,,,".utf8))
        #expect(TLSFingerprints.ja4(hello) == Array("t12i000000_e3b0c44298fc_d2e2adf7177b".utf8))
    }

    @Test func earlyDraftsOfTLS13HaveAShorterServerHello() throws {
        let body: [UInt8] = [3, 4] + Array(repeating: 5, count: 32) + [0xc0, 0x2b, 0, 4, 0, 40, 0, 0]
        let read = TLSHello(body.rawSpan, isClient: false)
        let hello = try #require(read)
        #expect(hello.version.name == "TLS 1.3 draft-<16")
        #expect(TLSFingerprints.ja3s(hello) == Array("772,49195,40".utf8))
    }

    @Test func badRecordsRaiseTheirEvents() throws {
        func events(_ bytes: [UInt8]) throws -> [UInt8] {
            let run = ParserRun(make())
            run.feed(bytes, .toServer)
            #expect(run.status == .failed)
            return try #require(run.parser.transactions.first).events
        }
        #expect(try events([22, 9, 1, 0, 1, 1]) == [TLSFields.Event.invalidTLSHeader.rawValue])
        #expect(try events([99, 3, 1, 0, 1, 1]) == [TLSFields.Event.invalidRecordType.rawValue])
        #expect(try events([22, 3, 1, 0xff, 0xff, 1]) == [TLSFields.Event.invalidRecordLength.rawValue])
    }

    @Test func heartbleedIsSeen() throws {
        let run = ParserRun(make())
        run.feed([24, 3, 2, 0, 3, 1, 0x40, 0], .toServer)
        let session = try #require(run.parser.transactions.first)
        #expect(session.events == [TLSFields.Event.heartbeatMessage.rawValue, TLSFields.Event.overflowHeartbeatMessage.rawValue])
    }

    @Test func aGapInsideARecordIsSurvived() throws {
        let conversation = try Conversation(capture: "tls/tls12.txt")
        let run = ParserRun(make())
        run.feed(conversation.pieces[0].bytes, .toServer)
        run.feed(Array(conversation.pieces[1].bytes.prefix(300)), .toClient)
        let goesOn = run.parser.gap(10, .toClient, time: Timestamp(seconds: 0))
        #expect(goesOn)
        let lost = run.parser.gap(100_000, .toClient, time: Timestamp(seconds: 0))
        #expect(!lost)
        #expect(try #require(run.parser.transactions.first).isComplete)
    }

    @Test func datesBeforeAndAfterTheEpoch() {
        for (text, seconds) in [("19691231000000Z", -86400), ("20000229235959Z", 951_868_799), ("20361118033207Z", 2_110_591_927)]
            as [(String, Int64)]
        {
            let bytes = Array(text.utf8)
            let read = DER.time(bytes.rawSpan, tag: DER.generalizedTime)
            #expect(read == seconds)
            var buffer = ByteBuffer()
            CivilTime.write(seconds, &buffer)
            let digits = buffer.bytes.copied().filter(ASCII.isDigit)
            #expect(digits == Array(text.utf8.dropLast()))
        }
    }

    @Test func everyEventHasItsName() { #expect(TLSFields.Event.allCases.count == TLSFields.events.count) }
}
