import Bytes
import Capture
import Decode
import Detect
import Dispatch
import EVE

/// Workers side by side over capture files: this thread reads and spreads, the workers inspect, a writer puts their events in order.
///
/// The events are those of a single worker, in the same order; what is shared is reached in packet order (``PacketOrder``). Only when a silent
/// flow is noticed to be over depends on the table it lies in, and so on how flows are spread.
final class WorkerPool {
    /// Pieces of work under way at once.
    private static let ringSize = 8

    let workers: [Worker]
    private let ring: [CaptureStretch]
    private var threads: [WorkerThread] = []
    private let filled: [DispatchSemaphore]
    private let finished = DispatchSemaphore(value: 0)
    private let free = DispatchSemaphore(value: WorkerPool.ringSize)
    /// In the ring.
    private var place = 0
    /// Of the next packet.
    private var rank: UInt64 = 1
    private var lastTime = Timestamp(microseconds: 0)
    private var spreader: PairSpreader
    private let filterText: String
    private let watchesChecksums: Bool

    /// - Parameters:
    ///   - workers: with turns in one order, and outputs that gather.
    ///   - files: where their lines go, in the order of their outputs.
    ///   - filter: BPF expression; empty for everything.
    ///   - watchesChecksums: whether the captures' first packets decide about checksums.
    init(
        workers: [Worker], files: [EVEFile], journal: IncidentJournal?, filter: String, watchesChecksums: Bool
    ) throws {
        self.workers = workers
        filterText = filter
        self.watchesChecksums = watchesChecksums
        spreader = PairSpreader(workers: workers.count)
        let ring = (0..<WorkerPool.ringSize).map { _ in CaptureStretch(workers: workers.count, outputs: files.count) }
        self.ring = ring
        filled = workers.map { _ in DispatchSemaphore(value: 0) }
        for (index, worker) in workers.enumerated() {
            let lane = WorkerLane(worker, index, ring, filled[index], finished)
            threads.append(try WorkerThread("worker \(index + 1)") { lane.run() })
        }
        let writer = StretchWriter(ring, files, journal, finished, free)
        threads.append(try WorkerThread("writer") { writer.run() })
    }

    // MARK: the reader

    private func nextStretch(_ task: CaptureStretch.Task) -> CaptureStretch {
        free.wait()
        let stretch = ring[place]
        stretch.task = task
        stretch.ignoresChecksumsFrom = .max
        return stretch
    }

    private func handOut(_ stretch: CaptureStretch) {
        stretch.end = rank
        stretch.unfinished.store(workers.count, ordering: .releasing)
        place = (place + 1) % ring.count
        for semaphore in filled { semaphore.signal() }
    }

    /// Waits until everything that was handed out is written.
    private func drain() {
        for _ in ring { free.wait() }
        for _ in ring { free.signal() }
    }

    /// Reads a capture; its flows stay.
    ///
    /// - Returns: how many records there were, and whether the last one was cut off.
    func read(_ path: String, _ progress: CaptureProgress) throws -> (count: UInt64, isTruncated: Bool) {
        var reader = try CaptureFileReader.open(path)
        progress.begin(reader)
        defer { progress.end() }
        handOut(nextStretch(.begin(path)))
        var watch = ChecksumWatch(isOn: watchesChecksums)
        var filter = CaptureFilter(filterText)
        var number: UInt64 = 0
        var goesOn = true
        while goesOn {
            let stretch = nextStretch(.packets)
            var problem: (any Error)?
            do {
                while !StopSignal.isRaised, let record = try reader.nextHere() {
                    number &+= 1
                    let frame = reader.frame(record)
                    guard try filter.passes(frame, record) else { continue }
                    if watch.isOn, watch.sees(frame, record) { stretch.ignoresChecksumsFrom = rank }
                    stretch.parts[spreader.worker(frame, record)].items.append(
                        CaptureStretch.Item(record: record, number: number, rank: rank))
                    rank &+= 1
                    lastTime = record.time
                }
            } catch {
                problem = error
            }
            do {
                goesOn = try reader.exchangeBuffer(&stretch.bytes) && !StopSignal.isRaised && problem == nil
            } catch {
                problem = problem ?? error
            }
            handOut(stretch)
            if let problem { throw problem }
        }
        return (number, reader.isTruncated)
    }

