import Incidents
import Playbooks

/// Writes a run on its incident, and tells the person where it stands.
struct IncidentRunRecord: RunRecord {
    let store: IncidentStore
    let run: Int64
    let hand: Hand
    /// Told when a step begins (nil) and how it ended.
    let progress: (WorkflowStep, StepResult?) -> Void

    func begin(_ step: WorkflowStep) throws -> Int64 {
        let id = try store.startStep(run: run, step: step.id.rawValue, name: step.title, type: type(of: step.type).name, by: hand)
        progress(step, nil)
        return id
    }

    func end(_ id: Int64, step: WorkflowStep, result: StepResult) throws {
        try store.finishStep(
            run: run, stepRun: id, outcome: result.outcome == .succeeded ? .succeeded : .failed, output: result.output.map(Self.shortened),
            variables: result.variables.mapValues(Self.shortened), by: hand)
        progress(step, result)
    }

    /// The ledger keeps the beginning of long outputs.
    static func shortened(_ text: String) -> String { text.count <= 4000 ? text : text.prefix(4000) + "…" }
}
