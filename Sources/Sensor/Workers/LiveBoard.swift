import Capture
import Detect
import EVE
import Synchronization

/// Where the threads of a live run meet: the supervisor asks, workers answer between two batches of packets.
final class LiveBoard: Sendable {
    /// What one worker has to say.
    struct Report: Sendable {
        var statistics = StatsTree()
        var tally = IncidentJournal.Tally()
        /// By interface.
        var kernel: [(interface: String, counters: LiveCapture.Statistics)] = []
        var polls = LivePolls()
    }

    /// Rules for one worker, made by the supervisor; and those that it had before, for the supervisor to dispose of.
    // Handed over whole under the lock: never reached by two threads.
    private struct Exchange: @unchecked Sendable {
        var fresh: Detector?
        var stale: Detector?
    }

    private struct State {
        var reports: [Report?]
        var exchanges: [Exchange]
        var problems = false
    }

    private let state: Mutex<State>
    /// Counts how often reports were asked for.
    private let question = Atomic<Int>(0)
    /// Counts reloads.
    private let edition = Atomic<Int>(0)
    private let running: Atomic<Int>

    init(workers: Int) {
        state = Mutex(State(reports: Array(repeating: nil, count: workers), exchanges: Array(repeating: Exchange(), count: workers)))
        running = Atomic(workers)
    }

    // MARK: the supervisor

    func askForReports() {
        state.withLock { state in for index in state.reports.indices { state.reports[index] = nil } }
        question.add(1, ordering: .releasing)
    }

    /// The reports, once all running workers have answered.
    func takeReports() -> [Report]? {
        let count = running.load(ordering: .acquiring)
        return state.withLock { state in
            let answers = state.reports.compactMap { $0 }
            return answers.count >= count ? answers : nil
        }
    }

    /// Offers new rules to the workers.
    func offer(_ detectors: [Detector]) {
        let boxes = detectors.map { Exchange(fresh: $0) }
        state.withLock { state in for index in boxes.indices { state.exchanges[index] = boxes[index] } }
        edition.add(1, ordering: .releasing)
    }

    /// Whether all workers have taken them; disposes of the old ones on this thread, where nobody waits for it.
    func haveAllTakenRules() -> Bool {
        let stale = state.withLock { state in
            let stale = state.exchanges
            for index in state.exchanges.indices { state.exchanges[index].stale = nil }
            return stale
        }
        return stale.allSatisfy { $0.fresh == nil } || running.load(ordering: .acquiring) == 0
    }

    var runningWorkers: Int { running.load(ordering: .acquiring) }

    var hasProblems: Bool { state.withLock { $0.problems } }

    // MARK: the workers

    /// The last question and the last edition; one load each.
    var asked: Int { question.load(ordering: .acquiring) }
    var editions: Int { edition.load(ordering: .acquiring) }

    func answer(_ report: Report, worker: Int) { state.withLock { $0.reports[worker] = report } }

    /// Rules that wait for this worker.
    func takeRules(worker: Int) -> Detector? {
        let box = state.withLock { state in
            let box = state.exchanges[worker]
            state.exchanges[worker] = Exchange()
            return box
        }
        return box.fresh
    }

    func giveBack(_ detector: Detector, worker: Int) {
        let box = Exchange(stale: detector)
        state.withLock { $0.exchanges[worker] = box }
    }

    func noteProblem() { state.withLock { $0.problems = true } }

    func end() { running.subtract(1, ordering: .acquiringAndReleasing) }
}

/// How often a worker looked at its sockets, and what came of it.
struct LivePolls: Sendable {
    var polls: UInt64 = 0
    var withPackets: UInt64 = 0
    var inVain: UInt64 = 0

    mutating func add(_ other: LivePolls) {
        polls += other.polls
        withPackets += other.withPackets
        inVain += other.inVain
    }
}
