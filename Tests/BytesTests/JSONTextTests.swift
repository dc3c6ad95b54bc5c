import TestSupport
import Testing

@testable import Bytes

@Suite struct JSONTextTests {
    private func text(_ text: String) throws -> JSONText { try JSONText(ArraySlice(text.utf8)) }

    @Test func findsValuesByPath() throws {
        let value = try text(#" { "time": "now", "response" : { "threats":[ {"host":"a\u0041\n","year":2005.0}, 7 ] } } "#)
        let threats = try #require(value.value(at: "response.threats"))
        #expect(threats.kind == .array)
        #expect(threats.elements.count == 2)
        #expect(threats.elements[0].value(at: "host")?.string == Array("aA\n".utf8))
        #expect(threats.elements[0].value(at: "year")?.kind == .number)
        #expect(value.value(at: "response.nothing") == nil)
        #expect(value.value(at: "time.x") == nil)
    }

    @Test func writesWithoutBlanksAndWithoutAMember() throws {
        let value = try text(#"{ "a": {"b": 1.50, "c": "x"}, "d": [ true , null ] }"#)
        #expect(String(decoding: value.compact(), as: UTF8.self) == #"{"a":{"b":1.50,"c":"x"},"d":[true,null]}"#)
        #expect(String(decoding: value.compact(omitting: "a.c"), as: UTF8.self) == #"{"a":{"b":1.50},"d":[true,null]}"#)
    }

    @Test func surrogatesBecomeOneCharacter() throws {
        #expect(try text(#""\ud83d\ude00""#).string == Array("😀".utf8))
        #expect(try text(#""\ud83d""#).string == Array("\u{fffd}".utf8))
    }

    @Test(arguments: ["", "{", "[1,", #"{"a"}"#, "tru", #""x"#, #""\u12""#, "1 2", "[1}", #"{"a":1,}"#, "-", "\"\u{1}\""])
    func refuses(_ wrong: String) {
        #expect(throws: JSONTextError.self) { try text(wrong) }
    }

    @Test func deepNestingIsRefused() {
        #expect(throws: JSONTextError.self) { try text(String(repeating: "[", count: 100_000)) }
    }

    @Test func everyPrefixAndMutationEnds() throws {
        let sample = Array(#"{"a":[{"b":"\u00e9\"x"},-1.5e3,false,null],"c":{"d":{}}}"#.utf8)
        for count in 0..<sample.count { _ = try? JSONText(sample[0..<count]) }
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            var bytes = sample
            bytes[Int.random(in: bytes.indices, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            guard let value = try? JSONText(bytes[...]) else { continue }
            _ = value.compact(omitting: "a")
            _ = value.value(at: "a")?.elements.first?.value(at: "b")?.string
        }
    }
}
