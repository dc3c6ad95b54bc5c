import Capture
import EVE
import Glibc

/// One thread of a live run: takes packets from its sockets, one for each interface.
final class LiveWorker {
    /// Packets that are taken from one socket before the next has its turn.
    private static let batch = 1024
    /// Bytes of lines that are handed to the writer before a second is over.
    private static let fullLines = 128 * 1024

    private let worker: Worker
    private let index: Int
    private var captures: [LiveCapture]
    private let board: LiveBoard
    private let writer: LiveWriter
    private var number: UInt64 = 0
    private var polls = LivePolls()
    /// Of interfaces that have failed.
    private var gone: [(interface: String, counters: LiveCapture.Statistics)] = []
    private var asked = 0
    private var edition = 0
    private var lastHandover = time(nil)

    init(_ worker: Worker, captures: [LiveCapture], board: LiveBoard, writer: LiveWriter) {
        self.worker = worker
        index = worker.share.index
        self.captures = captures
        self.board = board
        self.writer = writer
    }

    func run() {
        while !StopSignal.isRaised, !captures.isEmpty {
            if !takeFromAll() { LiveCapture.wait(for: captures, milliseconds: 100) }
            look()
        }
        drain()
        worker.endAllFlows()
        worker.recorder?.close()
        handOver()
        board.answer(report(), worker: index)
        board.end()
    }

    /// What the other threads want, between two batches.
    private func look() {
        if edition != board.editions {
            edition = board.editions
            if let offer = board.takeOffer(worker: index) { board.giveBack(worker.change(to: offer.detector, offer.transition)) }
        }
        if asked != board.asked {
            asked = board.asked
            board.answer(report(), worker: index)
        }
        let now = time(nil)
        if now != lastHandover || worker.outputs.contains(where: { $0.file.json.buffer.count >= LiveWorker.fullLines }) {
            lastHandover = now
            handOver()
        }
    }

    private func handOver() {
        let lines = worker.outputs.map { $0.file.takeLines() }
        let entries = worker.recorder?.takeEntries().map(\.entry) ?? []
        if !entries.isEmpty || lines.contains(where: { !$0.isEmpty }) { writer.submit(LiveWriter.Batch(lines: lines, entries: entries)) }
    }

    private func report() -> LiveBoard.Report {
        var report = LiveBoard.Report()
        report.statistics = worker.statistics()
        report.tally = worker.recorder?.takeTally() ?? IncidentJournal.Tally()
        report.kernel = gone + captures.map { ($0.interface, $0.statistics) }
        report.polls = polls
        return report
    }

    /// True when there was something.
    private func takeFromAll() -> Bool {
        polls.polls &+= 1
        var isBusy = false
        var failed: Int?
        for (place, capture) in captures.enumerated() {
            if captures.count > 1 || number == 0 { name(capture) }
            do throws(CaptureError) {
                if try take(from: capture) { isBusy = true }
            } catch {
                SensorProgram.report("vonggac-sensor: \(error)")
                failed = place
            }
        }
        if let failed {
            board.noteProblem()
            let capture = captures.remove(at: failed)
            gone.append((capture.interface, capture.statistics))
        }
        if isBusy { polls.withPackets &+= 1 } else { polls.inVain &+= 1 }
        return isBusy
    }

    /// Says where the packets that follow come from.
    private func name(_ capture: LiveCapture) {
        for output in worker.outputs { output.interface = capture.interface }
        worker.recorder?.interface = capture.interface
    }

    /// Takes what an interface has, at most a batch. True when there was something.
    private func take(from capture: LiveCapture) throws(CaptureError) -> Bool {
        for count in 0..<LiveWorker.batch {
            switch try capture.next() {
            case .idle: return count > 0
            case .packet(let time, let wireLength):
                number &+= 1
                worker.process(capture.frame, linkType: capture.linkType, time: time, number: number, wireLength: wireLength)
            }
        }
        return true
    }

    /// Takes what the kernel holds when the sensor is stopped, for half a second at the most: on a busy wire there is always more.
    private func drain() {
        guard !captures.isEmpty else { return }
        let start = ContinuousClock.now
        // A block of packets that is not full is handed over only when it has an age (``LiveCapture/Options/timeoutMilliseconds``).
        repeat {
            LiveCapture.wait(for: captures, milliseconds: 20)
            for capture in captures {
                name(capture)
                while ContinuousClock.now - start < .milliseconds(500), (try? take(from: capture)) == true {}
            }
        } while ContinuousClock.now - start < .milliseconds(100)
    }
}
