/// Rows in aligned columns. The last column takes what is left of the line and goes on below itself.
public struct Table: Sendable {
    private let headings: [String]
    private var rows: [[String]] = []

    public init(_ headings: [String], mostLines: Int = 3) {
        self.headings = headings
        self.mostLines = mostLines
    }

    /// Adds a row; cells are made safe for the terminal.
    public mutating func add(_ cells: [String]) { rows.append(cells.map(DisplayText.safe)) }

    public var isEmpty: Bool { rows.isEmpty }

    /// Lines that a cell of the last column may take.
    private let mostLines: Int

    /// The table's lines.
    ///
    /// - Parameters:
    ///   - columns: width of the line; nil for no limit (output that is not a terminal).
    ///   - colour: what a cell's text means; nil for no colours.
    public func lines(columns: Int?, colour: ((String) -> Colour?)? = nil) -> [String] {
        let all = [headings] + rows
        let count = headings.count
        guard count > 0 else { return [] }
        var widths = (0..<count).map { index in all.map { DisplayText.width($0[index]) }.max() ?? 0 }
        let others = widths.dropLast().reduce(0) { $0 + $1 + 2 }
        if let columns { widths[count - 1] = min(widths[count - 1], max(12, columns - others)) }
        // Below the first lines the last column stands where it began; a table wider than the terminal cannot do that.
        let indent = columns.map { others + 12 <= $0 } ?? true ? others : 0
        return all.enumerated().flatMap { number, row -> [String] in
            var line = ""
            for (index, cell) in row.dropLast().enumerated() {
                let text = DisplayText.fitted(cell, to: widths[index])
                line += painted(text, cell, number, colour) + "  "
            }
            let last = row[count - 1]
            guard columns != nil, DisplayText.width(last) > widths[count - 1] else {
                return [trimmed(line + painted(last, last, number, colour))]
            }
            let parts = DisplayText.wrapped(last, to: widths[count - 1], most: mostLines)
            return parts.enumerated().map { index, part in
                (index == 0 ? line : String(repeating: " ", count: indent)) + painted(part, last, number, colour)
            }
        }
    }

    private func painted(_ text: String, _ cell: String, _ row: Int, _ colour: ((String) -> Colour?)?) -> String {
        guard let colour else { return text }
        if row == 0 { return Colour.strong.paint(text) }
        return colour(cell)?.paint(text) ?? text
    }

    private func trimmed(_ text: String) -> String {
        var text = text
        while text.last == " " { text.removeLast() }
        return text
    }
}
