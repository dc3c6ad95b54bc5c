/// The languages that people are spoken to in.
public enum Language: String, Sendable, CaseIterable {
    case vi, en
}
