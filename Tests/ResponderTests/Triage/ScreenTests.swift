import Terminal
import TestSupport
import Testing

/// Lines of a full screen, and the line that a person types.
@Suite struct ScreenTests {
    @Test func nothingCommandsTheTerminal() {
        let line = StyledLine("a\u{1b}[2J").adding("\u{202e}b\u{9b}\n", .alarm)
        #expect(line.text == "a·[2J·b··")
        #expect(line.fitted(to: 20).text.unicodeScalars.allSatisfy { $0.value >= 0x20 })
    }

    @Test(arguments: [1, 2, 3, 7, 10, 40])
    func fittedIsExactlyAsWide(columns: Int) {
        let line = StyledLine("Đội ứng cứu ", .strong).adding("日本語", .warning).adding(" sự cố")
        #expect(line.fitted(to: columns).width == columns)
    }

    @Test func wrappingFitsAndLosesNothing() {
        var random = SeededGenerator(seed: 7)
        let words = ["Đội", "ứng", "cứu", "日本語", "antidisestablishmentarianism", "a", "của", "VG-2026-0001", "—", ""]
        for _ in 0..<300 {
            var line = StyledLine()
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                line.add((words.randomElement(using: &random) ?? "") + " ", Bool.random(using: &random) ? .strong : .plain)
            }
            let columns = Int.random(in: 4...50, using: &random)
            let indent = Int.random(in: 0...10, using: &random)
            let lines = line.wrapped(to: columns, indent: indent)
            #expect(lines.allSatisfy { $0.width <= columns }, "\(columns) \(indent) \(line.text)")
            #expect(lines.map(\.text).joined().filter { $0 != " " } == line.text.filter { $0 != " " })
        }
    }

    /// The line after these keys.
    private func typed(_ keys: [Key], into text: String = "") -> LineEditor {
        var editor = LineEditor(text)
        for key in keys { _ = editor.take(key) }
        return editor
    }

    @Test func typing() {
        let text = typed("Sự cố nặng".map(Key.character))
        #expect(text.text == "Sự cố nặng" && text.cursor == 10)
        #expect(typed([.control("w")], into: "Sự cố nặng").text == "Sự cố ")
        #expect(typed([.home, .delete], into: "Sự cố").text == "ự cố")
        #expect(typed([.home, .right, .control("k")], into: "Sự cố").text == "S")
        #expect(typed([.backspace, .backspace, .backspace], into: "ab").text.isEmpty)
        #expect(typed([.left, .character("x"), .control("u")], into: "ab").text == "b")
        // Marks that come by themselves belong to the letter before them.
        let joined = typed([.character("e"), .character("\u{301}")])
        #expect(joined.text == "é" && joined.cursor == 1)
        var editor = LineEditor("a")
        let others = [Key.up, .enter, .tab, .escape].map { editor.take($0) }
        #expect(others == [false, false, false, false] && editor.text == "a")
    }

    @Test func theCursorIsAlwaysSeen() {
        var editor = LineEditor(String(repeating: "nghiêm 日本 ", count: 30))
        for key in Array(repeating: Key.left, count: 200) + [.end, .home, .end] {
            for columns in [6, 20, 78] {
                let window = editor.window(columns: columns)
                #expect(window.cursor < columns && DisplayText.width(window.text) <= columns)
            }
            _ = editor.take(key)
        }
    }

    @Test func framesCompareByWhatIsSeen() {
        var frame = ScreenFrame(lines: [StyledLine("a  "), StyledLine("b", .alarm)])
        #expect(frame.text == ["a", "b"])
        let same = frame
        #expect(frame == same)
        frame.cursor = (1, 2)
        #expect(frame != same && frame.cursor?.column == 2)
    }
}
