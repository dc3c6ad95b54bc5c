import CNcurses
import Foundation
import Glibc

/// Why there is no full screen.
public enum ScreenError: Error, Sendable, Hashable {
    case notATerminal
    /// No description of it (terminfo).
    case unknownTerminal(String)
}

/// The whole terminal, by ncurses. Frames are compared with what is there: only what has changed goes over the line, all of it at once.
///
/// One at a time; ``close()`` gives the terminal back, and so does every signal that ends the program.
public final class CursesScreen {
    /// What ended the wait for a key.
    public enum Input: Sendable, Hashable {
        case key(Key)
        case nothing
        /// Ctrl-C.
        case interrupt
        /// A signal asked the program to end, or the terminal is gone.
        case end
    }

    private let usesColour: Bool
    private let isConsole: Bool
    private var shown: ScreenFrame?
    private var isOpen = true

    /// Takes the terminal.
    public init(_ environment: [String: String]) throws(ScreenError) {
        guard isatty(0) == 1, isatty(1) == 1 else { throw .notATerminal }
        let name = environment["TERM"] ?? ""
        guard !name.isEmpty, name != "dumb" else { throw .unknownTerminal(name) }
        // What is shown is UTF-8, whatever the environment says.
        setlocale(LC_ALL, "")
        if String(cString: nl_langinfo(Int32(CODESET))) != "UTF-8" { setlocale(LC_CTYPE, "C.UTF-8") }
        var line = termios()
        tcgetattr(0, &line)
        TerminalSignal.install()
        guard curses_open() != nil else {
            TerminalSignal.remove()
            throw .unknownTerminal(name)
        }
        isConsole = name == "linux"
        // Over a slow line the bytes of an arrow key may come one by one.
        if environment["ESCDELAY"] == nil { curses_escape_delay(100) }
        cbreak()
        noecho()
        nonl()
        curses_keypad()
        curses_no_wait()
        // How many there are is known only once colours were started.
        usesColour = Colour.areWanted(isTerminal: true, environment) && has_colors() && start_color() == OK && curses_colour_count() >= 8
        if usesColour {
            use_default_colors()
            for (pair, colour) in [(Int16(1), COLOR_RED), (2, COLOR_MAGENTA), (3, COLOR_CYAN)] { init_pair(pair, Int16(colour), -1) }
        }
        let restoring = ["rmcup", "rmkx", "sgr0", "cnorm"].flatMap(CursesScreen.capability) + Array("\r\n".utf8)
        TerminalSignal.keep(restoring, line)
    }

    deinit { close() }

    private static func capability(_ name: String) -> [UInt8] {
        guard let text = tigetstr(name), UInt(bitPattern: text) != UInt.max else { return [] }
        // Padding ($<5>) is for terminals that nobody has any more.
        return Array(String(cString: text).replacing(/\$<[^>]*>/, with: "").utf8)
    }

    /// A signal has asked the program to end.
    public static var isEnding: Bool { TerminalSignal.end != 0 }

    /// How long the line needs for one picture of which a part has changed, by the speed that it says it has; ssh says nothing of its own.
    public var pace: Duration {
        let bytes = max(30, Int(baudrate()) / 10)
        return min(.seconds(1), max(.milliseconds(50), .milliseconds(600 * 1000 / bytes)))
    }

    public var rows: Int { Int(curses_rows()) }
    public var columns: Int { Int(curses_columns()) }

    /// Gives the terminal back. Nothing happens the second time.
    public func close() {
        guard isOpen else { return }
        isOpen = false
        endwin()
        TerminalSignal.remove()
    }

    /// Lends the terminal to another program for as long as `body` lasts.
    public func lend<Value>(_ body: () throws -> Value) rethrows -> Value {
        def_prog_mode()
        endwin()
        // A Ctrl-C there is the other program's.
        signal(SIGINT, SIG_IGN)
        signal(SIGQUIT, SIG_IGN)
        defer {
            TerminalSignal.install()
            reset_prog_mode()
            curses_repaint()
            shown = nil
        }
        return try body()
    }

    /// Paints everything anew, also what should be there already.
    public func repaint() {
        curses_repaint()
        shown = nil
    }

