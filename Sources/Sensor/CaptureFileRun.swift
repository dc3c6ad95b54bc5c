import Bytes
import Capture
import Detect
import EVE

/// A run over capture files: with one worker on this thread, or with several side by side (``WorkerPool``).
struct CaptureFileRun {
    private let sensor: SensorRun

    init(_ sensor: SensorRun) { self.sensor = sensor }

    func run(_ path: String) throws -> RunOutcome {
        let count = sensor.configuration.fileWorkers(sensor.options.runmode)
        if count > 1 { return try runPool(path, count) }
        var outcome = RunOutcome()
        let worker = try sensor.makeWorker(gathers: false)
        outcome.isWell = try eachCapture(
            path,
            read: { path, progress in
                try read(path, worker, progress)
                if !sensor.options.continuous { worker.endAllFlows() }
                sensor.journal?.beat(worker.recorder?.takeTally() ?? IncidentJournal.Tally(), captureFile: path)
            },
            between: { worker.reset(at: worker.clock) })
        worker.endAllFlows()
        worker.recorder?.close()
        finish([worker], &outcome)
        return outcome
    }

    private func runPool(_ path: String, _ count: Int) throws -> RunOutcome {
        var outcome = RunOutcome()
        let order = PacketOrder(workers: count)
        let shares = WorkerShare.shares(count, order: order, partialContentLimit: sensor.configuration.partialContentLimit)
        let workers = try shares.map { try sensor.makeWorker($0, gathers: true) }
        let pool = try WorkerPool(
            workers: workers, files: sensor.files, journal: sensor.journal, filter: sensor.filterText,
            watchesChecksums: workers.contains { $0.verifiesChecksums == .told })
        do {
            outcome.isWell = try eachCapture(
                path,
                read: { path, progress in
                    defer { if !sensor.options.continuous { pool.endAllFlows() } }
                    let (count, isTruncated) = try pool.read(path, progress)
                    if isTruncated { sayTruncated(path, count) }
                },
                after: { path in if let journal = sensor.journal { journal.beat(pool.takeTally(), captureFile: path) } },
                between: { pool.reset() })
        } catch {
            pool.stop()
            throw error
        }
        pool.endAllFlows()
        pool.stop()
        for worker in workers {
            worker.recorder?.close()
            for (_, entry) in worker.recorder?.takeEntries() ?? [] { sensor.journal?.take(entry) }
        }
        finish(workers, &outcome)
        return outcome
    }

    private func finish(_ workers: [Worker], _ outcome: inout RunOutcome) {
        var tree = workers[0].statistics()
        for worker in workers.dropFirst() { tree.merge(worker.statistics()) }
        tree.rules = sensor.loadedRules?.counts
        sensor.writeStatistics(tree)
        for worker in workers { outcome.add(worker) }
    }

    /// Calls `read` for the capture, or for each one of a folder. False when one could not be read; the others were.
    private func eachCapture(
        _ path: String, read: (String, CaptureProgress) throws -> Void, after: (String) -> Void = { _ in }, between: () -> Void
    ) throws -> Bool {
        guard path != "-", CaptureFolder.isFolder(path) == true else {
            let progress = CaptureProgress([path])
            defer { progress.finish() }
            try read(path, progress)
            after(path)
            return true
        }
        let files = try CaptureFolder.captures(in: path, recursive: sensor.options.recursive)
        if files.isEmpty { throw CaptureError.unreadable(path: path, reason: "the folder holds no captures") }
        let progress = CaptureProgress(files)
        defer { progress.finish() }
        var allWell = true
        for file in files where !StopSignal.isRaised {
            do {
                try read(file, progress)
            } catch {
                SensorProgram.report("vonggac-sensor: \(error)")
                allWell = false
            }
            after(file)
            if !sensor.options.continuous { between() }
        }
        return allWell
    }

    private func read(_ path: String, _ worker: Worker, _ progress: CaptureProgress) throws {
        var reader = try CaptureFileReader.open(path)
        progress.begin(reader)
        defer { progress.end() }
        for output in worker.outputs { output.captureFile = path }
        worker.recorder?.captureFile = path
        var filter = CaptureFilter(sensor.filterText)
        var number: UInt64 = 0
        while !StopSignal.isRaised, let record = try reader.next() {
            number &+= 1
            let frame = reader.frame(record)
            guard try filter.passes(frame, record) else { continue }
            worker.process(frame, linkType: record.linkType, time: record.time, number: number, wireLength: record.wireLength)
        }
        if reader.isTruncated { sayTruncated(path, number) }
    }

    private func sayTruncated(_ path: String, _ number: UInt64) {
        SensorProgram.report("\(path): the capture ends in the middle of a record; the \(number) packets before it were read")
    }
}
