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

    /// Rules for one worker, made by the supervisor, and how they follow from those before.
    // Handed over whole under the lock: never reached by two threads.
    struct Offer: @unchecked Sendable {
        var detector: Detector
        var transition: RuleTransition
    }

    /// What a worker had before.
    // Given by the worker under the lock, and not touched by it any more.
    private struct Stale: @unchecked Sendable {
        var detector: Detector?
    }

    private struct State {
        var reports: [Report?]
        var offers: [Offer?]
        var stale: [Stale] = []
        var problems = false
    }

    private let state: Mutex<State>
    /// Counts how often reports were asked for.
    private let question = Atomic<Int>(0)
    /// Counts reloads.
    private let edition = Atomic<Int>(0)
    private let running: Atomic<Int>

    init(workers: Int) {
        state = Mutex(State(reports: Array(repeating: nil, count: workers), offers: Array(repeating: nil, count: workers)))
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

    /// Offers new rules to the workers, one for each.
    func offer(_ offers: [Offer]) {
        state.withLock { state in for index in offers.indices { state.offers[index] = offers[index] } }
        edition.add(1, ordering: .releasing)
    }

    /// Whether all workers have taken them. The old ones are disposed of then, on this thread, where no packet waits for it.
    func haveAllChanged() -> Bool {
        let count = running.load(ordering: .acquiring)
        let stale: [Stale]? = state.withLock { state in
            guard state.stale.count >= count else { return nil }
            defer { state.stale = [] }
            return state.stale
        }
        return stale != nil
    }

    var runningWorkers: Int { running.load(ordering: .acquiring) }

    var hasProblems: Bool { state.withLock { $0.problems } }

    // MARK: the workers

    /// The last question and the last edition; one load each.
    var asked: Int { question.load(ordering: .acquiring) }
    var editions: Int { edition.load(ordering: .acquiring) }

    func answer(_ report: Report, worker: Int) { state.withLock { $0.reports[worker] = report } }

    /// Rules that wait for this worker.
    func takeOffer(worker: Int) -> Offer? {
        state.withLock { state in
            defer { state.offers[worker] = nil }
            return state.offers[worker]
        }
    }

    func giveBack(_ detector: Detector?) {
        let stale = Stale(detector: detector)
        state.withLock { $0.stale.append(stale) }
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
