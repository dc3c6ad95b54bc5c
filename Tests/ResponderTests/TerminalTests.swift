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

    @Test func lastColumnGoesOnBelowItself() {
        var table = Table(["Mã", "Nội dung"])
        table.add(["VG-1", "Kết nối máy chủ điều khiển, botnet từ máy trạm của phòng kế toán"])
        let lines = table.lines(columns: 30)
        #expect(lines.count == 4)
        #expect(lines[1].hasPrefix("VG-1  Kết nối") && lines[2].hasPrefix("      "))
        #expect(lines.allSatisfy { DisplayText.width($0) <= 30 })
        let short = table.lines(columns: 20)
        #expect(short.last?.hasSuffix("…") == true && short.count == 4)
    }

    @Test(arguments: [1, 2, 5, 8, 20, 100])
    func wrappingLosesNothingAndFits(columns: Int) {
        let text = "Đội ứng cứu sự cố 日本語 antidisestablishmentarianism"
        let lines = DisplayText.wrapped(text, to: columns, most: 1000)
        #expect(lines.allSatisfy { DisplayText.width($0) <= max(2, columns) })
        #expect(lines.joined().filter { $0 != " " } == text.filter { $0 != " " })
    }

    @Test func coloursNeedATerminalAndConsent() {
        #expect(Colour.areWanted(isTerminal: true, [:]))
        #expect(!Colour.areWanted(isTerminal: false, [:]))
        #expect(!Colour.areWanted(isTerminal: true, ["NO_COLOR": "1"]))
        #expect(!Colour.areWanted(isTerminal: true, ["TERM": "dumb"]))
        var table = Table(["Mức"])
        table.add(["M1"])
        #expect(table.lines(columns: 80) { $0 == "M1" ? .alarm : nil }[1] == "\u{1b}[1;31mM1\u{1b}[0m")
        #expect(table.lines(columns: 80)[1] == "M1")
    }

    @Test func pagerIsForWhatDoesNotFit() {
        #expect(Pager.command(lines: 10, rows: 24, [:]) == nil)
        #expect(Pager.command(lines: 30, rows: 24, [:]) == "less")
        #expect(Pager.command(lines: 30, rows: 24, ["PAGER": "more"]) == "more")
        #expect(Pager.command(lines: 30, rows: 24, ["PAGER": ""]) == nil)
        #expect(Pager.command(lines: 30, rows: nil, [:]) == nil)
    }

    @Test(arguments: [
        (30.0, "vừa xong"), (600, "10 phút trước"), (7200, "2 giờ trước"), (-90_000, "còn 25 giờ"), (400_000, "4 ngày trước"),
    ])
    func timesAreSaidRelatively(seconds: Double, text: String) { #expect(RelativeTime.text(seconds: seconds, isVietnamese: true) == text) }

    @Test func barsShowShareAndTime() {
        #expect(ProgressBar.line("Kiểm tra", done: 5, of: 10, seconds: 6, width: 10) == "Kiểm tra [#####.....] 50%  ~6 s")
        #expect(ProgressBar.line("x", done: 10, of: 10, seconds: 6, width: 4) == "x [####] 100%  ~0 s")
    }
}
