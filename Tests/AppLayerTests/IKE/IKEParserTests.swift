import Bytes
import Testing

@testable import AppLayer

@Suite struct IKEParserTests {
    private static func payload(_ next: UInt8, _ content: [UInt8]) -> [UInt8] {
        [next, 0, UInt8((content.count + 4) >> 8), UInt8((content.count + 4) & 255)] + content
    }

    private static func message(
        _ first: UInt8, version: UInt8, exchange: UInt8, flags: UInt8 = 0, responder: UInt8, _ body: [UInt8]
    ) -> [UInt8] {
        [0xe4, 0x7a, 0x59, 0x1f, 0xd0, 0x57, 0x58, 0x7f] + [UInt8](repeating: responder, count: 8)
            + [first, version, exchange, flags, 0, 0, 0, 0, 0, 0, UInt8((28 + body.count) >> 8), UInt8((28 + body.count) & 255)] + body
    }

    /// One proposal with a transform: AES, 128 bits, SHA, 86400 seconds.
    private static let association: [UInt8] = {
        let transform = payload(
            0, [1, 1, 0, 0] + hex("80010007 800e0080 80020002 80040002 80030001 800b0001 000c0004 00015180"))
        return hex("00000001 00000001") + payload(0, [1, 1, 0, 1] + transform)
    }()

    private static let first = message(
        1, version: 0x10, exchange: 2, responder: 0, payload(13, association) + payload(0, [0x4a, 0x13, 0x1c]))
    private static let second = message(1, version: 0x10, exchange: 2, responder: 0xa0, payload(0, association))
    private static let third = message(4, version: 0x10, exchange: 2, responder: 0xa0, payload(10, [1, 2, 3]) + payload(0, [9, 8]))
    private static let encrypted = message(5, version: 0x10, exchange: 2, flags: 1, responder: 0xa0, [7, 7, 7, 7])
    private static let main: [(FlowDirection, [UInt8])] = [
        (.toServer, first), (.toClient, second), (.toServer, third), (.toClient, encrypted),
    ]

    @Test func mainModeOfVersionOne() throws {
        let all = readDatagrams(Self.main, IKEParser(limits: ParserLimits()))
        try #require(all.count == 4)
        #expect(texts(all[0], .ikeInitiatorSPI, .toServer) == ["e47a591fd057587f"])
        #expect(texts(all[1], .ikeResponderSPI, .toClient) == ["a0a0a0a0a0a0a0a0"])
        #expect(texts(all[0], .ikeVendor, .toServer) == ["4a131c"])
        #expect(values(all[2], .ikeKeyExchange, .toServer) == [[1, 2, 3]])
        #expect(values(all[2], .ikeNonce, .toServer) == [[9, 8]])
        #expect(numbers(all[2], .ikeKeyExchangeLength, .toServer) == [3])
        #expect(numbers(all[3], .ikeExchangeType, .toClient) == [2])
        for (name, value) in [("alg_enc", 7), ("alg_hash", 2), ("sa_key_length", 128), ("sa_life_duration", 86400)] as [(String, UInt64)] {
            let field = try #require(BufferID.ikeAttribute(name))
            #expect(numbers(all[1], field, .toClient) == [value])
            #expect(numbers(all[0], field, .toServer).isEmpty)
        }
        #expect(BufferID.ikeAttribute("alg_none") == nil)
    }

    @Test func eveOfVersionOne() throws {
        let all = readDatagrams(Self.main, IKEParser(limits: ParserLimits()))
        try #require(all.count == 4)
        #expect(eve(all[0], LogOptions(isExtended: true)).contains(#""exchange_type_verbose":"Identity Protection""#))
        #expect(eve(all[0]).contains(#""client":{"proposals":[{"alg_enc":"EncAesCbc","alg_enc_raw":7,"sa_key_length":"Unknown","#))
        #expect(eve(all[1]).contains(#""alg_dh":"GroupAlternate1024BitModpGroup","alg_dh_raw":2"#))
        #expect(eve(all[1]).contains(#""payload":["SecurityAssociation","Proposal","Transform"]"#))
        #expect(eve(all[2]).contains(#""client":{"key_exchange_payload":"010203","key_exchange_payload_length":3,"nonce_payload":"0908""#))
        #expect(eve(all[3]).contains(#""ikev1":{"doi":1,"encrypted_payloads":true}"#))
    }

