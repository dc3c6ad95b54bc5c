import Wording

/// What is wrong, or odd, in a playbook.
public struct Finding: Sendable, Hashable {
    public enum Grade: String, Sendable, Comparable {
        /// It cannot run.
        case error
        /// It runs, but not as its author may think.
        case warning
        /// Unusual, and probably meant.
        case hint

        private var rank: Int { self == .error ? 0 : self == .warning ? 1 : 2 }
        public static func < (a: Grade, b: Grade) -> Bool { a.rank < b.rank }
    }

    public var grade: Grade
    /// Where, as JSON pointer (RFC 6901).
    public var pointer: String
    /// Line of the file, from 1; 0 where there is none.
    public var line = 0
    public var text: BilingualText

    public init(grade: Grade, pointer: String, text: BilingualText) {
        self.grade = grade
        self.pointer = pointer
        self.text = text
    }
}
