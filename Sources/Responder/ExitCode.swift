/// How a `vonggac` command ends.
public enum ExitCode: Int32, Sendable {
    case done = 0
    case failed = 1
    case usage = 2
    case notFound = 3
    /// Refused by a rule of the house: state, role, deadline.
    case refused = 4
}
