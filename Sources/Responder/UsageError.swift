import Wording

/// What was asked for cannot be done as it was written; the program ends with ``ExitCode/usage``.
struct UsageError: BilingualError {
    let vietnamese: String
    let english: String

    init(_ vietnamese: String, _ english: String) {
        self.vietnamese = vietnamese
        self.english = english
    }
}
