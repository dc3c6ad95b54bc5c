import Bytes
import TestSupport
import Testing

@testable import Match

@Suite struct MatchTests {
    /// A set's candidates against a search by hand, over random texts of few letters.
    @Test func literalSetsFindWhatASearchFinds() {
        var random = SeededGenerator(seed: 21)
        let letters: [UInt8] = Array("abAB\0\u{ff}".utf8)
        for _ in 0..<60 {
            let literals = (0..<Int.random(in: 1...40, using: &random)).map { _ in
                Literal(
                    (0..<Int.random(in: 1...9, using: &random)).map { _ in letters.randomElement(using: &random)! },
                    isCaseInsensitive: Bool.random(using: &random))
            }
            let set = LiteralSet(literals)
            let found = Candidates()
            for _ in 0..<20 {
                let text = (0..<Int.random(in: 0...60, using: &random)).map { _ in letters.randomElement(using: &random)! }
                found.reset()
                set.scan(text.rawSpan, into: found)
                let expected = literals.indices.filter {
                    Needle(literals[$0].bytes, isCaseInsensitive: literals[$0].isCaseInsensitive).first(in: text.rawSpan) != nil
                }
                #expect((0..<found.count).map { found[$0] }.sorted() == Array(expected))
            }
        }
    }

    /// Sets as large as rules make them, in long texts that hold many of the literals: rare and common bytes, runs of one byte, all alignments.
    @Test func largeSetsFindWhatASearchFinds() {
        var random = SeededGenerator(seed: 22)
        let common: [UInt8] = Array("aeiost .:/0\0\0\0 \u{01}".utf8)
        func byte() -> UInt8 {
            Bool.random(using: &random) ? common.randomElement(using: &random)! : UInt8.random(in: 0...255, using: &random)
        }
        for size in [5, 30, 130, 700] {
            let literals = (0..<size).map { _ in
                Literal((0..<Int.random(in: 1...24, using: &random)).map { _ in byte() }, isCaseInsensitive: Bool.random(using: &random))
            }
            let set = LiteralSet(literals)
            let found = Candidates()
            for _ in 0..<6 {
                var text: [UInt8] = []
                while text.count < 1500 {
                    if Int.random(in: 0..<4, using: &random) == 0 {
                        let planted = literals.randomElement(using: &random)!
                        text += planted.bytes.map {
                            planted.isCaseInsensitive && ASCII.isLetter($0) && Bool.random(using: &random) ? $0 ^ 0x20 : $0
                        }
                    } else {
                        text.append(byte())
                    }
                }
                found.reset()
                set.scan(text.rawSpan, into: found)
                let expected = literals.indices.filter {
                    Needle(literals[$0].bytes, isCaseInsensitive: literals[$0].isCaseInsensitive).first(in: text.rawSpan) != nil
                }
                #expect((0..<found.count).map { found[$0] }.sorted() == Array(expected))
            }
        }
    }

    @Test func searchHonoursItsRange() {
        let text = Array("xxabcxxABC".utf8)
        let pattern = Array("abc".utf8)
        #expect(Needle(pattern, isCaseInsensitive: false).first(in: text.rawSpan, from: 0, to: 10) == 2)
        #expect(Needle(pattern, isCaseInsensitive: false).first(in: text.rawSpan, from: 3, to: 10) == nil)
        #expect(Needle(pattern, isCaseInsensitive: true).first(in: text.rawSpan, from: 3, to: 10) == 7)
        #expect(Needle(pattern, isCaseInsensitive: false).first(in: text.rawSpan, from: 0, to: 4) == nil)
        #expect(Needle(pattern, isCaseInsensitive: false).first(in: [UInt8]().rawSpan) == nil)
    }

    /// The same answers from machine code, also where its stack is too small for the text.
    @Test func acceleratedExpressionsGiveTheSame() throws {
        let scratch = RegexScratch()
        var unbounded = Regex.Options()
        unbounded.liftsLimit = true
        let long = [UInt8](repeating: 0x61, count: 60_000) + [0x62]
        let texts = ["", "x", "user=admin&id=7", "aaab", "\r\nHost: a\r\n"].map { Array($0.utf8) } + [long]
        for expression in ["a+b", "^$", "id=[0-9]", "(?:a|aa)+b", "((a|b)*)b$", "Host:\\s(\\w)"] {
            let plain = try Regex(expression, unbounded)
            let fast = try Regex(expression, unbounded)
            fast.accelerate()
            for text in texts {
                #expect(fast.firstMatch(in: text.rawSpan, from: 0, scratch) == plain.firstMatch(in: text.rawSpan, from: 0, scratch))
            }
        }
    }

    @Test func expressionsAndTheirOptions() throws {
        let scratch = RegexScratch()
        func first(_ expression: String, _ text: String, _ change: (inout Regex.Options) -> Void = { _ in }) throws -> Range<Int>? {
            var options = Regex.Options()
            change(&options)
            let bytes = Array(text.utf8)
            return try Regex(expression, options).firstMatch(in: bytes.rawSpan, from: 0, scratch)
        }
        #expect(try first("b+", "abbc") == 1..<3)
        #expect(try first("B+", "abbc") == nil)
        #expect(try first("B+", "abbc") { $0.isCaseInsensitive = true } == 1..<3)
        #expect(try first("a.c", "a\nc") == nil)
        #expect(try first("a.c", "a\nc") { $0.dotMatchesNewline = true } == 0..<3)
        #expect(try first("b", "ab") { $0.isAnchored = true } == nil)
        #expect(throws: MatchError.self) { try Regex("(") }
    }

    /// An expression that explodes is cut off by PCRE2's limits instead of holding the sensor.
    @Test func explodingExpressionsEnd() throws {
        let bytes = [UInt8](repeating: 0x61, count: 40_000)
        let regex = try Regex("^(a+)+$b")
        let clock = ContinuousClock()
        let time = clock.measure { _ = regex.firstMatch(in: bytes.rawSpan, from: 0, RegexScratch()) }
        #expect(time < .seconds(20))
    }
}
