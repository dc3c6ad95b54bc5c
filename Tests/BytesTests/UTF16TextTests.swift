import Testing

@testable import Bytes

@Suite struct UTF16TextTests {
    private static func wide(_ text: String) -> [UInt8] { text.utf16.flatMap { [UInt8($0 & 255), UInt8($0 >> 8)] } }

    @Test func textWithoutItsZeros() {
        #expect(String(decoding: UTF16Text.decode(Self.wide("Tệp\0 🌾").rawSpan), as: UTF8.self) == "Tệp 🌾")
        #expect(UTF16Text.decode([97, 0, 98].rawSpan) == [97, 98])
        #expect(UTF16Text.decode([0x3d, 0xd8].rawSpan) == Array("\u{fffd}".utf8))
    }

    @Test func textUpToItsEnd() {
        let bytes = [9] + Self.wide("ab\0cd")
        let found = UTF16Text.terminated(bytes.rawSpan, from: 1)
        #expect(found?.text == [97, 98])
        #expect(found?.end == 7)
        #expect(UTF16Text.terminated(bytes.rawSpan, from: 7) == nil)
        #expect(UTF16Text.terminated([97, 0, 0].rawSpan, from: 0)?.end == 3)
        #expect(UTF16Text.terminated([97].rawSpan, from: 0) == nil)
    }
}
