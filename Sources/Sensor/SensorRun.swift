import AppLayer
import Bytes
import Capture
import Detect
import EVE
import Glibc
import Incidents

/// One run over captures or interfaces: opens the outputs, makes the workers, and says how it went.
final class SensorRun {
    let options: SensorOptions
    let configuration: SensorConfiguration
    let files: [EVEFile]
    let filterText: String
    let journal: IncidentJournal?
    let started = time(nil)
    private let metrics: MetricsFile?
    var loadedRules: RuleFiles.Loaded?
    var isLive: Bool { options.read == nil }

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
        // A folder that is asked for by a new name is made; the one above it must be there.
        if !configuration.outputs.isEmpty { _ = unsafe mkdir(options.logFolder, 0o755) }
        files = try configuration.outputs.map { output in
            try EVEFile(path: output.filename.hasPrefix("/") ? output.filename : options.logFolder + "/" + output.filename)
        }
        journal = try SensorRun.journal(options, configuration, rules)
        metrics = configuration.metricsFile.map { [started] in
            MetricsFile(path: $0, sensor: configuration.incidents.sensorName, started: started)
        }
    }

    /// Writes the counters for Prometheus, where the configuration asks for them.
    func exportMetrics(_ tree: StatsTree) { metrics?.write(tree, now: time(nil)) }

    private static func journal(
        _ options: SensorOptions, _ configuration: SensorConfiguration, _ rules: RuleFiles.Loaded?
    ) throws -> IncidentJournal? {
        let settings = configuration.incidents
        guard let database = settings.database else { return nil }
        guard let correlation = settings.correlation ?? ShippedFiles.path("Rules/correlation.yaml") else {
            throw ConfigurationError("incidents.correlation", "the shipped Rules/correlation.yaml is not there; name a file")
        }
        let live = options.read == nil
        let sensor = SensorIdentity(
            name: settings.sensorName, version: SensorProgram.version,
            interfaces: live
                ? (options.interfaces.isEmpty ? configuration.interfaces.map(\.name) : options.interfaces) : [options.read ?? ""],
            mode: live ? .live : .offline)
        return try IncidentJournal(
            database: database, agencies: settings.agencies, correlation: correlation, sensor: sensor, rules: rules?.record,
            retention: settings.retention,
            checkpoints: settings.checkpointKey.map { key in
                let folder = database.lastIndex(of: "/").map { String(database[..<$0]) } ?? "."
                return CheckpointPolicy(
                    key: key, passphrase: settings.checkpointPassphrase, hours: settings.checkpointHours,
                    folder: settings.checkpointFolder ?? folder + "/checkpoints")
            },
            onRetention: { summary in
                SensorProgram.report(
                    "retention: \(summary.alerts) alerts and \(summary.evidence) pieces of evidence before \(LocalTime.iso(summary.cutoff)) deleted"
                        + (summary.needsVacuum ? "; run vonggac db vacuum once, so that the file can give back space" : ""))
            }
        ) { problem in
            // Offline the end of the run says it.
            if live { SensorProgram.report("vonggac-sensor: \(problem.english)") }
        }
    }

    /// A worker whose outputs write to the files themselves, or gather for somebody who does.
    func makeWorker(_ share: WorkerShare = WorkerShare(), gathers: Bool) throws -> Worker {
        let writers = zip(files, configuration.outputs).map { file, output in
            EventWriter(file: gathers ? EVEFile(gatheringFor: file.path) : file, configuration: output)
        }
        let checksums: Worker.Checksums =
            switch options.checksums {
            case "all": .on
            case "none": .off
            default: isLive ? .automatic : configuration.checksumChecks.map { $0 ? .on : .off } ?? .automatic
            }
        let isTold = checksums == .automatic && !isLive && share.workers > 1
        let worker = try Worker(
            configuration: configuration, rules: loadedRules?.rules, outputs: writers, verifiesChecksums: isTold ? .told : checksums,
            share: share)
        if let settings = configuration.fileStore {
            worker.fileStore = try FileStore(settings, logFolder: options.logFolder, worker: share.index, of: share.workers)
        }
        if let journal { worker.recorder = IncidentRecorder(journal: journal, gathers: gathers) }
        return worker
    }

    func run() throws -> ExitCode {
        StopSignal.install()
        let outcome: RunOutcome
        if let path = options.read {
            outcome = try CaptureFileRun(self).run(path)
        } else {
            outcome = try LiveRun(self).run()
        }
        var failed = !outcome.isWell
        for file in files {
            file.flush()
            if let failure = file.failure {
                SensorProgram.report("vonggac-sensor: \(failure) (\(file.lostBytes) bytes of events are lost)")
                failed = true
            }
        }
        if let failure = outcome.fileStoreFailure {
            SensorProgram.report("vonggac-sensor: file-store: \(failure)")
            failed = true
        }
        if let failure = loadedRules?.rules.programFailure {
            SensorProgram.report("vonggac-sensor: \(failure); rules that packets first concerned after that were not looked at")
            failed = true
        }
        for problem in loadedRules?.datasets.save() ?? [] {
            SensorProgram.report("vonggac-sensor: \(problem)")
            failed = true
        }
        do {
            try journal?.close()
        } catch {
            SensorProgram.report("vonggac-sensor: \(SensorProgram.text(of: error))")
            failed = true
        }
        SensorProgram.report("\(outcome.packets) packets, \(outcome.flows) flows, \(outcome.alerts) alerts")
        return failed ? .failed : .done
    }

    /// Writes a `stats` event to each output.
    func writeStatistics(_ tree: StatsTree) {
        exportMetrics(tree)
        let now = time(nil)
        for (file, output) in zip(files, configuration.outputs) {
            EventWriter(file: file, configuration: output)
                .stats(tree, time: Timestamp(seconds: Int64(now)), uptimeSeconds: UInt64(max(0, now - started)))
        }
    }
}

/// How a run went.
struct RunOutcome {
    /// False when something could not be read; the rest was.
    var isWell = true
    var packets: UInt64 = 0
    var flows: UInt64 = 0
    var alerts: UInt64 = 0
    var fileStoreFailure: String?

    /// Adds what a worker has done.
    mutating func add(_ worker: Worker) {
        packets += worker.counters.packets
        flows += worker.counters.flows
        alerts += worker.counters.alerts
        fileStoreFailure = fileStoreFailure ?? worker.fileStore?.failure
    }
}
