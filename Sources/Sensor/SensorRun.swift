import AppLayer
import Bytes
import Capture
import Detect
import EVE
import Glibc
import Incidents

/// One run over captures or interfaces: owns the outputs and the worker.
final class SensorRun {
    private let options: SensorOptions
    private let configuration: SensorConfiguration
    private let worker: Worker
    private let outputs: [EventWriter]
    private let filterText: String
    private let started = time(nil)
    private var hasComplained = false
    private let loadedRules: RuleFiles.Loaded?
    /// What the kernel has counted on all interfaces, those that vanished included.
    private var kernel = LiveCapture.Statistics()
    private var kernelOfGone = LiveCapture.Statistics()

    init(options: SensorOptions, configuration: SensorConfiguration, rules: RuleFiles.Loaded?) throws {
        self.options = options
        self.configuration = configuration
        var text = options.filter.joined(separator: " ")
        if let file = options.filterFile {
            guard let bytes = WholeFile.read(file, limit: 1 << 20) else {
                throw ConfigurationError(file, "cannot be read: \(unsafe String(cString: strerror(errno)))")
            }
            text = String(decoding: bytes, as: UTF8.self).split(separator: "\n").filter { !$0.hasPrefix("#") }.joined(separator: " ")
        }
        filterText = text
        loadedRules = rules
        outputs = try configuration.outputs.map { output in
            let path = output.filename.hasPrefix("/") ? output.filename : options.logFolder + "/" + output.filename
            return EventWriter(file: try EVEFile(path: path), configuration: output)
        }
        let checksums: Worker.Checksums =
            switch options.checksums {
            case "all": .on
            case "none": .off
            default: options.read == nil ? .automatic : configuration.checksumChecks.map { $0 ? .on : .off } ?? .automatic
            }
        worker = try Worker(configuration: configuration, rules: rules?.rules, outputs: outputs, verifiesChecksums: checksums)
        if let settings = configuration.fileStore { worker.fileStore = try FileStore(settings, logFolder: options.logFolder) }
        worker.recorder = try recorder(rules)
    }

    private func recorder(_ rules: RuleFiles.Loaded?) throws -> IncidentRecorder? {
        let settings = configuration.incidents
        guard let database = settings.database else { return nil }
        guard let correlation = settings.correlation ?? ShippedFiles.path("Rules/correlation.yaml") else {
            throw ConfigurationError("incidents.correlation", "the shipped Rules/correlation.yaml is not there; name a file")
        }
        let live = options.read == nil
        let sensor = SensorIdentity(
            name: settings.sensorName, version: SensorProgram.version,
            interfaces: live ? (options.interfaces.isEmpty ? configuration.interfaces : options.interfaces) : [options.read ?? ""],
            mode: live ? .live : .offline)
        return try IncidentRecorder(
            database: database, agencies: settings.agencies, correlation: correlation, sensor: sensor, rules: rules?.record
        ) { problem in
            // Offline the end of the run says it.
            if live { SensorProgram.report("vonggac-sensor: \(problem.english)") }
        }
    }

    func run() throws -> ExitCode {
        StopSignal.install()
        var failed = false
        if let path = options.read {
            failed = try !readCaptures(path)
        } else {
            failed = try !captureLive(options.interfaces.isEmpty ? configuration.interfaces : options.interfaces)
        }
        worker.endAllFlows()
        writeStatistics()
        for output in outputs {
            output.file.flush()
            if let failure = output.file.failure {
                SensorProgram.report("vonggac-sensor: \(failure) (\(output.file.lostBytes) bytes of events are lost)")
                failed = true
            }
        }
        if let failure = worker.fileStore?.failure {
            SensorProgram.report("vonggac-sensor: file-store: \(failure)")
            failed = true
        }
        for problem in loadedRules?.datasets.save() ?? [] {
            SensorProgram.report("vonggac-sensor: \(problem)")
            failed = true
        }
        do {
            try worker.recorder?.close()
        } catch {
            SensorProgram.report("vonggac-sensor: \(SensorProgram.text(of: error))")
            failed = true
        }
        let counters = worker.counters
        SensorProgram.report("\(counters.packets) packets, \(counters.flows) flows, \(counters.alerts) alerts")
        return failed ? .failed : .done
    }

    private func writeStatistics() {
        let now = time(nil)
        for output in outputs {
            output.captureFile = nil
            var tree = worker.statistics()
            tree.rules = loadedRules.map { ($0.loaded, $0.refused, $0.skipped) }
            if options.read == nil {
                tree.add("capture.kernel_packets", kernel.received)
                tree.add("capture.kernel_drops", kernel.droppedByKernel)
                tree.add("capture.kernel_ifdrops", kernel.droppedByInterface)
            }
            output.stats(tree, time: Timestamp(seconds: Int64(now)), uptimeSeconds: UInt64(max(0, now - started)))
        }
    }

    // MARK: files

    /// False when a capture could not be read; the others were.
    private func readCaptures(_ path: String) throws -> Bool {
        guard path == "-" || CaptureFolder.isFolder(path) == true else {
            try read(path)
            return true
        }
        guard path != "-" else {
            try read(path)
            return true
        }
        let files = try CaptureFolder.captures(in: path, recursive: options.recursive)
        if files.isEmpty { throw CaptureError.unreadable(path: path, reason: "the folder holds no captures") }
        var allWell = true
        for file in files where !StopSignal.isRaised {
            do {
                try read(file)
            } catch {
                SensorProgram.report("vonggac-sensor: \(error)")
                allWell = false
            }
            if !options.continuous { worker.reset() }
        }
        return allWell
    }