    /// Ends all flows, in the order that a single worker would.
    func endAllFlows() {
        let listing = nextStretch(.listFlows)
        handOut(listing)
        drain()
        var all: [(place: Worker.FlowPlace, part: Int)] = []
        for (index, part) in listing.parts.enumerated() { all += part.flows.map { ($0, index) } }
        all.sort {
            $0.place.start == $1.place.start && $0.place.number == $1.place.number ? $0.part < $1.part : $0.place.precedes($1.place)
        }
        let ending = nextStretch(.endFlows)
        for (index, part) in ending.parts.enumerated() {
            part.flows = listing.parts[index].flows
            listing.parts[index].flows = []
            part.flowRanks = []
        }
        for entry in all {
            ending.parts[entry.part].flowRanks.append(rank)
            rank &+= 1
        }
        handOut(ending)
    }

    /// Between two captures that are recordings of their own.
    func reset() { handOut(nextStretch(.reset(lastTime))) }

    /// What went by in all workers since the last call; waits for them.
    func takeTally() -> IncidentJournal.Tally {
        drain()
        var tally = IncidentJournal.Tally()
        for worker in workers { if let part = worker.recorder?.takeTally() { tally.add(part) } }
        return tally
    }

    /// Waits for everything and ends the threads. The workers are this thread's again.
    func stop() {
        handOut(nextStretch(.stop))
        for thread in threads { thread.join() }
        threads = []
    }
}

/// Whether the first packets of a capture show that checksums were left to network cards.
private struct ChecksumWatch {
    private var decoder = Decoder(verifiesChecksums: true)
    private var packet = Packet()
    private var seen = (packets: 0, bad: 0)
    private(set) var isOn: Bool

    init(isOn: Bool) { self.isOn = isOn }

    /// True when that is decided, with this packet, and they were.
    mutating func sees(_ frame: RawSpan, _ record: CaptureRecord) -> Bool {
        decoder.decode(frame, linkType: record.linkType, time: record.time, number: 0, wireLength: record.wireLength, into: &packet)
        seen.packets += 1
        if packet.flags.contains(.badTransportChecksum) || packet.flags.contains(.badIPChecksum) { seen.bad += 1 }
        guard seen.packets >= Worker.checksumSample else { return false }
        isOn = false
        return seen.bad * 10 > seen.packets
    }
}

/// One worker's thread.
private final class WorkerLane {
    private let worker: Worker
    private let index: Int
    private let ring: [CaptureStretch]
    private let filled: DispatchSemaphore
    private let finished: DispatchSemaphore

    init(_ worker: Worker, _ index: Int, _ ring: [CaptureStretch], _ filled: DispatchSemaphore, _ finished: DispatchSemaphore) {
        self.worker = worker
        self.index = index
        self.ring = ring
        self.filled = filled
        self.finished = finished
    }

    func run() {
        var place = 0
        while true {
            filled.wait()
            let stretch = ring[place]
            place = (place + 1) % ring.count
            let goesOn = work(stretch)
            if stretch.unfinished.subtract(1, ordering: .acquiringAndReleasing).newValue == 0 { finished.signal() }
            if !goesOn { return }
        }
    }

