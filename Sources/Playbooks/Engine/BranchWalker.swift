import Foundation
import Trust

/// One branch of a run on its way: its values, its limits, and the steps that it goes through.
public struct BranchWalker: Sendable {
    let context: RunContext
    private(set) var playbook: Playbook
    /// The innermost scope is the last.
    var scopes: [[String: Variable]]
    /// Steps around this one that must end in time.
    private var deadlines: [(step: StepID, moment: ContinuousClock.Instant)] = []
    /// Playbooks and branches around this one.
    private var depth = 0
    /// Loops around this branch: one that leads back to its loop has come to its end.
    private var loops: [StepID] = []
    /// Ids of the playbooks around this one.
    private var chain: [String]

    init(context: RunContext, playbook: Playbook, variables: [String: Variable]) {
        self.context = context
        self.playbook = playbook
        scopes = [variables]
        chain = [playbook.id]
    }

    // MARK: Walking

    /// A whole workflow, with its exception handler.
    mutating func whole(at path: StepPath) throws -> StepResult.Outcome {
        let outcome = try walk(from: playbook.start, at: path)
        if outcome == .failed, let handler = playbook.exceptionHandler, playbook.workflow[handler] != nil {
            // The run has failed whatever the handler does; it tidies up.
            _ = try walk(from: handler, at: path.adding("x"))
        }
        return outcome
    }

    /// Walks a branch until it ends.
    mutating func walk(from start: StepID, at path: StepPath) throws -> StepResult.Outcome {
        depth += 1
        defer { depth -= 1 }
        guard depth <= PlaybookEngine.deepest else { throw PlaybookRunError.tooDeep(PlaybookEngine.deepest) }
        var next: StepID? = start
        var number = 0
        while let id = next, id != loops.last {
            // Reading made sure that every reference leads to a step.
            guard let step = playbook.workflow[id] else { return .failed }
            try context.checkCancelled()
            try checkDeadlines()
            try context.countStep()
            number += 1
            let result = try perform(step, at: path.step(id, number: number))
            switch result.outcome {
            case .succeeded: next = step.onSuccess ?? step.onCompletion
            case .failed:
                guard let handler = step.onFailure else { return .failed }
                next = handler
            }
        }
        return .succeeded
    }

    mutating func perform(_ step: WorkflowStep, at path: StepPath) throws -> StepResult {
        var attempt = 1
        while true {
            let last = attempt >= step.policy.attempts
            let result = try perform(step, at: path, attempt: attempt)
            guard result.outcome == .failed, !last else { return result }
            attempt += 1
            if try context.record.earlier(path, attempt: attempt) == nil { try pause(step.policy.pause(before: attempt)) }
        }
    }

    /// One try.
    private mutating func perform(_ step: WorkflowStep, at path: StepPath, attempt: Int) throws -> StepResult {
        let action = step.type as? ActionStep
        let units = action.map { self.units(of: $0, step, at: path, attempt: attempt) } ?? []
        let isSingle = units.count == 1
        var passage = Passage(
            path: path, attempt: attempt, step: step.id, title: step.title, type: step.type.typeName,
            target: isSingle ? units[0].unit.target?.name : nil)
        passage.isAutomatic = !context.settings.isByHand && units.contains { $0.command.isAutomatic && $0.command.isSupported }
        let before = scopes
        scopes.append(step.variables)
        defer { if scopes.count > before.count { scopes.removeLast() } }
        let id: Int64
        switch try context.record.earlier(path, attempt: attempt) {
        case .ended(let result)?:
            scopes.removeLast()
            set(result.variables)
            return result
        case .begun(let earlier)?:
            id = earlier
            // What is inside of a step with several parts is on record by itself.
            if isSingle, let result = try takeUp(earlier, passage, step, units[0]) {
                scopes.removeLast()
                return try end(id, passage, step, result, before)
            }
        case nil:
            if step.delay > 0, attempt == 1 { try pause(step.delay) }
            try context.checkCancelled()
            // Who agreed to the step agreed to its later tries.
            if attempt == 1, !units.isEmpty, step.policy.confirmation != .none || step.policy.isDestructive, !context.settings.isByHand {
                try confirm(passage, step, units)
            }
            if isSingle { passage.undo = undo(of: step, units[0].unit) }
            id = try context.record.begin(passage)
        }
        var result: StepResult
        // Steps within that were given up have left theirs.
        let around = deadlines
        if let timeout = step.timeout, timeout > 0 {
            deadlines.append((step.id, ContinuousClock.now + .milliseconds(timeout)))
        }
        do {
            result = try action == nil ? step.type.run(step, at: path, in: &self) : run(units, step, passage)
        } catch let error as StepTimeout where error.step == step.id {
            result = StepResult(.failed, output: "ACTION_TIMEOUT \(step.id)")
        } catch let error as PlaybookRunError where error.failsStep {
            result = StepResult(.failed, output: error.english)
        }
        deadlines = around
        if scopes.count > before.count { scopes.removeLast() }
        return try end(id, passage, step, result, before)
    }

