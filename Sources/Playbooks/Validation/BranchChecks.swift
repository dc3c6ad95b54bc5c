import Wording

/// Branches that come together where they should not. The engine walks each branch for itself, up to its `end`, and goes on behind the step
/// that began it: a step that two branches lead to runs for each, and one that also follows the branching step runs once more.
enum BranchChecks {
    /// Steps that are gone through for one playbook; one with more is none that a person wrote.
    private static let mostVisits = 2_000_000

    static func findings(of playbook: Playbook) -> [Finding] {
        var findings: [Finding] = []
        var visits = mostVisits
        for step in playbook.workflow.values.sorted(by: { $0.id < $1.id }) where !step.type.branches.isEmpty {
            guard visits > 0 else { break }
            let place = "/workflow/" + JSONPointer.escape(step.id.rawValue)
            func note(_ grade: Finding.Grade, _ property: String, _ vietnamese: String, _ english: String) {
                findings.append(Finding(grade: grade, pointer: "\(place)/\(property)", text: BilingualText(vietnamese, english)))
            }
            let loops = playbook.loops(around: step, &visits)
            let branches = step.type.branches.map { (property: $0.property, steps: playbook.reachable(from: $0.id, until: loops, &visits)) }
            let following = [step.onSuccess, step.onCompletion].compactMap { $0 }.reduce(into: Set<StepID>()) {
                $0.formUnion(playbook.reachable(from: $1, until: loops, &visits))
            }
            func title(_ ids: Set<StepID>) -> String? {
                ids.compactMap { playbook.workflow[$0] }.filter { !($0.type is EndStep) }.min { $0.id < $1.id }?.title
            }
            var seen: Set<StepID> = []
            var meetings: Set<StepID> = []
            for branch in branches {
                meetings.formUnion(seen.intersection(branch.steps))
                seen.formUnion(branch.steps)
            }
            let isParallel = step.type is ParallelStep
            let property = isParallel ? "next_steps" : step.type is SwitchConditionStep ? "cases" : "on_true"
            if isParallel, let title = title(meetings) {
                note(
                    .warning, property, "các nhánh gặp nhau ở “\(title)”, bước đó sẽ chạy nhiều lần",
                    "branches meet in \(title), which will run once for each")
                continue
            }
            if let branch = branches.first(where: { title($0.steps.intersection(following)) != nil }),
                let title = title(branch.steps.intersection(following))
            {
                note(
                    .warning, branch.property,
                    "nhánh dẫn tới “\(title)”, bước đứng sau “\(step.title)”: bước đó sẽ chạy hai lần; nhánh phải dừng ở bước end của riêng nó",
                    "the branch leads to \(title), which follows \(step.title) and will run twice; the branch should stop at an end step of its own"
                )
                continue
            }
            // CACAO 4.7 to 4.10 ask for one, so that programs know when to go back to the step that began the branch.
            let ends = (isParallel ? meetings : []).union(seen.intersection(following))
            if ends.contains(where: { playbook.workflow[$0]?.type is EndStep }) {
                note(
                    .hint, property,
                    "nhánh không có bước end của riêng nó như CACAO yêu cầu; ở đây mỗi nhánh vẫn kết thúc riêng, chương trình khác có thể dừng cả kịch bản",
                    "a branch has no end step of its own, as CACAO asks; here each branch ends by itself all the same, other programs may end the playbook there"
                )
            }
        }
        return findings
    }
}

extension Playbook {
    /// The steps that a branch can come to before it comes to one of `bounds`.
    fileprivate func reachable(from start: StepID, until bounds: Set<StepID>, _ visits: inout Int) -> Set<StepID> {
        var seen: Set<StepID> = []
        var waiting = [start]
        while let id = waiting.popLast() {
            guard !bounds.contains(id), seen.insert(id).inserted, let step = workflow[id] else { continue }
            visits -= 1
            waiting += step.successors.map(\.id)
        }
        return seen
    }

    /// The step itself, and the loops that it is in: what leads back to them ends a round.
    fileprivate func loops(around step: WorkflowStep, _ visits: inout Int) -> Set<StepID> {
        var loops: Set<StepID> = [step.id]
        for loop in workflow.values where loop.type is WhileConditionStep && loop.id != step.id && visits > 0 {
            for branch in loop.type.branches where reachable(from: branch.id, until: [loop.id], &visits).contains(step.id) {
                loops.insert(loop.id)
            }
        }
        return loops
    }
}
