/// `bash` (CACAO 5.3) on this machine. The script's variables are environment variables: no value becomes part of the script.
struct BashCommand: CommandType {
    static let name = "bash"

    /// Milliseconds that a command may take where the step sets no timeout.
    static let standardTimeout = 5 * 60 * 1000

    let text: String
    private let script: ShellScript
    var demands: [ShellScript.Use] { script.uses }

    init(_ reader: inout ObjectReader) {
        text = reader.commandText()
        script = ShellScript(text)
    }

    /// It runs here: an agent that is another machine is not here.
    func misplacement(_ unit: CommandUnit, _ value: (String) -> String?) -> String? {
        if let refusal = undefinedTarget(unit) { return refusal }
        guard let agent = unit.agent, !agent.isPerson, let host = agent.host.map({ VariableName.filled($0, value) }),
            !ThisMachine.isCalled(host)
        else { return nil }
        return "bash: \(agent.name) is at \(host), and this machine is not; use a command of type ssh"
    }

    func run(_ unit: CommandUnit, in walker: inout BranchWalker) throws -> StepResult {
        let script = walker.script(text, script)
        if let refusal = script.refusal({ walker.current($0) }) { return StepResult(.failed, output: refusal) }
        var environment: [String: String] = [:]
        for name in script.variables { environment[ShellScript.environmentName(name)] = walker.current(name) ?? "" }
        let job = CommandJob(
            unit: unit, typeName: Self.name, written: text, program: "/bin/bash", arguments: ["-c", script.text], environment: environment,
            timeout: walker.remaining(else: Self.standardTimeout))
        return try walker.finish(walker.perform(job), unit)
    }
}

extension BranchWalker {
    /// A command that is nothing but a constant of the playbook is that constant: its author wrote both.
    func script(_ text: String, _ parsed: ShellScript) -> ShellScript {
        let trimmed = text.drop { $0.isWhitespace }
        guard let reference = VariableName.reference(at: trimmed), trimmed.dropFirst(reference.length).allSatisfy(\.isWhitespace),
            let variable = declaration(of: reference.name), variable.isConstant, !variable.isExternal, let value = variable.value
        else { return parsed }
        return ShellScript(value)
    }

    /// What a command's end says about its step.
    func finish(_ result: CommandResult, _ unit: CommandUnit) -> StepResult {
        if result.timedOut {
            let place = result.output.isEmpty ? "" : result.output + "\n"
            return StepResult(.failed, output: place + "ACTION_TIMEOUT \(unit.step.id)")
        }
        let values = CommandResult.values(in: result.output, wanted: unit.outputs)
        return StepResult(result.status == 0 ? .succeeded : .failed, output: result.summary, variables: values)
    }
}

/// A program that is about to run for a command.
public struct CommandJob: Sendable {
    public var unit: CommandUnit
    /// CACAO's type of the command.
    public var typeName: String
    /// As the author wrote it.
    public var written: String
    public var program: String
    public var arguments: [String]
    public var environment: [String: String]
    /// For its standard input.
    public var input = ""
    /// Its standard input stays open, with nothing in it, until the program is over or stopped.
    public var holdsInput = false
    /// Bytes of output that are kept.
    public var mostOutput = CommandRunner.mostOutput
    /// It is stopped once it has said more than ``mostOutput``; else the rest is read and dropped.
    public var stopsAtMost = false
    /// Files that only this program may read, by the name that ``arguments``, ``environment`` and ``input`` call `{files}/NAME`.
    public var files: [String: String] = [:]
    /// Milliseconds.
    public var timeout: Int
    /// Texts that must not appear anywhere.
    public var secrets: [String] = []
    /// The name of the credential in use; nil where none is.
    public var credential: String?

    public var step: StepID { unit.step.id }
    public var title: String { unit.step.title }
}

/// How a program ended.
public struct CommandResult: Sendable, Hashable {
    /// Exit status; 128 + the signal's number where a signal ended it.
    public var status: Int32
    /// Standard output and standard error as they came, cut at ``CommandJob/mostOutput``.
    public var output: String
    public var timedOut: Bool
    /// Bytes that were dropped.
    public var dropped: Int

    public init(status: Int32, output: String, timedOut: Bool = false, dropped: Int = 0) {
        self.status = status
        self.output = output
        self.timedOut = timedOut
        self.dropped = dropped
    }

    var summary: String { status == 0 ? output : output + (output.isEmpty || output.hasSuffix("\n") ? "" : "\n") + "exit \(status)" }

    /// Values that a command gives back: a line `__name__=value` for each, or the whole output where one is wanted and no line names it.
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