    private mutating func end(
        _ id: Int64, _ passage: Passage, _ step: WorkflowStep, _ given: StepResult, _ before: [[String: Variable]]
    ) throws -> StepResult {
        var result = given
        // Values that are not the step's own outlive it.
        if let problem = set(result.variables.filter { step.variables[$0.key] == nil }) {
            result.outcome = .failed
            result.output = (result.output.map { $0 + "\n" } ?? "") + problem
        }
        // What changed outside of the step, so that it need not be walked again to know it.
        result.variables = changes(since: before)
        let mask = context.mask
        result.output = result.output.map(mask.covered)
        result.variables = result.variables.mapValues(mask.covered)
        try context.record.end(id, passage: passage, result: result)
        return result
    }

    /// One round of a loop.
    mutating func round(of loop: StepID, from start: StepID, at path: StepPath) throws -> StepResult.Outcome {
        loops.append(loop)
        defer { loops.removeLast() }
        return try walk(from: start, at: path)
    }

    // MARK: Limits

    private func checkDeadlines() throws {
        let now = ContinuousClock.now
        if let passed = deadlines.first(where: { $0.moment <= now }) { throw StepTimeout(step: passed.step) }
    }

    /// Milliseconds until the next deadline.
    func remaining(else standard: Int) -> Int {
        let limit = deadline.map { moment -> Int in
            let left = ContinuousClock.now.duration(to: moment).components
            return max(1, Int(left.seconds) * 1000 + Int(left.attoseconds / 1_000_000_000_000_000))
        }
        return min(limit ?? standard, context.settings.longestCommand ?? .max)
    }

    var deadline: ContinuousClock.Instant? { deadlines.map(\.moment).min() }

    private func pause(_ milliseconds: Int) throws {
        guard milliseconds > 0 else { return }
        let context = context
        try context.performer.wait(milliseconds: deadlines.isEmpty ? milliseconds : min(milliseconds, remaining(else: milliseconds))) {
            context.isCancelled
        }
        try context.checkCancelled()
        try checkDeadlines()
    }

    // MARK: Commands

    struct Unit {
        var command: any CommandType
        var unit: CommandUnit
        var passage: Passage
    }

    private func units(of action: ActionStep, _ step: WorkflowStep, at path: StepPath, attempt: Int) -> [Unit] {
        let agent = action.agent.flatMap { playbook.agents[$0] }
        let targets = action.targets.map { playbook.agents[$0] ?? AgentTarget(undefined: $0) }
        var units: [Unit] = []
        let written = playbook.source["workflow"]?[step.id.rawValue]?["commands"]?.elements ?? []
        for (index, command) in action.commands.enumerated() {
            let places: [AgentTarget?] = command.isForEachTarget && targets.count > 1 ? targets : [targets.first]
            for place in places {
                let own = path.command(units.count)
                let unit = CommandUnit(
                    step: step, playbook: playbook, agent: agent, target: place, outputs: action.outputs, path: own,
                    note: written.indices.contains(index) ? written[index]["description"]?.text : nil)
                units.append(
                    Unit(
                        command: command, unit: unit,
                        passage: Passage(
                            path: own, attempt: attempt, step: step.id, title: step.title, type: "command:" + command.typeName,
                            target: place?.name)))
            }
        }
        return units
    }

    /// Commands one after the other. Values count at once: the next command of the step may use them.
    private mutating func run(_ units: [Unit], _ step: WorkflowStep, _ passage: Passage) throws -> StepResult {
        var result = StepResult(.succeeded)
        var outputs: [String] = []
        for var one in units {
            try context.checkCancelled()
            try checkDeadlines()
            var part: StepResult
            if units.count == 1 {
                one.unit.path = passage.path
                part = try carryOut(one)
            } else {
                part = try recorded(one, step)
            }
            if let output = part.output, !output.isEmpty { outputs.append(output) }
            if let problem = set(part.variables) {
                part.outcome = .failed
                outputs.append(problem)
            } else {
                result.variables.merge(part.variables) { $1 }
            }
            if part.outcome == .failed {
                result.outcome = .failed
                break
            }
        }
        result.output = outputs.isEmpty ? nil : outputs.joined(separator: "\n")
        return result
    }

