import RuleLanguage
import Testing

@Suite struct LogicalLinesTests {
    private func lines(_ text: String) -> [LogicalLine] { Array(LogicalLines(Array(text.utf8))) }

    @Test func leavesOutCommentsAndBlankLines() {
        let found = lines("# a\n\n  # b\nalert\r\n\t\npass")
        #expect(found.map { String(decoding: $0.bytes, as: UTF8.self) } == ["alert", "pass"])
        #expect(found.map(\.number) == [4, 6])
    }

    @Test func joinsContinuedLinesAndKeepsTheirPlaces() {
        let found = lines("ab\\\ncd\\\nef\ngh\n")
        #expect(found.map { String(decoding: $0.bytes, as: UTF8.self) } == ["abcdef", "gh"])
        #expect(found[0].position(of: 0, file: "f").description == "f:1:1")
        #expect(found[0].position(of: 3, file: "f").description == "f:2:2")
        #expect(found[0].position(of: 5, file: "f").description == "f:3:2")
        #expect(found[1].position(of: 1, file: "f").description == "f:4:2")
    }

    @Test func aContinuedCommentIsOneLine() {
        #expect(lines("# no \\\nalert\n").map(\.number) == [2])
    }

    @Test func endsWithABackslashAtTheEndOfTheFile() {
        #expect(lines("ab\\").map { String(decoding: $0.bytes, as: UTF8.self) } == ["ab"])
    }

    @Test(arguments: [
        ("a\u{1}b", "control byte 0x1, expected text or |hex| in a content", 1),
        ("ab\u{7f}", "control byte 0x7f, expected text or |hex| in a content", 2),
        (String(repeating: "x", count: 8193), "the line has 8193 bytes, expected at most 8192", 8192),
    ])
    func refusesBytes(_ text: String, _ message: String, _ offset: Int) {
        #expect(throws: RuleError(message, at: offset)) { try lines(text)[0].check() }
    }

    @Test func refusesWhatIsNotUTF8() {
        let line = Array(LogicalLines([97, 0xc3, 0x28]))[0]
        #expect(throws: RuleError("byte 0xc3 is not UTF-8, expected |hex| for raw bytes", at: 1)) { try line.check() }
    }

    @Test func letsTextThrough() throws {
        try lines("Cảnh báo\tđỏ " + String(repeating: "x", count: 8170))[0].check()
    }
}
