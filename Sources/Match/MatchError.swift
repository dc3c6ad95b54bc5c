/// Why a pattern could not be compiled. The text is the library's own.
public enum MatchError: Error, Sendable, CustomStringConvertible {
    case expression(String, offset: Int, reason: String)

    public var description: String {
        switch self {
        case .expression(let text, let offset, let reason): "regular expression \"\(text)\", position \(offset): \(reason)"
        }
    }
}