    /// A command among others, with a record of its own.
    private mutating func recorded(_ one: Unit, _ step: WorkflowStep) throws -> StepResult {
        let id: Int64
        switch try context.record.earlier(one.passage.path, attempt: one.passage.attempt) {
        case .ended(let result)?: return result
        case .begun(let earlier)?:
            id = earlier
            if let result = try takeUp(earlier, one.passage, step, one) {
                try context.record.end(earlier, passage: one.passage, result: result)
                return result
            }
        case nil:
            var passage = one.passage
            passage.undo = undo(of: step, one.unit)
            id = try context.record.begin(passage)
        }
        var result = try carryOut(one)
        let mask = context.mask
        result.output = result.output.map(mask.covered)
        result.variables = result.variables.mapValues(mask.covered)
        try context.record.end(id, passage: one.passage, result: result)
        return result
    }

    private mutating func carryOut(_ one: Unit) throws -> StepResult {
        if context.settings.isByHand, one.command.isAutomatic { return try askByHand(one.command, one.unit, mustBeNamed: false) }
        if let refusal = one.command.misplacement(one.unit, { current($0) }) { return StepResult(.failed, output: refusal) }
        return try one.command.run(one.unit, in: &self)
    }

    /// Goes on with what had begun before an interruption: nil to do it again.
    private mutating func takeUp(_ id: Int64, _ passage: Passage, _ step: WorkflowStep, _ one: Unit) throws -> StepResult? {
        if step.policy.isIdempotent {
            try context.record.again(id, passage: passage, reason: "idempotent")
            return nil
        }
        let answer = try context.performer.judge(
            Interruption(
                step: step.id, path: passage.path, title: step.title,
                commands: [context.mask.covered(one.command.preview(one.unit) { current($0) })],
                isByHand: context.settings.isByHand || !one.command.isAutomatic || !one.command.isSupported, target: passage.target,
                wanted: one.unit.outputs.map { ($0, declaration(of: $0)) }))
        switch answer {
        case .done(let result): return result
        case .failed(let note): return StepResult(.failed, output: note)
        case .again:
            try context.record.again(id, passage: passage, reason: "asked")
            return nil
        }
    }

    private mutating func confirm(_ passage: Passage, _ step: WorkflowStep, _ units: [Unit]) throws {
        var kind = step.policy.confirmation
        if step.policy.isDestructive, kind == .none { kind = .typed }
        if step.policy.isDestructive, context.settings.leastConfirmation == .secondPerson { kind = .secondPerson }
        let targets = Set(units.compactMap { $0.unit.machine?.host.map { filled($0) } ?? $0.unit.target?.name }).sorted()
        let names = units.flatMap { VariableName.references(in: $0.command.text) }
        // What it is done to: the first value that the commands use, else the machine.
        let known = names.compactMap { current($0) }
        let word = known.first { !$0.isEmpty && $0.count <= 64 && !$0.contains("\n") } ?? targets.first ?? "OK"
        let answer = try context.performer.confirm(
            ConfirmationQuestion(
                step: step.id, path: passage.path, title: step.title, kind: kind,
                notes: units.compactMap { $0.command.isAutomatic ? $0.unit.note : nil },
                commands: units.map { one in one.command.preview(one.unit) { current($0) } }, targets: targets, word: word))
        try context.record.confirmed(passage, by: answer)
    }

    private func undo(of step: WorkflowStep, _ unit: CommandUnit) -> Passage.Undo? {
        guard let rollback = step.policy.rollback else { return nil }
        var names: Set<String> = []
        for command in rollback.commands {
            for text in [
                command["command"]?.text, command["content"]?.text,
                command["command_b64"]?.text.flatMap(Base64.decode).flatMap { String(validating: $0, as: UTF8.self) },
            ] {
                names.formUnion(VariableName.references(in: text ?? ""))
            }
        }
        for machine in [unit.machine, unit.agent].compactMap({ $0 }) {
            for text in machine.address.values.joined() { names.formUnion(VariableName.references(in: text)) }
        }
        var values: [String: String] = [:]
        for name in names { values[name] = current(name) }
        let minutes = rollback.expiresVariable.flatMap { current($0) }.flatMap { Int($0) }.map { min($0, 525_600) * 60_000 }
        return Passage.Undo(
            playbook: playbook, rollback: rollback, agent: unit.agent?.id, targets: unit.target.map { [$0.id] } ?? [], values: values,
            expires: minutes ?? rollback.expires)
    }

