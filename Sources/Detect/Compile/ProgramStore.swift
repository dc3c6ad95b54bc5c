import RuleLanguage
import Synchronization

/// Makes the programs of rules when they are first needed, and keeps them for all workers.
///
/// Of tens of thousands of rules a network meets a few thousand: the others stay a line of text and a few numbers.
final class ProgramStore: Sendable {
    private struct State {
        /// Signatures that were kept when the rules were read: all, or those that depend on more than their text. By place in load order.
        var kept: [UInt32: Signature]
        var texts: RuleTexts?
        /// With every name that a rule uses, so that they have the same numbers whenever a rule is made.
        var names: StateCompiler
        var programs: [UInt32: Program] = [:]
        /// Why the text of a rule could not be had again.
        var failure: String?
    }

    private let compiler: ProgramCompiler
    private let thresholds: [GlobalThreshold]
    private let state: Mutex<State>

    init(
        kept: [UInt32: Signature], texts: RuleTexts?, names: StateCompiler, compiler: ProgramCompiler, thresholds: [GlobalThreshold]
    ) {
        self.compiler = compiler
        self.thresholds = thresholds
        state = Mutex(State(kept: kept, texts: texts, names: names))
    }

    /// The program of a rule.
    ///
    /// - Parameter facts: the rule's.
    func program(_ rule: UInt32, _ facts: RuleFacts) -> Program {
        state.withLock { state in
            if let known = state.programs[rule] { return known }
            let made = make(rule, facts, &state)
            state.programs[rule] = made
            return made
        }
    }

    /// The signature of a rule; it is not kept.
    func signature(_ facts: RuleFacts) -> Signature? { state.withLock { try? ProgramStore.signature(facts.record, &$0) } }

    /// Programs that were made.
    var count: Int { state.withLock { $0.programs.count } }

    /// Why the text of a rule could not be had again, when that has happened: rules are missing from then on.
    var failure: String? { state.withLock { $0.failure } }

    private static func signature(_ record: UInt32, _ state: inout State) throws(RuleError) -> Signature {
        if let kept = state.kept[record] { return kept }
        guard let signature = try state.texts?.signature(Int(record)) else {
            throw RuleError("the rule is not the one that was loaded", at: 0)
        }
        return signature
    }

    private func make(_ rule: UInt32, _ facts: RuleFacts, _ state: inout State) -> Program {
        do {
            let signature = try ProgramStore.signature(facts.record, &state)
            let inspections = try compiler.compile(signature)
            // Nobody else has them yet.
            for expression in inspections.flatMap(\.expressions) { expression.accelerate() }
            return Program(
                signature: signature, inspections: inspections, state: state.names.compile(signature), thresholds: limits(signature))
        } catch {
            // The rule was read when it was loaded: only its text can be out of reach now.
            if state.failure == nil { state.failure = (error as? RuleError)?.message ?? "\(error)" }
            return Program.never
        }
    }

    /// The rule's own thresholds and those that threshold.config has for it, each with a number for its counts.
    private func limits(_ signature: Signature) -> [Program.Limit] {
        var list: [Program.Limit] = []
        if let own = signature.threshold { list.append((0, own)) }
        for (place, own) in signature.furtherThresholds.enumerated() { list.append((UInt16(truncatingIfNeeded: .max - place), own)) }
        for (slot, global) in thresholds.enumerated()
        where (global.generator == 0 || global.generator == signature.id.generator)
            && (global.signature == 0 || global.signature == signature.id.signature)
        {
            list.append((UInt16(truncatingIfNeeded: slot + 1), global.spec))
        }
        return list
    }
}
