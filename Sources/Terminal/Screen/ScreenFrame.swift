/// How a piece of text looks on a full screen.
public struct TextStyle: Sendable, Hashable {
    public var colour: Colour?
    /// Light on dark becomes dark on light: bars, and what is selected.
    public var isReversed: Bool

    public init(_ colour: Colour? = nil, isReversed: Bool = false) {
        self.colour = colour
        self.isReversed = isReversed
    }

    public static let plain = TextStyle()
    public static let strong = TextStyle(.strong)
    public static let quiet = TextStyle(.quiet)
    public static let warning = TextStyle(.warning)
    public static let alarm = TextStyle(.alarm)
    public static let good = TextStyle(.good)
    public static let bar = TextStyle(isReversed: true)

    public var reversed: TextStyle { TextStyle(colour, isReversed: true) }
}

/// A line of pieces that look different.
public struct StyledLine: Sendable, Hashable {
    public struct Piece: Sendable, Hashable {
        public var text: String
        public var style: TextStyle
    }

    public private(set) var pieces: [Piece] = []

    public init() {}
    public init(_ text: String, _ style: TextStyle = .plain) { add(text, style) }

    /// Adds text; what could command a terminal becomes dots.
    public mutating func add(_ text: String, _ style: TextStyle = .plain) {
        if !text.isEmpty { pieces.append(Piece(text: DisplayText.safe(text), style: style)) }
    }

    public func adding(_ text: String, _ style: TextStyle = .plain) -> StyledLine {
        var line = self
        line.add(text, style)
        return line
    }

    /// The words alone.
    public var text: String { pieces.map(\.text).joined() }

    public var width: Int { DisplayText.width(text) }

    /// Exactly `columns` wide: padded in the style that is given, or cut with an ellipsis.
    public func fitted(to columns: Int, padding: TextStyle = .plain) -> StyledLine {
        var result = StyledLine()
        var left = columns
        for piece in pieces where left > 0 {
            let size = DisplayText.width(piece.text)
            if size <= left {
                result.pieces.append(piece)
                left -= size
            } else {
                result.pieces.append(Piece(text: DisplayText.fitted(piece.text, to: left), style: piece.style))
                left = 0
            }
        }
        if left > 0 { result.pieces.append(Piece(text: String(repeating: " ", count: left), style: padding)) }
        return result
    }

    /// The whole line light on dark, or dark on light.
    public var reversed: StyledLine {
        var line = self
        for index in line.pieces.indices { line.pieces[index].style.isReversed = true }
        return line
    }

    /// Pieces put together in lines of at most `columns`, broken between words; lines after the first begin `indent` further right.
    public func wrapped(to columns: Int, indent: Int = 0) -> [StyledLine] {
        guard width > columns else { return [self] }
        var lines: [StyledLine] = []
        var line = StyledLine()
        var used = 0
        func room() -> Int { max(2, columns) }
        func finish() {
            lines.append(line)
            line = StyledLine(String(repeating: " ", count: min(indent, columns / 2)))
            used = min(indent, columns / 2)
        }
        for piece in pieces {
            var rest = Substring(piece.text)
            while !rest.isEmpty {
                let isSpace = rest.first == " "
                let end = rest.firstIndex { ($0 == " ") != isSpace } ?? rest.endIndex
                var word = String(rest[..<end])
                rest = rest[end...]
                var size = DisplayText.width(word)
                if used + size > room(), used > (lines.isEmpty ? 0 : min(indent, columns / 2)) {
                    finish()
                    if isSpace { continue }
                }
                // A word that is longer than a line breaks where the line ends.
                while used + size > room() {
                    var head = ""
                    var width = 0
                    for character in word {
                        let more = DisplayText.width(String(character))
                        if used + width + more > room() { break }
                        head.append(character)
                        width += more
                    }
                    if head.isEmpty { break }
                    line.pieces.append(Piece(text: head, style: piece.style))
                    word.removeFirst(head.count)
                    size -= width
                    finish()
                }
                if !word.isEmpty { line.pieces.append(Piece(text: word, style: piece.style)) }
                used += size
            }
        }
        lines.append(line)
        return lines
    }
}

/// What a full screen shows at one moment.
public struct ScreenFrame: Sendable, Hashable {
    public var lines: [StyledLine]
    /// Where the person types; nil to show no cursor.
    public var cursor: (row: Int, column: Int)? {
        get { cursorRow.map { ($0, cursorColumn) } }
        set {
            cursorRow = newValue?.row
            cursorColumn = newValue?.column ?? 0
        }
    }
    private var cursorRow: Int?
    private var cursorColumn = 0

    public init(lines: [StyledLine] = []) { self.lines = lines }

    /// The words alone, without what pads lines at their ends.
    public var text: [String] {
        lines.map { line in
            var text = line.text
            while text.last == " " { text.removeLast() }
            return text
        }
    }
}

/// What a person presses.
public enum Key: Sendable, Hashable {
    case character(Character)
    /// Ctrl and a letter, small.
    case control(Character)
    case enter, escape, tab, backTab, backspace, delete
    case up, down, left, right, pageUp, pageDown, home, end
    case function(Int)
    /// The terminal has another size now.
    case resize
}