    @Test func severalProposalsOfTheServerAndBytesBehindThePayloads() throws {
        let transform = Self.payload(3, [1, 1, 0, 0] + hex("80010007"))
        let last = Self.payload(0, [2, 1, 0, 0] + hex("80010005"))
        let association = hex("00000001 00000001") + Self.payload(0, [1, 1, 0, 2] + transform + last)
        let answer = Self.message(1, version: 0x10, exchange: 2, responder: 1, Self.payload(0, association) + [0, 0])
        let all = readDatagrams([(.toClient, answer)], IKEParser(limits: ParserLimits()))
        try #require(all.count == 1)
        #expect(
            Set(all[0].events) == [IKEFields.Event.multipleServerProposal.rawValue, IKEFields.Event.payloadExtraData.rawValue])
        #expect(eve(all[0]).contains(#""server_proposals":[{"alg_enc":"EncAesCbc","alg_enc_raw":7},{"alg_enc":"EncTripleDesCbc""#))
    }

    /// Each weak transform is an anomaly of its own.
    @Test func everyWeakTransformCounts() throws {
        let transforms: [UInt8] = [3, 0, 0, 8, 4, 0, 0, 2, 3, 0, 0, 8, 4, 0, 0, 5, 3, 0, 0, 8, 3, 0, 0, 2, 0, 0, 0, 8, 4, 0, 0, 1]
        let proposal: [UInt8] = [0, 0, 0, UInt8(8 + transforms.count), 1, 1, 0, 4] + transforms
        let request = Self.message(33, version: 0x20, exchange: 34, flags: 8, responder: 0, Self.payload(0, proposal))
        let all = readDatagrams([(.toServer, request)], IKEParser(limits: ParserLimits()))
        let expected: [IKEFields.Event] = [.weakCryptoGroup, .weakCryptoGroup, .weakCryptoAuthentication, .weakCryptoGroup]
        #expect(all.first?.events == expected.map(\.rawValue))
    }

    @Test func versionTwo() throws {
        func transform(_ type: UInt8, _ id: UInt8, isLast: Bool = false) -> [UInt8] { [isLast ? 0 : 3, 0, 0, 8, type, 0, 0, id] }
        let transforms = transform(1, 3) + transform(2, 2) + transform(3, 2) + transform(4, 2, isLast: true)
        let proposal: [UInt8] = [0, 0, 0, UInt8(8 + transforms.count), 1, 1, 0, 4] + transforms
        let body = Self.payload(41, proposal) + Self.payload(0, [0, 0, 0x40, 0x04])
        let request = Self.message(33, version: 0x20, exchange: 34, flags: 8, responder: 0, body)
        let answer = Self.message(33, version: 0x20, exchange: 34, flags: 0x20, responder: 5, body)
        let refusal = Self.message(41, version: 0x20, exchange: 34, flags: 0x20, responder: 5, Self.payload(0, [0, 0, 0, 14]))
        let all = readDatagrams(
            [(.toServer, request), (.toClient, answer), (.toClient, refusal)], IKEParser(limits: ParserLimits()))
        try #require(all.count == 3)
        let weak: [IKEFields.Event] = [.weakCryptoEncryption, .weakCryptoFunction, .weakCryptoAuthentication, .weakCryptoGroup]
        #expect(Set(all[0].events) == Set(weak.map(\.rawValue)))
        #expect(eve(all[0]).contains(#""role":"initiator","payload":["SecurityAssociation","Notify","NoNextPayload"]"#))
        #expect(
            eve(all[1]).contains(#""alg_enc":"ENCR_3DES","alg_auth":"AUTH_HMAC_SHA1_96","alg_prf":"PRF_HMAC_SHA1","alg_dh":"Modp1024""#))
        #expect(eve(all[2]).contains(#""ikev2":{"errors":1,"notify":["NO_PROPOSAL_CHOSEN"]}"#))
        let group = try #require(BufferID.ikeAttribute("alg_dh"))
        #expect(numbers(all[1], group, .toClient) == [2])
        #expect(eve(all[0]).contains("NAT_DETECTION_SOURCE_IP"))
    }

    @Test func whoHasNoAnswerYetIsTheClient() {
        let request = Self.first
        #expect(IKEParser.descriptor.probe(request.rawSpan, .toServer) == .certain)
        #expect(IKEParser.descriptor.probe(request.rawSpan, .toClient) == .reversed)
        let answer = Self.second
        #expect(IKEParser.descriptor.probe(answer.rawSpan, .toClient) == .certain)
        let short = Array(request.prefix(27))
        #expect(IKEParser.descriptor.probe(short.rawSpan, .toServer) == .no)
        var wrong = Self.message(33, version: 0x20, exchange: 34, responder: 0, [0, 0, 0, 4])
        wrong.append(0)
        #expect(IKEParser.descriptor.probe(wrong.rawSpan, .toServer) == .no)
    }

    @Test func prefixesAndMutations() {
        exerciseDatagrams(Self.main, seed: 71) { IKEParser(limits: ParserLimits()) }
    }
}