    /// Shows a frame; nothing is sent when it is the one that is there.
    public func show(_ frame: ScreenFrame) {
        guard frame != shown else { return }
        shown = frame
        curses_erase()
        let (rows, columns) = (rows, columns)
        for (row, line) in frame.lines.prefix(rows).enumerated() {
            var column = 0
            for piece in line.pieces {
                let (attributes, pair) = attributes(piece.style)
                for character in DisplayText.safe(piece.text.precomposedStringWithCanonicalMapping) {
                    let width = DisplayText.width(String(character))
                    guard width > 0 else { continue }
                    guard column + width <= columns else { break }
                    put(character, row, column, attributes, pair)
                    column += width
                }
            }
        }
        if let cursor = frame.cursor, cursor.row < rows, cursor.column < columns {
            curs_set(1)
            curses_move(Int32(cursor.row), Int32(cursor.column))
        } else {
            if curs_set(0) == ERR { curses_move(Int32(max(0, rows - 1)), Int32(max(0, columns - 1))) }
        }
        curses_refresh()
    }

    private func put(_ character: Character, _ row: Int, _ column: Int, _ attributes: UInt32, _ pair: Int16) {
        // A cell holds a base character and at most four marks.
        var text = character.unicodeScalars.prefix(5).map { wchar_t(bitPattern: $0.value) }
        if isConsole, let plain = CursesScreen.plain[character] { text = [wchar_t(bitPattern: plain.value)] }
        text.append(0)
        if curses_put(Int32(row), Int32(column), text, attributes, pair) == ERR, row < rows - 1 || column < columns - 1 {
            _ = curses_put(Int32(row), Int32(column), [0xb7, 0], attributes, pair)
        }
    }

    /// What fonts of the Linux console often lack.
    private static let plain: [Character: Unicode.Scalar] = [
        "…": "~", "–": "-", "→": ">", "←": "<", "▲": "!", "▼": "v", "✓": "+", "✗": "x", "“": "\"", "”": "\"",
    ]

    private func attributes(_ style: TextStyle) -> (UInt32, Int16) {
        var attributes: UInt32 = style.isReversed ? curses_reverse() : 0
        var pair: Int16 = 0
        switch style.colour {
        case .alarm:
            attributes |= curses_bold() | (usesColour ? 0 : curses_underline())
            pair = 1
        case .warning:
            attributes |= usesColour ? 0 : curses_bold()
            pair = 2
        case .good: pair = 3
        case .quiet: attributes |= style.isReversed ? 0 : curses_dim()
        case .strong: attributes |= curses_bold()
        case nil: break
        }
        return (attributes, usesColour ? pair : 0)
    }

    /// Waits for a key.
    public func input(milliseconds: Int) -> Input {
        if let input = pending() { return input }
        var waiting = pollfd(fd: 0, events: Int16(POLLIN), revents: 0)
        let count = poll(&waiting, 1, Int32(max(0, milliseconds)))
        if count > 0, waiting.revents & Int16(POLLHUP | POLLERR | POLLNVAL) != 0, waiting.revents & Int16(POLLIN) == 0 { return .end }
        if let input = pending() { return input }
        // Readable and yet no key: the beginning of a sequence that is ignored, or the end of the input.
        guard count > 0, waiting.revents & Int16(POLLIN) != 0 else { return .nothing }
        var left: Int32 = 0
        return ioctl(0, UInt(FIONREAD), &left) == 0 && (left > 0 || waiting.revents & Int16(POLLHUP) == 0) ? .nothing : .end
    }

    private func pending() -> Input? {
        if TerminalSignal.end != 0 { return .end }
        if TerminalSignal.takeInterrupt() { return .interrupt }
        var code: UInt32 = 0
        switch curses_key(&code) {
        case OK: return CursesScreen.key(character: code).map { .key($0) }
        case KEY_CODE_YES: return CursesScreen.key(code: Int32(bitPattern: code)).map { .key($0) }
        default: return nil
        }
    }

    private static func key(character code: UInt32) -> Key? {
        switch code {
        case 9: .tab
        case 10, 13: .enter
        case 27: .escape
        case 8, 127: .backspace
        case 1...26: .control(Character(Unicode.Scalar(UInt8(code) + 96)))
        case 0..<32: nil
        default: Unicode.Scalar(code).map { .character(Character($0)) }
        }
    }

    private static func key(code: Int32) -> Key? {
        switch code {
        case KEY_UP: .up
        case KEY_DOWN: .down
        case KEY_LEFT: .left
        case KEY_RIGHT: .right
        case KEY_PPAGE: .pageUp
        case KEY_NPAGE: .pageDown
        case KEY_HOME: .home
        case KEY_END: .end
        case KEY_BACKSPACE: .backspace
        case KEY_DC: .delete
        case KEY_BTAB: .backTab
        case KEY_ENTER: .enter
        case KEY_RESIZE: .resize
        case KEY_F0 + 1...KEY_F0 + 12: .function(Int(code - KEY_F0))
        default: nil
        }
    }
}
