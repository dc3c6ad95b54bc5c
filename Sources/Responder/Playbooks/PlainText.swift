import Terminal

/// Texts of playbooks for people, as wide as the terminal is.
enum PlainText {
    /// - Parameter indent: columns that stand before each line.
    static func lines(_ lines: [String], indent: Int, _ session: Session) -> [String] {
        guard let columns = session.columns else { return lines }
        return lines.flatMap { DisplayText.wrapped($0, to: max(20, min(columns, 120) - indent)) }
    }
}
