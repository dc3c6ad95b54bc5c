/// Rows in aligned columns. The last column takes what is left of the line.
public struct Table: Sendable {
    private let headings: [String]
    private var rows: [[String]] = []

    public init(_ headings: [String]) { self.headings = headings }

    /// Adds a row; cells are made safe for the terminal.
    public mutating func add(_ cells: [String]) { rows.append(cells.map(DisplayText.safe)) }

    public var isEmpty: Bool { rows.isEmpty }

    /// The table's lines.
    ///
    /// - Parameter columns: width of the line; nil for no limit (output that is not a terminal).
    public func lines(columns: Int?) -> [String] {
        let all = [headings] + rows
        let count = headings.count
        var widths = (0..<count).map { index in all.map { DisplayText.width($0[index]) }.max() ?? 0 }
        if let columns, count > 0 {
            let others = widths.dropLast().reduce(0) { $0 + $1 + 2 }
            widths[count - 1] = min(widths[count - 1], max(12, columns - others))
        }
        return all.map { row in
            var line = ""
            for (index, cell) in row.enumerated() {
                let text = DisplayText.fitted(cell, to: widths[index])
                line += index == count - 1 ? trimmed(text) : text + "  "
            }
            return line
        }
    }

    private func trimmed(_ text: String) -> String {
        var text = text
        while text.last == " " { text.removeLast() }
        return text
    }
}
