import Foundation
import Incidents
import Playbooks
import Trust

/// Writes a run on its incident, and tells whoever watches where it stands.
struct IncidentRunRecord: RunRecord {
    let store: IncidentStore
    let lease: PlaybookLease
    let hand: Hand
    let progress: any RunProgress

    func earlier(_ path: StepPath, attempt: Int) throws -> EarlierPassage? {
        guard let passage = try store.passage(lease, path: path.rawValue, attempt: attempt) else { return nil }
        guard passage.endedAt != nil, let outcome = passage.outcome else { return .begun(id: passage.id) }
        return .ended(
            StepResult(outcome == .succeeded ? .succeeded : .failed, output: passage.output, variables: passage.variables))
    }

    func begin(_ passage: Passage) throws -> Int64 {
        var undo: UndoPlan?
        if let plan = passage.undo {
            let digest = try plan.playbook.digest().hex
            if try store.playbookText(digest: digest) == nil {
                try store.keepPart(
                    lease, path: passage.path.rawValue + "/u", playbook: plan.playbook.id, digest: digest,
                    text: plan.playbook.source.canonicalText(), by: hand)
            }
            undo = UndoPlan(
                digest: digest, body: try UndoOrder(plan).json.canonicalText(), within: plan.rollback.within, expires: plan.expires)
        }
        let id = try store.beginPassage(
            lease, path: passage.path.rawValue, attempt: passage.attempt, step: passage.step.rawValue, name: passage.title,
            type: passage.type, target: passage.target, undo: undo, by: hand)
        progress.began(passage)
        return id
    }

    func again(_ id: Int64, passage: Passage, reason: String) throws {
        try store.repeatPassage(
            lease, id: id, path: passage.path.rawValue, step: passage.step.rawValue, name: passage.title, reason: reason, by: hand)
        progress.began(passage)
    }

    func end(_ id: Int64, passage: Passage, result: StepResult) throws {
        try store.endPassage(
            lease, id: id, outcome: result.outcome == .succeeded ? .succeeded : .failed, output: result.output.map(Self.shortened),
            variables: result.variables, by: hand)
        progress.ended(passage, result)
    }

    func confirmed(_ passage: Passage, by answer: String) throws {
        try store.recordConfirmation(
            lease, path: passage.path.rawValue, step: passage.step.rawValue, name: passage.title, answer: answer, by: hand)
    }

    func keep(_ playbook: Playbook, for path: StepPath) throws {
        try store.keepPart(
            lease, path: path.rawValue, playbook: playbook.id, digest: playbook.digest().hex, text: playbook.source.canonicalText(),
            by: hand)
    }

    func kept(for path: StepPath) throws -> JSONValue? { try store.part(of: lease.run, path: path.rawValue) }

    /// The ledger keeps the beginning of long outputs.
    static func shortened(_ text: String) -> String { text.count <= 4000 ? text : text.prefix(4000) + "…" }
}