    private func read(_ path: String) throws {
        var reader = try CaptureFileReader.open(path)
        for output in outputs { output.captureFile = path }
        worker.recorder?.captureFile = path
        var filter: BPFFilter?
        var filterLink: LinkType?
        var number: UInt64 = 0
        while !StopSignal.isRaised, let record = try reader.next() {
            number &+= 1
            let frame = reader.frame(record)
            if !filterText.isEmpty {
                if filterLink != record.linkType {
                    filter = try BPFFilter(filterText, linkType: record.linkType)
                    filterLink = record.linkType
                }
                if let passes = filter?.matches(frame, wireLength: record.wireLength), !passes { continue }
            }
            worker.process(frame, linkType: record.linkType, time: record.time, number: number, wireLength: record.wireLength)
        }
        if reader.isTruncated {
            SensorProgram.report("\(path): the capture ends in the middle of a record; the \(number) packets before it were read")
        }
        if !options.continuous { worker.endAllFlows() }
        worker.recorder?.heartbeat()
    }

    // MARK: interfaces

    /// False when an interface failed while it was captured; what was seen until then is kept, and the other interfaces go on.
    private func captureLive(_ names: [String]) throws -> Bool {
        var captureOptions = LiveCapture.Options()
        captureOptions.filter = filterText
        var captures = try names.map { try LiveCapture(interface: $0, options: captureOptions) }
        SensorProgram.report("capturing on \(names.joined(separator: ", "))")
        worker.recorder?.watchBegins(at: .now)
        var lastStatistics = time(nil)
        var lastFlush = lastStatistics
        var numbers: UInt64 = 0
        var allWell = true
        while !StopSignal.isRaised, !captures.isEmpty {
            var isBusy = false
            var failed: Int?
            for (index, capture) in captures.enumerated() {
                for output in outputs { output.interface = capture.interface }
                do throws(CaptureError) {
                    if try take(from: capture, &numbers) { isBusy = true }
                } catch {
                    SensorProgram.report("vonggac-sensor: \(error)")
                    failed = index
                }
            }
            if let failed {
                allWell = false
                let gone = captures.remove(at: failed)
                kernelOfGone.add(gone.statistics)
                sayCounters(gone)
            }
            if !isBusy { LiveCapture.wait(for: captures, milliseconds: 100) }
            let now = time(nil)
            if now != lastFlush {
                lastFlush = now
                for output in outputs { output.file.flush() }
                complainOnce()
            }
            if now - lastStatistics >= 8 {
                lastStatistics = now
                beat(captures)
                writeStatistics()
            }
        }
        drain(captures, &numbers)
        beat(captures)
        for capture in captures { sayCounters(capture) }
        return allWell
    }

    /// Takes what the kernel holds when the sensor is stopped, for half a second at the most: on a busy wire there is always more.
    private func drain(_ captures: [LiveCapture], _ numbers: inout UInt64) {
        guard !captures.isEmpty else { return }
        let start = ContinuousClock.now
        // A block of packets that is not full is handed over only when it has an age (``LiveCapture/Options/timeoutMilliseconds``).
        repeat {
            LiveCapture.wait(for: captures, milliseconds: 20)
            for capture in captures {
                for output in outputs { output.interface = capture.interface }
                while ContinuousClock.now - start < .milliseconds(500), (try? take(from: capture, &numbers)) == true {}
            }
        } while ContinuousClock.now - start < .milliseconds(100)
    }

    /// Asks the kernel for its counters and puts what is new on the heartbeat.
    private func beat(_ captures: [LiveCapture]) {
        let before = kernel.droppedByKernel
        kernel = kernelOfGone
        for capture in captures { kernel.add(capture.statistics) }
        worker.recorder?.heartbeat(kernelDrops: Int64(clamping: kernel.droppedByKernel - min(before, kernel.droppedByKernel)))
    }

    /// Takes what an interface has, at most a batch. True when there was something.
    private func take(from capture: LiveCapture, _ numbers: inout UInt64) throws(CaptureError) -> Bool {
        for count in 0..<1024 {
            switch try capture.next() {
            case .idle: return count > 0
            case .packet(let time, let wireLength):
                numbers &+= 1
                worker.process(capture.frame, linkType: capture.linkType, time: time, number: numbers, wireLength: wireLength)
            }
        }
        return true
    }

    /// Says as soon as events cannot be written, not only at the end of a run that may last for years.
    private func complainOnce() {
        guard !hasComplained, let failure = outputs.lazy.compactMap(\.file.failure).first else { return }
        hasComplained = true
        SensorProgram.report("vonggac-sensor: \(failure); events are lost until there is room, incidents are recorded on")
    }

    private func sayCounters(_ capture: LiveCapture) {
        let counters = capture.statistics
        SensorProgram.report(
            "\(capture.interface): \(counters.received) packets received, \(counters.droppedByKernel) dropped by the kernel, "
                + "\(counters.droppedByInterface) dropped by the interface")
    }
}
