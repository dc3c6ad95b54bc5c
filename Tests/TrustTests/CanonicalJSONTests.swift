import TestSupport
import Testing
import Trust

@Suite struct CanonicalJSONTests {
    /// The example of RFC 8785 §3.2.2 and §3.2.3.
    @Test func example() throws {
        let text = #"""
            {
              "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
              "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
              "literals": [null, true, false]
            }
            """#
        #expect(
            try JSONValue(parsing: text).canonicalText()
                == #"{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],"string":"€$\u000f\nA'B\"\\\\\"/"}"#)
    }

    /// RFC 8785 §3.2.3: names sort by UTF-16 code units, so the surrogate pair stands before U+FB33.
    @Test func namesSortByCodeUnits() throws {
        let text = #"{"\u20ac":1,"\r":2,"\ufb33":3,"1":4,"\ud83d\ude00":5,"\u0080":6,"\u00f6":7}"#
        #expect(try JSONValue(parsing: text).canonicalText() == "{\"\\r\":2,\"1\":4,\"\u{80}\":6,\"ö\":7,\"€\":1,\"😀\":5,\"\u{fb33}\":3}")
    }

    /// RFC 8785 appendix B.
    @Test(
        arguments: [
            (0x0000_0000_0000_0000, "0"), (0x8000_0000_0000_0000, "0"), (0x0000_0000_0000_0001, "5e-324"),
            (0x8000_0000_0000_0001, "-5e-324"), (0x7fef_ffff_ffff_ffff, "1.7976931348623157e+308"),
            (0x4340_0000_0000_0000, "9007199254740992"), (0xc340_0000_0000_0000, "-9007199254740992"),
            (0x4430_0000_0000_0000, "295147905179352830000"), (0x44b5_2d02_c7e1_4af5, "9.999999999999997e+22"),
            (0x44b5_2d02_c7e1_4af6, "1e+23"), (0x444b_1ae4_d6e2_ef4e, "999999999999999700000"),
            (0x444b_1ae4_d6e2_ef50, "1e+21"), (0x3eb0_c6f7_a0b5_ed8c, "9.999999999999997e-7"), (0x3eb0_c6f7_a0b5_ed8d, "0.000001"),
            (0x41b3_de43_5555_5553, "333333333.3333332"), (0x41b3_de43_5555_5554, "333333333.33333325"),
            (0x41b3_de43_5555_5557, "333333333.33333343"),
            (0xbecb_f647_612f_3696, "-0.0000033333333333333333"), (0x4314_3ff3_c1cb_0959, "1424953923781206.2"),
        ] as [(UInt64, String)])
    func numbers(bits: UInt64, text: String) throws {
        #expect(try JSONValue.number(Double(bitPattern: bits)).canonicalText() == text)
    }

    /// What is written for a large number is read as that number, and is written the same again.
    @Test func largeNumbersComeBack() throws {
        for text in ["[9021e12]", "[-9021e12]", "[9007199254740992]", "[9223372036854775000]", "[1e20]", "[1e300]"] {
            let canonical = try JSONValue(parsing: Array(text.utf8)).canonicalBytes()
            #expect(try JSONValue(parsing: canonical).canonicalBytes() == canonical, "\(text)")
        }
        // No floating-point number is this one.
        #expect(throws: CanonicalJSONError.self) { try JSONValue(parsing: Array("[9007199254740993]".utf8)).canonicalBytes() }
    }

    @Test func refusesWhatHasNoCanonicalForm() {
        #expect(throws: CanonicalJSONError.notFinite) { try JSONValue.number(.infinity).canonicalText() }
        #expect(throws: CanonicalJSONError.integerTooLarge(1 << 53)) { try JSONValue.integer(1 << 53).canonicalText() }
        #expect(throws: Never.self) { try JSONValue.integer(1 << 53 - 1).canonicalText() }
    }

    @Test(arguments: [
        "", "{", "[1,]", "{\"a\":1,\"a\":2}", "01", "1.", "-", "\"\\ud800\"", "\"\u{01}\"", "nul", "[1] 2", "1e999", "{1:2}", "\"a", "+1",
    ])
    func refusesWhatIsNoJSON(text: String) {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
    }

    @Test func depthIsBounded() {
        #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: String(repeating: "[", count: 100_000)) }
    }

    /// Whatever parses has a canonical form that parses to the same, and mutated text never traps.
    @Test func mutatedText() throws {
        var generator = SeededGenerator(seed: 8785)
        let sample = Array(
            #"{"a":[1,-2.5e-3,"xé\n\ud83d\ude00",{"b":null,"c":[true,false]}],"kind":"incident.opened","n":1732157000123456}"#.utf8)
        var parsed = 0
        for round in 0..<4000 {
            var bytes = round < sample.count ? Array(sample[..<round]) : sample
            if round >= sample.count {
                for _ in 0..<Int.random(in: 1...3, using: &generator) {
                    bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
                }
            }
            guard let value = try? JSONValue(parsing: bytes), let text = try? value.canonicalText() else { continue }
            parsed += 1
            #expect(try JSONValue(parsing: text).canonicalText() == text)
        }
        #expect(parsed > 100)
    }
}
