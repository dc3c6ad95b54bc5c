import Bytes
import Capture
import Detect
import EVE
import Glibc

/// A run over interfaces: worker threads with sockets of their own, a writer, and this thread, which watches over them.
struct LiveRun {
    private let sensor: SensorRun
    private let interfaces: [InterfaceSettings]

    init(_ sensor: SensorRun) {
        self.sensor = sensor
        let named = sensor.options.interfaces
        interfaces = named.isEmpty ? sensor.configuration.interfaces : named.map { sensor.configuration.settings(of: $0) }
    }

    func run() throws -> RunOutcome {
        let counts = interfaces.map { sensor.configuration.workers(on: $0, sensor.options.runmode) }
        let count = counts.max() ?? 1
        let shares = WorkerShare.shares(count, order: nil, partialContentLimit: sensor.configuration.partialContentLimit)
        let workers = try shares.map { try sensor.makeWorker($0, gathers: true) }
        var sockets: [[LiveCapture]] = Array(repeating: [], count: count)
        for (settings, count) in zip(interfaces, counts) {
            for (index, capture) in try captures(settings, count).enumerated() { sockets[index].append(capture) }
        }
        let names = interfaces.map(\.name).joined(separator: ", ")
        SensorProgram.report(count > 1 ? "capturing on \(names) with \(count) workers" : "capturing on \(names)")
        let board = LiveBoard(workers: count)
        let writer = LiveWriter()
        let began = Timestamp.now
        var threads = [try WorkerThread("writer") { writer.run(sensor) }]
        for (worker, captures) in zip(workers, sockets) {
            let live = LiveWorker(worker, captures: captures, board: board, writer: writer)
            threads.append(try WorkerThread("worker \(worker.share.index + 1)") { live.run() })
        }
        var watch = LiveWatch(sensor, board, writer, began: began)
        watch.watch(workers)
        for thread in threads.dropFirst() { thread.join() }
        let last = watch.finish()
        writer.close()
        threads[0].join()
        sensor.writeStatistics(last)
        var outcome = RunOutcome(isWell: !board.hasProblems && writer.lostBytes == 0)
        for worker in workers { outcome.add(worker) }
        if writer.lostBytes > 0 {
            SensorProgram.report("vonggac-sensor: the disk did not keep up: \(writer.lostBytes) bytes of events are lost")
        }
        return outcome
    }

    private func captures(_ settings: InterfaceSettings, _ count: Int) throws -> [LiveCapture] {
        var options = LiveCapture.Options()
        let filters = [settings.filter, sensor.filterText].filter { !$0.isEmpty }
        options.filter = filters.count > 1 ? filters.map { "(\($0))" }.joined(separator: " and ") : filters.first ?? ""
        // One interface has the same memory whatever the number of its workers.
        options.bufferSize = Int32(clamping: max(settings.ringBytes ?? Int(options.bufferSize) / count, 2 << 20))
        options.timeoutMilliseconds = Int32(clamping: settings.blockMilliseconds)
        options.isPromiscuous = settings.isPromiscuous
        if let length = settings.snapLength { options.snapLength = Int32(clamping: length) }
        options.spread = settings.spread
        options.groupID = settings.clusterID
        options.defragments = settings.defragments
        return try LiveCapture.group(count, on: settings.name, options: options)
    }
}

/// The thread that watches over live workers: statistics, heartbeats, signals.
private struct LiveWatch {
    private let sensor: SensorRun
    private let board: LiveBoard
    private let writer: LiveWriter
    private var lastBeat: Timestamp
    private var kernel = LiveCapture.Statistics()
    /// What looks after the file store.
    private var files: FileStoreWatch?
    /// It was said that rules cannot be made ready to run.
    private var hasComplained = false

    init(_ sensor: SensorRun, _ board: LiveBoard, _ writer: LiveWriter, began: Timestamp) {
        self.sensor = sensor
        self.board = board
        self.writer = writer
        lastBeat = began
        files = FileStoreWatch(sensor)
    }

