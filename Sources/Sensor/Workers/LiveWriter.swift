import Dispatch
import EVE
import Synchronization

/// The thread that writes what live workers have gathered: lines to the outputs, entries to the incident record.
///
/// Its queue is bounded. When the disk does not keep up, whole batches of events are given up and counted, and packets go on being looked at.
final class LiveWriter: Sendable {
    struct Batch: Sendable {
        /// By output; whole lines.
        var lines: [[UInt8]]
        var entries: [IncidentJournal.Entry]
        var size: Int { lines.reduce(0) { $0 + $1.count } }
    }

    private struct State {
        var batches: [Batch] = []
        var size = 0
        var isClosing = false
        var reopens = false
        var statistics: [StatsTree] = []
    }

    private static let capacity = 64 << 20

    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)
    private let lost = Atomic<UInt64>(0)

    /// Bytes of events that were given up.
    var lostBytes: UInt64 { lost.load(ordering: .relaxed) }

    func submit(_ batch: Batch) {
        let size = batch.size
        let isTaken = state.withLock { state in
            guard state.size + size <= LiveWriter.capacity || state.batches.isEmpty else { return false }
            state.batches.append(batch)
            state.size += size
            return true
        }
        if isTaken { work.signal() } else { lost.add(UInt64(size), ordering: .relaxed) }
    }

    /// Has a `stats` event written between the workers' lines.
    func submit(_ statistics: StatsTree) {
        state.withLock { $0.statistics.append(statistics) }
        work.signal()
    }

    /// Has the outputs opened anew.
    func reopen() {
        state.withLock { $0.reopens = true }
        work.signal()
    }

    /// Has ``run(_:)`` come back when everything is written.
    func close() {
        state.withLock { $0.isClosing = true }
        work.signal()
    }

    /// The thread's work.
    func run(_ run: SensorRun) {
        var hasComplained = false
        while true {
            _ = work.wait(timeout: .now() + 1)
            let taken = state.withLock { state in
                let taken = state
                state = State(isClosing: taken.isClosing)
                return taken
            }
            if taken.reopens {
                for file in run.files {
                    do { try file.reopen() } catch { SensorProgram.report("vonggac-sensor: \(error)") }
                }
            }
            for batch in taken.batches {
                for (file, lines) in zip(run.files, batch.lines) where !lines.isEmpty { file.append(lines.rawSpan) }
                for entry in batch.entries { run.journal?.take(entry) }
            }
            for tree in taken.statistics { run.writeStatistics(tree) }
            for file in run.files { file.flush() }
            // Said as soon as it is so, not only at the end of a run that may last for years.
            if !hasComplained, let failure = run.files.lazy.compactMap(\.failure).first {
                hasComplained = true
                SensorProgram.report("vonggac-sensor: \(failure); events are lost until there is room, incidents are recorded on")
            }
            if taken.isClosing, taken.batches.isEmpty { return }
        }
    }
}
