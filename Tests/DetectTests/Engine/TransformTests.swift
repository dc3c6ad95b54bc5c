import Bytes
import Match
import RuleLanguage
import Testing

@testable import Detect

@Suite struct TransformTests {
    private func apply(_ transform: BufferTransform, _ text: String) -> [UInt8]? {
        Transforms.apply(.plain(transform), to: Array(text.utf8), RegexScratch())
    }

    private func text(_ transform: BufferTransform, _ text: String) -> String? {
        apply(transform, text).map { String(decoding: $0, as: UTF8.self) }
    }

    @Test func base64ByMode() {
        #expect(text(.fromBase64(bytes: nil, offset: 0, mode: .rfc4648), "Zm9v#YmFy") == "foo")
        #expect(text(.fromBase64(bytes: nil, offset: 0, mode: .rfc2045), "Zm 9v#YmFy") == "foobar")
        #expect(text(.fromBase64(bytes: nil, offset: 0, mode: .strict), "Zm9vYmE=") == "fooba")
        #expect(text(.fromBase64(bytes: nil, offset: 0, mode: .strict), "Zm9v YmE=") == nil)
        #expect(text(.fromBase64(bytes: nil, offset: 0, mode: .rfc4648), "Zm9vYm") == "foob")
        // One letter of a group says nothing, and spoils what was before it.
        #expect(text(.fromBase64(bytes: nil, offset: 0, mode: .rfc4648), "Zm9vY") == nil)
        #expect(text(.fromBase64(bytes: 6, offset: 6, mode: .rfc4648), "/?arg=dGhpc2lzYXRlc3QK") == "this")
        // What does not fit changes nothing.
        #expect(text(.fromBase64(bytes: 9, offset: 0, mode: .rfc4648), "Zm9v") == "Zm9v")
        #expect(text(.fromBase64(bytes: nil, offset: 4, mode: .rfc4648), "Zm9v") == "Zm9v")
    }

    @Test(arguments: [
        ("1", "his is suricata"), ("0,9", "this is s"), ("13,-12", " is suric"), ("2,30", ""), ("2,30,truncate", "is is suricata"),
        ("-8", "suricata"), ("-8,4", "suri"), ("40", ""), ("40,truncate", ""), ("0,-3", "this is suric"),
    ])
    func slices(_ options: String, _ result: String) throws {
        let signature = try #require(RuleFixture.signature("http.uri; subslice:\(options); content:\"x\";", proto: "http"))
        guard case .slice(let slice) = signature.inspections[0].transforms[0] else {
            Issue.record("no slice")
            return
        }
        #expect(text(.slice(slice), "this is suricata") == result)
    }

    @Test func pseudoHeadersGoWithTheirLineEnds() {
        #expect(text(.stripPseudoHeaders, "A: 1\n:method: get\nB: 2\n") == "A: 1\nB: 2\n")
        #expect(text(.stripPseudoHeaders, "A: 1\n:method: get") == "A: 1\n")
    }

    @Test func inflates() throws {
        // printf 'hello hello hello' | gzip -n9 and its zlib form
        let gzip: [UInt8] = [
            0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 2, 3, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x90, 0, 0x80, 0x88, 0xf9, 0xe5, 0x11, 0, 0,
            0,
        ]
        let zlib: [UInt8] = [0x78, 0xda, 0xcb, 0x48, 0xcd, 0xc9, 0xc9, 0x57, 0xc8, 0x40, 0x90, 0, 0x3a, 0x2e, 6, 0x7d]
        let scratch = RegexScratch()
        func result(_ transform: BufferTransform, _ bytes: [UInt8]) -> String? {
            Transforms.apply(.plain(transform), to: bytes, scratch).map { String(decoding: $0, as: UTF8.self) }
        }
        #expect(result(.gunzip(limit: 1024), gzip) == "hello hello hello")
        #expect(result(.gunzip(limit: 5), gzip) == "hello")
        #expect(result(.inflate(limit: 1024), zlib) == "hello hello hello")
        #expect(result(.gunzip(limit: 1024), zlib) == "")
        for count in gzip.indices { _ = result(.gunzip(limit: 64), Array(gzip[0..<count])) }
    }

    @Test func publicSuffixes() {
        let list = PublicSuffixes(Array("// test\ncom\nuk\nco.uk\n*.ck\n!www.ck\n".utf8))
        func split(_ name: String) -> [String]? {
            list.split(Array(name.utf8)).map { [String(decoding: $0.suffix, as: UTF8.self), String(decoding: $0.domain, as: UTF8.self)] }
        }
        #expect(split("www.bbc.co.uk") == ["co.uk", "bbc.co.uk"])
        #expect(split("Suricata.COM") == ["COM", "Suricata.COM"])
        #expect(split("a.b.ck") == ["b.ck", "a.b.ck"])
        #expect(split("x.www.ck") == ["ck", "www.ck"])
        // Nobody has listed it: the last label is a suffix.
        #expect(split("host.lan") == ["lan", "host.lan"])
        #expect(split("co.uk") == nil)
        #expect(split("localhost") == nil)
        #expect(split("") == nil)
        #expect(split("...") == nil)
    }

    @Test func testsBeforeATransformSeeTheBufferAsItIs() throws {
        let signature = try #require(
            RuleFixture.signature(#"http.uri; content:"/?arg"; from_base64: offset 6; content:"test";"#, proto: "http"))
        #expect(signature.inspections.map(\.transforms.count) == [0, 1])
        #expect(
            RuleFixture.refusal(#"http.uri; to_md5; content:"a"; to_md5; content:"b";"#, proto: "http")
                == "to_md5 has no buffer to change, expected it right after a buffer keyword")
    }

    @Test func entropyCounts() {
        let even = Array(repeating: Array("abcd".utf8), count: 4).flatMap { $0 }
        let bits = Entropy.bitsPerByte(even.rawSpan)
        #expect(bits == 2)
        let none = Entropy.bitsPerByte([UInt8](repeating: 7, count: 9).rawSpan)
        #expect(none == 0)
    }

    @Test(arguments: [
        ("value >= 7.5", RealRange.greaterOrEqual(7.5)), ("bytes 4, offset 30,value <7", .less(7)), ("value 7", .equal(7)),
        ("value != 4", .notEqual(4)), ("value 4-5", .between(4, 5)), ("value !4<>5", .notBetween(4, 5)), ("value 1e-1", .equal(0.1)),
    ])
    func entropyForms(_ options: String, _ range: RealRange) throws {
        let signature = try #require(RuleFixture.signature("file.data; entropy: \(options);", proto: "http"))
        guard case .entropy(let test) = signature.inspections[0].tests[0] else {
            Issue.record("no entropy")
            return
        }
        #expect(test.range == range)
        #expect(test.name == "file_data")
    }

    @Test(arguments: [
        ("entropy: offset 3;", "entropy without a value, expected one such as value > 7"),
        ("entropy: value 5-4;", "entropy: nothing lies between 5.0 and 4.0"),
        ("entropy: value >x;", #"entropy: "x" is no number, expected one such as 7.5"#),
        ("http.uri; gunzip: max-size 0;", #"gunzip: max-size "0", expected 1 to 16777216 bytes"#),
        ("http.uri; subslice: 1,0;", #"subslice: count "0", expected a number other than 0"#),
        ("vlan.id:4096;", "vlan.id: 4096 is too large, expected at most 4095"),
        ("vlan.id:1,7;", #"vlan.id: "7", expected any, all, or a layer from -3 to 2"#),
    ])
    func refuses(_ options: String, _ message: String) {
        #expect(RuleFixture.refusal(options, proto: "ip") == message)
    }
}