    /// Comes back when the workers end.
    mutating func watch(_ workers: [Worker]) {
        var lastStatistics = time(nil)
        var isWaiting = false
        // What is done here must not take a core from the workers.
        setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, 10)
        while !StopSignal.isRaised, board.runningWorkers > 0 {
            usleep(50_000)
            if ReloadSignal.takeFiles() { writer.reopen() }
            if ReloadSignal.takeRules() {
                reload(workers)
                // The rules before are gone now.
                FreedMemory.giveBack()
            }
            if !hasComplained, let failure = sensor.loadedRules?.rules.programFailure {
                hasComplained = true
                SensorProgram.report("vonggac-sensor: \(failure); rules are missing: have them loaded again (SIGUSR2)")
            }
            let now = time(nil)
            files?.step(now)
            if isWaiting, let reports = board.takeReports() {
                isWaiting = false
                let tree = take(reports)
                writer.submit(tree)
                sensor.exportMetrics(tree)
            } else if !isWaiting, now - lastStatistics >= sensor.configuration.statsInterval {
                lastStatistics = now
                isWaiting = true
                board.askForReports()
            }
        }
    }

    /// Has the workers go on with the rules as the files say now; they take packets all the while. When nothing can be loaded, nothing changes.
    private mutating func reload(_ workers: [Worker]) {
        guard let old = sensor.loadedRules else {
            SensorProgram.report("there are no rules to reload: --disable-detection is given")
            return
        }
        do {
            guard let fresh = try RuleFiles.load(sensor.options, sensor.configuration, keeping: old.datasets) else { return }
            let transition = RuleTransition(from: old.rules, to: fresh.rules)
            board.offer(
                workers.map {
                    LiveBoard.Offer(detector: Detector(fresh.rules, shared: $0.share.state, turn: $0.share.turn), transition: transition)
                })
            sensor.loadedRules = fresh
            while !board.haveAllChanged(), !StopSignal.isRaised, board.runningWorkers > 0 { usleep(1000) }
            do { try sensor.journal?.record(fresh.record) } catch {
                SensorProgram.report("vonggac-sensor: \(SensorProgram.text(of: error))")
            }
            hasComplained = false
            SensorProgram.report("rules reloaded")
        } catch {
            SensorProgram.report("vonggac-sensor: \(SensorProgram.text(of: error)); the rules stay as they were")
        }
    }

    /// The last statistics, when the workers have ended.
    mutating func finish() -> StatsTree {
        let reports = board.takeReports() ?? []
        var names: [String] = []
        for name in reports.flatMap({ $0.kernel.map(\.interface) }) where !names.contains(name) { names.append(name) }
        for name in names {
            var sum = LiveCapture.Statistics()
            for report in reports { for one in report.kernel where one.interface == name { sum.add(one.counters) } }
            SensorProgram.report(
                "\(name): \(sum.received) packets received, \(sum.droppedByKernel) dropped by the kernel, "
                    + "\(sum.droppedByInterface) dropped by the interface")
        }
        return take(reports)
    }

    /// Sums the reports up, and puts what is new on the heartbeat.
    private mutating func take(_ reports: [LiveBoard.Report]) -> StatsTree {
        guard var tree = reports.first?.statistics else { return StatsTree() }
        for report in reports.dropFirst() { tree.merge(report.statistics) }
        var tally = IncidentJournal.Tally()
        var counters = LiveCapture.Statistics()
        var polls = LivePolls()
        for report in reports {
            tally.add(report.tally)
            polls.add(report.polls)
            for one in report.kernel { counters.add(one.counters) }
        }
        let drops = counters.droppedByKernel - min(kernel.droppedByKernel, counters.droppedByKernel)
        kernel = counters
        let now = Timestamp.now
        sensor.journal?.beat(tally, kernelDrops: Int64(clamping: drops), from: lastBeat, until: now)
        lastBeat = now
        tree.rules = sensor.loadedRules?.counts
        tree.add("capture.kernel_packets", counters.received)
        tree.add("capture.kernel_drops", counters.droppedByKernel)
        tree.add("capture.kernel_ifdrops", counters.droppedByInterface)
        // What the kernel has taken and no worker yet: how full the rings are.
        let seen = tree.value("decoder.pkts") &+ counters.droppedByKernel
        tree.add("capture.ring_packets", counters.received - min(seen, counters.received))
        tree.add("capture.afpacket.polls", polls.polls)
        tree.add("capture.afpacket.poll_data", polls.withPackets)
        tree.add("capture.afpacket.poll_timeout", polls.inVain)
        tree.add("eve.lost_bytes", writer.lostBytes)
        if let files {
            tree.add("file_store.removed_files", files.removedFiles)
            tree.add("file_store.removed_bytes", files.removedBytes)
        }
        return tree
    }
}
