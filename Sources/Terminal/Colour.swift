/// Colour with a meaning. The words beside it always say the same, so that nothing is lost where there is none or where it cannot be told.
public enum Colour: Sendable {
    /// Something is wrong now: the gravest incidents, what is overdue.
    case alarm
    /// Soon, or grave.
    case warning
    /// Done, sound.
    case good
    /// Beside the point.
    case quiet
    /// Headings.
    case strong

    /// Chosen so that people who cannot tell red from green see the difference in brightness and weight, and that nothing is pale on white:
    /// yellow would be.
    private var code: String {
        switch self {
        case .alarm: "1;31"
        case .warning: "35"
        case .good: "36"
        case .quiet: "2"
        case .strong: "1"
        }
    }

    public func paint(_ text: String) -> String { text.isEmpty ? text : "\u{1b}[\(code)m\(text)\u{1b}[0m" }

    /// Colours are wanted: a terminal that knows them, and nobody said NO_COLOR (no-color.org).
    public static func areWanted(isTerminal: Bool, _ environment: [String: String]) -> Bool {
        isTerminal && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }
}
