/// Why patterns could not be compiled. The text is the library's own.
public enum MatchError: Error, Sendable, CustomStringConvertible {
    case literals(reason: String)
    case expression(String, offset: Int, reason: String)
    case outOfMemory

    public var description: String {
        switch self {
        case .literals(let reason): "the pattern matcher refuses the literals: \(reason)"
        case .expression(let text, let offset, let reason): "regular expression \"\(text)\", position \(offset): \(reason)"
        case .outOfMemory: "out of memory while compiling patterns"
        }
    }
}
