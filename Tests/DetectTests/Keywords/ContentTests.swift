import RuleLanguage
import Testing

@testable import Detect

@Suite struct ContentTests {
    @Test(arguments: [
        (#"content:"abc";"#, Array("abc".utf8)),
        (#"content:"|41 42,43|";"#, Array("ABC".utf8)),
        (#"content:"a|3A|b|3b0a|";"#, Array("a:b;\n".utf8)),
        (#"content:"\"\;\:\\";"#, Array("\";:\\".utf8)),
        (#"content:"a:b";"#, Array("a:b".utf8)),
        (#"content:"é";"#, [0xc3, 0xa9]),
    ])
    func readsBytes(_ options: String, _ bytes: [UInt8]) throws {
        let signature = try #require(RuleFixture.signature(options))
        guard case .content(let content) = signature.inspections[0].tests[0] else {
            Issue.record("no content")
            return
        }
        #expect(content.bytes == bytes)
        #expect(!content.isNegated)
    }

    @Test func negates() throws {
        let signature = try #require(RuleFixture.signature(#"content:! "abc";"#))
        guard case .content(let content) = signature.inspections[0].tests[0] else {
            Issue.record("no content")
            return
        }
        #expect(content.isNegated)
        #expect(signature.inspections[0].fastPattern == nil)
    }

    @Test(arguments: [
        ("content:abc;", #"content without quotes, expected content:"…""#),
        (#"content:"";"#, "an empty content, expected at least one byte"),
        (#"content:"|4|";"#, #"half a byte between "|", expected an even number of hexadecimal digits"#),
        (#"content:"|4x|";"#, #""x" between "|", expected hexadecimal digits"#),
        (#"content:"|41";"#, #"hex bytes without their end, expected "|""#),
        (#"content:"a\n";"#, #"a backslash that escapes nothing, expected \", \;, \: or \\"#),
        (#"content:"a"b";"#, #"a quote inside the content, expected \""#),
        ("content;", #"content needs a value, expected "content:…;""#),
        ("nocase;", "nocase has no content to change, expected a content before it"),
        (#"content:"a"; nocase; nocase;"#, "nocase stands twice on one content, expected once"),
        (#"content:"abc"; depth:2;"#, "depth 2 is shorter than its content of 3 bytes"),
        (#"content:"abc"; within:2;"#, "within 2 is shorter than its content of 3 bytes"),
        (
            #"content:"a"; offset:1; distance:1;"#,
            "distance mixes offset or depth with distance or within on one content, expected one kind"
        ),
        (#"content:"a"; startswith; depth:4;"#, "depth beside startswith, expected one of them"),
        (#"content:"a"; offset:1; startswith;"#, "startswith beside offset, depth, distance or within, expected it alone"),
        (#"content:"a"; within:2000000;"#, "within: 2000000 is out of range, expected -1048576 to 1048576"),
        (
            #"content:"a"; offset:x;"#,
            #"offset: "x" is no number and no variable, expected one set by byte_extract or byte_math"#
        ),
        (#"content:"abc"; fast_pattern:1,3;"#, "fast_pattern: 1,3 reaches past its content of 3 bytes"),
        (#"content:"a"; fast_pattern; content:"b"; fast_pattern;"#, "fast_pattern stands on two contents, expected one"),
        (#"content:!"a"; offset:3; fast_pattern;"#, "fast_pattern on a negated content with a position, expected a content without one"),
        ("no_such:1;", #"unknown keyword "no_such""#),
    ])
    func refuses(_ options: String, _ message: String) {
        #expect(RuleFixture.refusal(options) == message)
    }

    @Test func depthBeforeOffsetIsTheSame() throws {
        let one = try #require(RuleFixture.signature(#"content:"a"; offset:4; depth:9;"#))
        let other = try #require(RuleFixture.signature(#"content:"a"; depth:9; offset:4;"#))
        #expect("\(one.inspections)" == "\(other.inspections)")
        #expect(one.kind == .packetAndStream)
    }

    @Test func nothingAfterTheMatchIsEndswith() throws {
        let signature = try #require(RuleFixture.signature(#"content:"a"; isdataat:!1,relative;"#))
        #expect(signature.inspections[0].tests.count == 1)
        guard case .content(let content) = signature.inspections[0].tests[0] else {
            Issue.record("no content")
            return
        }
        #expect(content.endsWith)
    }

    @Test func takesTheLongestPositiveContentAsFastPattern() throws {
        let signature = try #require(RuleFixture.signature(#"content:"abc"; content:"defgh"; content:!"ijklmnop";"#))
        #expect(signature.inspections[0].fastPattern == FastPattern(test: 1, slice: 0..<5))
        let chosen = try #require(RuleFixture.signature(#"content:"abcdef"; content:"xyz"; fast_pattern:1,2;"#))
        #expect(chosen.inspections[0].fastPattern == FastPattern(test: 1, slice: 1..<3))
    }
}
