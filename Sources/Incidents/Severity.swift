/// How grave an incident is, by the criteria of the compliance profile.
public enum Severity: String, Sendable, CaseIterable, Codable, Comparable {
    case m1 = "M1"
    case m2 = "M2"
    case m3 = "M3"
    case m4 = "M4"

    /// The graver one is the smaller: M1 before M4.
    public static func < (a: Severity, b: Severity) -> Bool { a.rawValue < b.rawValue }
}
