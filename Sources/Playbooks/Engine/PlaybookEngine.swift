import Foundation
import Synchronization
import Trust

/// Runs a playbook. The decision table is in docs/playbooks.md.
public struct PlaybookEngine: Sendable {
    /// No playbook for people has more.
    public static let mostSteps = 10_000
    /// Playbooks within playbooks, and branches within branches.
    public static let deepest = 16

    public let playbook: Playbook
    let context: RunContext
    private let values: [String: Variable]

    /// - Parameter values: of external variables.
    /// - Throws: ``PlaybookRunError`` where values are missing, unknown, or of the wrong type.
    public init(
        _ playbook: Playbook, values: [String: String], performer: any StepPerformer, record: any RunRecord,
        library: any PlaybookLibrary = EmptyLibrary(), secrets: any SecretSource = NoSecrets(), settings: RunSettings = RunSettings()
    ) throws {
        self.playbook = playbook
        context = RunContext(performer: performer, record: record, library: library, secrets: secrets, settings: settings)
        self.values = try Self.start(playbook, values)
    }

    /// The variables that a playbook begins with.
    static func start(_ playbook: Playbook, _ values: [String: String]) throws -> [String: Variable] {
        var variables = playbook.variables
        for (name, value) in values.sorted(by: { $0.key < $1.key }) {
            // A constant from outside is given once, and does not change in the run.
            guard let variable = variables[name], !variable.isConstant || variable.isExternal else {
                throw PlaybookRunError.unknownValue(name)
            }
            guard VariableType.fits(value, variable.type) != false || value == variable.value else {
                throw PlaybookRunError.wrongType(name: name, type: variable.type)
            }
            variables[name]?.value = value
        }
        let missing = Self.missing(in: variables)
        guard missing.isEmpty else { throw PlaybookRunError.missingValues(missing) }
        return variables
    }

    /// Names of external variables that must still be given: those without a value, or with an empty one where that says nothing.
    public static func missing(in variables: [String: Variable]) -> [String] {
        variables.filter { _, variable in
            guard variable.isExternal else { return false }
            guard let value = variable.value else { return true }
            return value.isEmpty && VariableType.fits(value, variable.type) == false
        }.keys.sorted()
    }

    /// Runs from the start to the end. What throws interrupts the run; the caller records it.
    public func run() throws -> StepResult.Outcome {
        var walker = BranchWalker(context: context, playbook: playbook, variables: values)
        return try walker.whole(at: .root)
    }

    /// Stops the run: programs that run are stopped, nothing more begins, and ``run()`` throws this.
    public func cancel(_ reason: any Error) { context.cancel(reason) }
}

/// What the branches of a run share.
final class RunContext: Sendable {
    private struct State {
        var steps = 0
        var threads = 0
        var reason: (any Error)?
        var secrets: Set<String> = []
    }

    /// Branches that run at once; others wait for their turn in the thread that they come from.
    static let mostThreads = 32

    let performer: any StepPerformer
    let record: any RunRecord
    let library: any PlaybookLibrary
    let secrets: any SecretSource
    let settings: RunSettings
    private let state = Mutex(State())

    init(
        performer: any StepPerformer, record: any RunRecord, library: any PlaybookLibrary, secrets: any SecretSource, settings: RunSettings
    ) {
        self.performer = performer
        self.record = record
        self.library = library
        self.secrets = secrets
        self.settings = settings
    }

    func countStep() throws {
        let count = state.withLock {
            $0.steps += 1
            return $0.steps
        }
        guard count <= PlaybookEngine.mostSteps else { throw PlaybookRunError.endless(steps: PlaybookEngine.mostSteps) }
    }

    /// The first reason stays.
    func cancel(_ reason: any Error) { state.withLock { $0.reason = $0.reason ?? reason } }

    var isCancelled: Bool { state.withLock { $0.reason != nil } }

    func checkCancelled() throws { if let reason = state.withLock({ $0.reason }) { throw reason } }

    func takeThread() -> Bool {
        state.withLock {
            guard $0.threads < Self.mostThreads else { return false }
            $0.threads += 1
            return true
        }
    }

    func giveThread() { state.withLock { $0.threads -= 1 } }

    func remember(_ secrets: [String]) { state.withLock { $0.secrets.formUnion(secrets) } }

    /// Takes every secret that was used so far out of a text.
    var mask: Mask { Mask(state.withLock { $0.secrets }) }

    /// Runs branches at the same time, as far as there are threads, and waits for all. Results are in the branches' order.
    func together<Value: Sendable>(_ count: Int, _ body: @escaping @Sendable (Int) -> Value) -> [Value] {
        let results = Mutex([Value?](repeating: nil, count: count))
        let group = DispatchGroup()
        let box = SharedBox(results)
        for index in 0..<count {
            // The last one needs no thread of its own.
            guard index < count - 1, takeThread() else {
                let value = body(index)
                box.results.withLock { $0[index] = value }
                continue
            }
            group.enter()
            let thread = Thread {
                let value = body(index)
                box.results.withLock { $0[index] = value }
                self.giveThread()
                group.leave()
            }
            thread.stackSize = 4 << 20
            thread.start()
        }
        group.wait()
        return box.results.withLock { $0.compactMap { $0 } }
    }
}

private final class SharedBox<Value: Sendable>: Sendable {
    let results: Mutex<[Value?]>
    init(_ results: consuming Mutex<[Value?]>) { self.results = results }
}
