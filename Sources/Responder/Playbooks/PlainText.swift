import Terminal

/// Texts of playbooks for people, as wide as the terminal is.
enum PlainText {
    /// - Parameter indent: columns that stand before each line.
    static func lines(_ lines: [String], indent: Int, _ session: Session) -> [String] {
        guard let columns = session.columns else { return lines }
        return lines.flatMap { DisplayText.wrapped($0, to: max(20, min(columns, 120) - indent)) }
    }

    /// A command's lines behind a sign. What does not fit goes on further in, so that it cannot be taken for a line of its own.
    /// - Parameter columns: of the terminal; nil where nothing is broken.
    static func command(_ text: String, sign: String, indent: String, columns: Int?) -> [String] {
        text.split(separator: "\n", omittingEmptySubsequences: false).flatMap { line -> [String] in
            let safe = DisplayText.safe(String(line))
            guard let columns else { return [indent + sign + safe] }
            let room = max(20, columns - DisplayText.width(indent) - 4)
            return DisplayText.wrapped(safe, to: room, most: .max).enumerated().map { number, part in
                number == 0 ? indent + sign + part : indent + "    " + part
            }
        }
    }
}
