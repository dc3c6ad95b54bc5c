import Wording

/// What is wrong, or odd, in a playbook.
public struct Finding: Sendable, Hashable {
    public enum Grade: String, Sendable, Comparable {
        /// It cannot run.
        case error
        /// It runs, but not as its author may think.
        case warning

        public static func < (a: Grade, b: Grade) -> Bool { a == .error && b == .warning }
    }

    public var grade: Grade
    /// Where, as JSON pointer (RFC 6901).
    public var pointer: String
    public var text: BilingualText

    public init(grade: Grade, pointer: String, text: BilingualText) {
        self.grade = grade
        self.pointer = pointer
        self.text = text
    }
}
