import Foundation
import Incidents
import Playbooks

/// The second person's yes, given in another terminal.
struct Approvals: Sendable {
    let store: IncidentStore
    let lease: PlaybookLease
    let hand: Hand

    /// Who agreed; nil for nobody yet. The question goes on record once.
    func answer(to question: ConfirmationQuestion) throws -> String? {
        try store.approval(run: lease.run, path: question.path.rawValue, notBy: hand.actor)
    }

    func ask(_ question: ConfirmationQuestion) throws {
        guard try store.waitingForApproval(run: lease.run)?.path != question.path.rawValue else { return }
        try store.askForApproval(
            lease, path: question.path.rawValue, step: question.step.rawValue, name: question.title, commands: question.commands, by: hand)
    }
}
