import AppLayer
import Flow

/// How the rules of one set are found in another: made once for a reload, used by every worker.
public final class RuleTransition: Sendable {
    /// New numbers by old: flowbits, flowints, and rules by their rank.
    let bits: [Int?]
    let integers: [Int?]
    let rules: [[UInt32]]

    public init(from old: RuleSet, to new: RuleSet) {
        func places(_ names: [String], _ others: [String]) -> [Int?] {
            let known = Dictionary(others.enumerated().map { ($1, $0) }, uniquingKeysWith: { first, _ in first })
            return names.map { known[$0] }
        }
        bits = places(old.bitNames, new.bitNames)
        integers = places(old.integerNames, new.integerNames)
        var ranks: [SignatureID: [UInt32]] = [:]
        for (rank, rule) in new.facts.enumerated() { ranks[rule.id, default: []].append(UInt32(rank)) }
        rules = old.facts.map { ranks[$0.id] ?? [] }
    }
}

/// Going on with other rules while packets come.
extension Detector {
    /// Takes over what another detector of the same worker knows about flows: bits, numbers, variables, tags, counts.
    public func adopt(_ old: Detector, _ transition: RuleTransition) {
        states.adopt(old.states, bits: transition.bits, integers: transition.integers)
        tags.adopt(old.tags)
        flowThresholds = old.flowThresholds
        storingFlows = old.storingFlows
        flowEntropies = old.flowEntropies
        evaluated = old.evaluated
        alertCount = old.alertCount
        suppressed = old.suppressed
        overflow = old.overflow
        forgottenBefore = old.forgotten
        forgottenBefore.thresholds &-= old.flowThresholds.evicted
    }

    /// Has an open transaction looked at by these rules from its beginning, but for rules that have matched or failed on it: those have
    /// had their say.
    public func adopt(_ transaction: Transaction, _ transition: RuleTransition) {
        guard let inspection = transaction.inspection as? TransactionInspection else { return }
        inspection.toServer = adopted(inspection.toServer, transition)
        inspection.toClient = adopted(inspection.toClient, transition)
    }

    private func adopted(_ old: TransactionInspection.Side, _ transition: RuleTransition) -> TransactionInspection.Side {
        var side = TransactionInspection.Side()
        side.isFinished = old.isFinished
        guard !old.isFinished else { return side }
        for candidate in old.candidates where candidate.isDone {
            for rank in transition.rules[Int(candidate.rule)] {
                var known = TransactionInspection.Candidate(rule: rank)
                known.isDone = true
                known.filesSeen = candidate.filesSeen
                side.candidates.append(known)
            }
        }
        return side
    }
}
