import Terminal
import Testing

@Suite struct TerminalTests {
    @Test(arguments: [("Sự cố", 5), ("Đội ứng cứu", 11), ("日本", 4), ("e\u{301}", 1), ("", 0), ("a\u{200d}b", 2)])
    func widthCountsColumns(text: String, columns: Int) { #expect(DisplayText.width(text) == columns) }

    @Test func controlCharactersAreShownAsDots() {
        #expect(DisplayText.safe("a\u{1b}[2J\u{202e}b\nc\u{9b}") == "a·[2J·b·c·")
    }

    @Test func fittedIsExactlyAsWide() {
        for columns in 1...14 { #expect(DisplayText.width(DisplayText.fitted("Đội ứng cứu", to: columns)) == columns) }
    }

    @Test func tableAlignsVietnameseAndCutsTheLastColumn() {
        var table = Table(["Mã", "Nội dung"])
        table.add(["VG-1", "Kết nối máy chủ điều khiển, botnet"])
        table.add(["VG-22", "Dò quét cổng"])
        let lines = table.lines(columns: 20)
        #expect(lines[0].hasPrefix("Mã     Nội dung"))
        #expect(lines.allSatisfy { DisplayText.width($0) <= 20 })
        #expect(table.lines(columns: nil)[1] == "VG-1   Kết nối máy chủ điều khiển, botnet")
    }
}
