/// How the sensor ends, for scripts and systemd.
public enum ExitCode: Int32, Sendable {
    case done = 0
    /// Configuration, rules or input: said in one line.
    case failed = 1
    case usage = 2
}
