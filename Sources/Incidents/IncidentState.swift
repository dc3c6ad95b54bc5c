/// Where an incident stands in its life.
public enum IncidentState: String, Sendable, CaseIterable, Codable {
    /// Made by correlation; nobody has looked yet.
    case new
    case confirmed
    case falseAlarm = "false_alarm"
    case duplicate
    case contained
    case eradicated
    case recovered
    case closed
}
