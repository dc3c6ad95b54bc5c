/// `bash` (CACAO 5.3) on this machine. The script's variables are environment variables: no value becomes part of the script.
struct BashCommand: CommandType {
    static let name = "bash"

    /// Milliseconds that a script may take where the step sets no timeout.
    static let standardTimeout = 5 * 60 * 1000

    let text: String

    init(_ reader: inout ObjectReader) { text = reader.commandText() }

    func run(_ step: WorkflowStep, action: ActionStep, in engine: inout PlaybookEngine) throws -> StepResult {
        let script = ShellScript(text)
        var environment: [String: String] = [:]
        for name in script.variables {
            guard let value = engine.current(name) else {
                return StepResult(.failed, output: "\(name): no value")
            }
            guard !value.utf8.contains(0) else { return StepResult(.failed, output: "\(name): has a NUL byte") }
            environment[ShellScript.environmentName(name)] = value
        }
        let job = ShellJob(
            step: step.id, title: step.title, written: text, script: script.text, environment: environment,
            timeout: step.timeout ?? Self.standardTimeout)
        let result = try engine.performer.perform(job)
        let values = Self.values(in: result.output, wanted: action.outputs)
        if result.timedOut { return StepResult(.failed, output: result.output + "\nACTION_TIMEOUT \(step.id)") }
        return StepResult(result.status == 0 ? .succeeded : .failed, output: result.summary, variables: values)
    }

    /// Values that the script gives back: a line `__name__=value` for each, or the whole output where one is wanted and no line names it.
    static func values(in output: String, wanted: [String]) -> [String: String] {
        var values: [String: String] = [:]
        for line in output.split(separator: "\n") {
            guard let equal = line.firstIndex(of: "=") else { continue }
            let name = String(line[..<equal])
            if wanted.contains(name) { values[name] = String(line[line.index(after: equal)...]) }
        }
        if wanted.count == 1, values.isEmpty {
            var text = Substring(output)
            while let last = text.last, last.isWhitespace { text.removeLast() }
            values[wanted[0]] = String(text)
        }
        return values
    }
}

/// A script that is about to run.
public struct ShellJob: Sendable {
    public var step: StepID
    public var title: String
    /// As the author wrote it.
    public var written: String
    /// For `bash -c`.
    public var script: String
    public var environment: [String: String]
    /// Milliseconds.
    public var timeout: Int
}

/// How a script ended.
public struct ShellResult: Sendable, Hashable {
    /// Exit status; 128 + the signal's number where a signal ended it.
    public var status: Int32
    /// Standard output and standard error as they came, cut at ``ShellRunner/mostOutput``.
    public var output: String
    public var timedOut: Bool

    public init(status: Int32, output: String, timedOut: Bool = false) {
        self.status = status
        self.output = output
        self.timedOut = timedOut
    }

    var summary: String { status == 0 ? output : output + (output.isEmpty || output.hasSuffix("\n") ? "" : "\n") + "exit \(status)" }
}
