/// What is wrong in a file that people write: `agencies.yaml:12: networks: what`.
public struct ContentError: Hashable, Sendable {
    public var file: String
    /// From 1; nil where the place is not known.
    public var line: Int?
    /// The key, with the keys above it: `agencies[2].networks[0].cidr`.
    public var key: String
    /// What is wrong and what was expected.
    public var problem: String

    public init(file: String, line: Int?, key: String, problem: String) {
        self.file = file
        self.line = line
        self.key = key
        self.problem = problem
    }
}