    /// Runs a program, after every secret in it was noted.
    func perform(_ job: CommandJob) throws -> CommandResult {
        context.remember(job.secrets)
        let context = context
        var result = try context.performer.perform(job) { context.isCancelled }
        result.output = context.mask.covered(result.output)
        try context.checkCancelled()
        return result
    }

    func secret(of info: AuthenticationInfo) throws -> String {
        let secret: String
        if info.keyName == nil, let inline = info.inlineSecret {
            secret = filled(inline)
        } else {
            secret = try context.secrets.secret(named: info.secretName)
        }
        context.remember([secret])
        return secret
    }

    // MARK: People

    func task(_ unit: CommandUnit, text: String) -> ManualTask {
        ManualTask(
            step: unit.step.id, path: unit.path, title: unit.step.title, description: said(unit.step.description ?? ""), text: text,
            agent: unit.agent.map { filled($0.name) }, wanted: unit.outputs.map { ($0, declaration(of: $0)) },
            endsBranch: unit.step.onFailure == nil, deadline: deadline)
    }

    /// A step as a question that no command stands for.
    func question(_ step: WorkflowStep, at path: StepPath) -> ManualTask {
        ManualTask(
            step: step.id, path: path, title: step.title, description: said(step.description ?? ""), text: step.title, agent: nil,
            wanted: [], endsBranch: step.onFailure == nil, deadline: deadline)
    }

    func ask(_ task: ManualTask) throws -> StepResult {
        do {
            return try context.performer.perform(task)
        } catch PlaybookRunError.unanswered {
            try checkDeadlines()
            throw PlaybookRunError.noAnswer(step: task.title)
        }
    }

    /// A person does what a machine was meant to do.
    func askByHand(_ command: any CommandType, _ unit: CommandUnit, mustBeNamed: Bool) throws -> StepResult {
        var task = task(unit, text: context.mask.covered(command.preview(unit) { current($0) }))
        task.insteadOf = command.typeName
        task.mustBeNamed = mustBeNamed && !context.settings.isByHand
        return try ask(task)
    }

    // MARK: Branches

    /// Walks branches at the same time. Values that a branch sets are seen by the others only when all have ended; where two set the same
    /// one, the later in the list counts.
    mutating func branches(_ starts: [StepID], at path: StepPath) throws -> [StepResult.Outcome] {
        let template = self
        let context = context
        let results = context.together(starts.count) { index -> Result<(StepResult.Outcome, BranchWalker), any Error> in
            var walker = template
            do {
                let outcome = try walker.walk(from: starts[index], at: path.branch(index))
                return .success((outcome, walker))
            } catch {
                // A limit of this branch's own surroundings is their matter; everything else ends the run.
                if !(error is StepTimeout) { context.cancel(error) }
                return .failure(error)
            }
        }
        try context.checkCancelled()
        var outcomes: [StepResult.Outcome] = []
        for result in results {
            let (outcome, walker) = try result.get()
            outcomes.append(outcome)
            for (level, scope) in walker.scopes.enumerated() where level < scopes.count {
                for (name, variable) in scope where template.scopes[level][name] != variable { scopes[level][name] = variable }
            }
        }
        return outcomes
    }

    /// Another playbook, with values of its own.
    mutating func other(_ other: Playbook, values: [String: String], outputs: [String], at path: StepPath) throws -> StepResult {
        guard !chain.contains(other.id) else { throw PlaybookRunError.playbookInItself(id: other.id) }
        guard depth < PlaybookEngine.deepest else { throw PlaybookRunError.tooDeep(PlaybookEngine.deepest) }
        var walker = self
        walker.playbook = other
        walker.scopes = [try PlaybookEngine.start(other, values)]
        walker.chain.append(other.id)
        walker.depth += 1
        walker.loops = []
        let outcome = try walker.whole(at: path)
        var result = StepResult(outcome, output: other.name)
        for name in outputs { result.variables[name] = walker.current(name) }
        return result
    }
}

/// A step around this one has taken too long.
struct StepTimeout: Error {
    var step: StepID
}
