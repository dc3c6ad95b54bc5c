import Bytes
import Dispatch

/// When the writer deletes what is too old: when it starts, and then once a day.
struct RetentionSchedule {
    private let policy: RetentionPolicy
    private let store: IncidentStore
    private let folder: EvidenceFolder?
    private let actor: String
    private var run: RetentionRun?
    private var lastDay: Int64?
    private var notBefore = DispatchTime.now()

    init(_ policy: RetentionPolicy, _ store: IncidentStore, _ folder: EvidenceFolder?, actor: String) {
        self.policy = policy
        self.store = store
        self.folder = folder
        self.actor = actor
    }

    /// Works for one slice when it is time. True while there is more to do.
    mutating func step(finished: (RetentionSummary) -> Void) -> Bool {
        let time = DispatchTime.now()
        if run == nil {
            guard time >= notBefore else { return false }
            notBefore = time + 60
            let day = LocalDay.of(store.clock().microseconds)
            guard day != lastDay else { return false }
            lastDay = day
            run = RetentionRun(store: store, policy: policy, folder: folder, actor: actor)
        }
        guard let run else { return false }
        do {
            if try run.step() { return true }
            if run.summary.alerts + run.summary.evidence > 0 { finished(run.summary) }
        } catch {
            // A full disk or a lock: the writer itself says so; deleting is tried again in a minute.
            lastDay = nil
        }
        self.run = nil
        return false
    }
}
