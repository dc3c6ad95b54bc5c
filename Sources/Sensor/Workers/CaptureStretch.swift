import Bytes
import Capture
import Synchronization

/// A piece of work for all workers of a pool: mostly a buffer of a capture file and which worker takes which of its packets.
///
/// It goes from the reader to the workers to the writer and back.
// Who may touch what is ordered by the semaphores of the pool: the reader everything before it is handed out, each worker its own part, the
// writer everything once all workers are done.
final class CaptureStretch: @unchecked Sendable {
    enum Task {
        case packets
        /// A capture of that name begins.
        case begin(String)
        /// Each worker lists its flows.
        case listFlows
        /// Each worker ends its flows in the order of all.
        case endFlows
        /// The next capture is another recording; the last packet was of that time.
        case reset(Timestamp)
        case stop
    }

    struct Item {
        var record: CaptureRecord
        /// In its capture.
        var number: UInt64
        /// Among the packets of all captures.
        var rank: UInt64
    }

    /// One worker's part.
    final class Part {
        var items: [Item] = []
        /// In order; their ranks are chosen by the reader.
        var flows: [Worker.FlowPlace] = []
        var flowRanks: [UInt64] = []
        // What came of it.
        var lines: [GatheredLines]
        var entries: [(number: UInt64, entry: IncidentJournal.Entry)] = []

        init(outputs: Int) { lines = (0..<outputs).map { _ in GatheredLines() } }
    }

    var task = Task.packets
    var bytes = [UInt8](repeating: 0, count: 1 << 20)
    let parts: [Part]
    /// The first rank that is not in it.
    var end: UInt64 = 0
    /// From this rank on checksums say nothing.
    var ignoresChecksumsFrom = UInt64.max
    let unfinished = Atomic<Int>(0)

    init(workers: Int, outputs: Int) { parts = (0..<workers).map { _ in Part(outputs: outputs) } }
}

/// Lines that one worker wrote for one output, and which packets they belong to.
struct GatheredLines: Sendable {
    var bytes: [UInt8] = []
    /// Where the lines of a packet end, by rank; only packets that wrote any.
    var ends: [(rank: UInt64, end: Int)] = []
}