    /// False when this was the last.
    private func work(_ stretch: CaptureStretch) -> Bool {
        let part = stretch.parts[index]
        let turn = worker.share.turn
        var goesOn = true
        switch stretch.task {
        case .packets:
            let buffer = stretch.bytes
            let bytes = buffer.rawSpan
            let ignoresFrom = stretch.ignoresChecksumsFrom
            for item in part.items {
                turn.begin(item.rank)
                if item.rank >= ignoresFrom { worker.hears(ofBadChecksums: item.rank == ignoresFrom) }
                worker.recorder?.number = item.rank
                worker.process(
                    CaptureFileReader.frame(item.record, in: bytes), linkType: item.record.linkType, time: item.record.time,
                    number: item.number, wireLength: item.record.wireLength)
                note(item.rank, part)
            }
            if ignoresFrom < stretch.end { worker.ignoreChecksums() }
        case .begin(let path):
            for output in worker.outputs { output.captureFile = path }
            worker.recorder?.captureFile = path
        case .listFlows: part.flows = worker.flowsInOrder()
        case .endFlows:
            for (flow, rank) in zip(part.flows, part.flowRanks) {
                turn.begin(rank)
                worker.recorder?.number = rank
                worker.endFlow(flow.flow, reason: .shutdown)
                note(rank, part)
            }
            part.flows = []
        case .reset(let time): worker.reset(at: time)
        case .stop: goesOn = false
        }
        turn.begin(stretch.end)
        part.items.removeAll(keepingCapacity: true)
        for (index, output) in worker.outputs.enumerated() where !part.lines[index].ends.isEmpty {
            part.lines[index].bytes = output.file.takeLines()
        }
        if let recorder = worker.recorder { part.entries = recorder.takeEntries() }
        return goesOn
    }

    /// Notes which lines a packet has written.
    @inline(__always)
    private func note(_ rank: UInt64, _ part: CaptureStretch.Part) {
        for (index, output) in worker.outputs.enumerated() {
            let count = output.file.json.buffer.count
            if count > part.lines[index].ends.last?.end ?? 0 { part.lines[index].ends.append((rank, count)) }
        }
    }
}

/// The thread that puts the workers' lines and entries in the order of the packets and writes them.
private final class StretchWriter {
    private let ring: [CaptureStretch]
    private let files: [EVEFile]
    private let journal: IncidentJournal?
    private let finished: DispatchSemaphore
    private let free: DispatchSemaphore

    init(
        _ ring: [CaptureStretch], _ files: [EVEFile], _ journal: IncidentJournal?, _ finished: DispatchSemaphore, _ free: DispatchSemaphore
    ) {
        self.ring = ring
        self.files = files
        self.journal = journal
        self.finished = finished
        self.free = free
    }

    func run() {
        var place = 0
        while true {
            finished.wait()
            let stretch = ring[place]
            place = (place + 1) % ring.count
            for (index, file) in files.enumerated() { write(stretch, index, file) }
            if let journal { enter(stretch, journal) }
            let isLast = if case .stop = stretch.task { true } else { false }
            free.signal()
            if isLast { return }
        }
    }

    private func write(_ stretch: CaptureStretch, _ output: Int, _ file: EVEFile) {
        var cursors = stretch.parts.map { _ in 0 }
        while true {
            var best: Int?
            for (index, part) in stretch.parts.enumerated() where cursors[index] < part.lines[output].ends.count {
                if let other = best,
                    stretch.parts[other].lines[output].ends[cursors[other]].rank < part.lines[output].ends[cursors[index]].rank
                {
                    continue
                }
                best = index
            }
            guard let best else { break }
            let lines = stretch.parts[best].lines[output]
            let start = cursors[best] == 0 ? 0 : lines.ends[cursors[best] - 1].end
            file.append(lines.bytes.rawSpan.extracting(start..<lines.ends[cursors[best]].end))
            cursors[best] += 1
        }
        for part in stretch.parts where !part.lines[output].ends.isEmpty {
            part.lines[output].ends.removeAll(keepingCapacity: true)
            part.lines[output].bytes = []
        }
    }

    private func enter(_ stretch: CaptureStretch, _ journal: IncidentJournal) {
        var all: [(number: UInt64, entry: IncidentJournal.Entry)] = []
        for part in stretch.parts where !part.entries.isEmpty {
            all += part.entries
            part.entries = []
        }
        guard !all.isEmpty else { return }
        // One packet's entries come from one worker, in their order: the sort must keep it.
        let order = all.indices.sorted { all[$0].number != all[$1].number ? all[$0].number < all[$1].number : $0 < $1 }
        for index in order { journal.take(all[index].entry) }
    }
}
