import Bytes
import Dispatch
import Foundation
import Glibc
import Incidents
import Playbooks
import Synchronization
import Terminal
import Trust
import Wording

/// One program's work on one run: the lease that it keeps, the signals that end it, and what it says at the end.
struct RunSession {
    let session: Session
    let store: IncidentStore
    let lease: PlaybookLease
    let incident: IncidentCode
    let hand: Hand
    let isResumed: Bool
    let options: RunOptions
    let console: Console

    func work(
        _ playbook: Playbook, values: [String: String], library: any PlaybookLibrary, secrets: any SecretSource, settings: RunSettings
    ) throws {
        let answers = try options.answers.map { try Answers.load($0) }
        let isInteractive = options.isInteractive
        let attachments = Attachments(store: store, folder: session.folder, incident: incident, hand: hand)
        let approvals = Approvals(store: store, lease: lease, hand: hand)
        let runner = CommandRunner(environment: [
            "VONGGAC_STATE": session.folder, "VONGGAC_INCIDENT": incident.description, "VONGGAC_RUN": String(lease.run),
        ])
        let json = session.options.json ? JSONProgress(console: console) : nil
        let progress: any RunProgress =
            json
            ?? TextProgress(console: console, language: session.language, columns: session.columns) as any RunProgress
        let stopper = Stopper()
        let performer: any StepPerformer =
            isInteractive
            ? TerminalPerformer(
                language: session.language, runsCommands: options.yes, runner: runner, console: console, attachments: attachments,
                approvals: approvals, columns: session.columns ?? 80, isOver: { stopper.reason != nil })
            : AnsweringPerformer(
                answers: answers, runsCommands: options.yes, confirmations: options.confirm, interrupted: options.interrupted,
                runner: runner,
                attachments: attachments, approvals: approvals)
        let record = IncidentRunRecord(store: store, lease: lease, hand: hand, progress: progress)
        progress.started(run: lease.run, resumed: isResumed)
        if isResumed, json == nil {
            let ended = try store.passages(run: lease.run).count { RunTree.isShown($0.type) && $0.endedAt != nil }
            console.say([
                session.text(
                    "Đã xong trước đó: \(ended) bước (vonggac playbook status \(lease.run))",
                    "Ended before: \(ended) step(s) (vonggac playbook status \(lease.run))")
            ])
        }
        var outcome = RunOutcome.aborted
        var stopped: (any Error)?
        let engine: PlaybookEngine
        do {
            engine = try PlaybookEngine(
                playbook, values: values, performer: performer, record: record, library: library, secrets: secrets, settings: settings)
        } catch {
            try store.endRun(lease, outcome: .aborted, by: hand)
            throw error
        }
        let heart = Heartbeat(store: store, lease: lease, console: console) { error in
            stopper.stop(error)
            engine.cancel(error)
        }
        let signals = Signals {
            stopper.stop(PlaybookRunError.cancelled)
            engine.cancel(PlaybookRunError.cancelled)
        }
        do {
            outcome = try engine.run() == .succeeded ? .succeeded : .failed
        } catch {
            stopped = error
        }
        signals.end()
        heart.end()
        if stopped as? PlaybookLeaseError == .lost(run: lease.run) { throw PlaybookLeaseError.lost(run: lease.run) }
        try store.endRun(lease, outcome: outcome, by: hand)
        guard let run = try store.playbookRuns(incident: incident).first(where: { $0.id == lease.run }) else { return }
        let passages = try store.passages(run: lease.run)
        let done = passages.count { RunTree.isShown($0.type) && $0.outcome == .succeeded }
        let name = Self.name(outcome, session.language)
        progress.finished(
            run: lease.run, outcome: outcome,
            summary: session.text(
                "Lượt chạy \(lease.run) trên \(incident): \(done) bước xong, \(name).",
                "Run \(lease.run) on \(incident): \(done) step(s) done, \(name)."))
        if json == nil { console.say(try closing(outcome, passages)) }
        json?.whole(run)
        if stopped != nil, !session.options.json {
            console.say([
                session.text("Chạy tiếp: vonggac playbook resume \(lease.run)", "To go on: vonggac playbook resume \(lease.run)")
            ])
        }
        if let stopped { throw stopped }
        if outcome == .failed { throw CommandFailure(code: .failed, message: nil) }
    }

    /// What the person should know at the end: where it failed, and what can be undone.
    private func closing(_ outcome: RunOutcome, _ passages: [PlaybookPassage]) throws -> [String] {
        var lines: [String] = []
        if outcome == .failed,
            let last = passages.filter({ $0.outcome == .failed && !RunTree.isContainer($0.type) && RunTree.isShown($0.type) }).max(by: {
                ($0.endedAt ?? $0.startedAt, $0.id) < ($1.endedAt ?? $1.startedAt, $1.id)
            })
        {
            let note = RunTree.note(last.output, type: last.type, isFailed: true, variables: last.variables, session.language)
            lines.append(session.text("Không được ở bước: ", "Failed at: ") + Playbook.part(last.name, session.language))
            if !note.isEmpty { lines.append("  " + note) }
            lines.append(session.text("Chi tiết: ", "Details: ") + "vonggac playbook status \(lease.run)")
        }
        let open = try store.undos(run: lease.run).count { $0.state != .done }
        if open > 0 {
            lines.append(session.text("Hoàn tác được \(open) việc: ", "\(open) can be undone: ") + "vonggac playbook rollback \(lease.run)")
        }
        return PlainText.lines(lines.map(DisplayText.safe), indent: 0, session)
    }

    static func name(_ outcome: RunOutcome?, _ language: Language) -> String {
        guard language == .vi else { return outcome?.rawValue ?? "running" }
        switch outcome {
        case .succeeded?: return "hoàn thành"
        case .failed?: return "không thành công"
        case .aborted?: return "đã dừng"
        case nil: return "đang chạy"
        }
    }
}

/// Why a run must stop, told from another thread.
private final class Stopper: Sendable {
    private let state = Mutex<(any Error)?>(nil)
    var reason: (any Error)? { state.withLock { $0 } }
    func stop(_ error: any Error) { state.withLock { $0 = $0 ?? error } }
}

/// Keeps the lease while the run goes on, and hears when somebody asks it to stop.
private final class Heartbeat: Sendable {
    private let over = Stopper()
    private let done = DispatchSemaphore(value: 0)

    init(store: IncidentStore, lease: PlaybookLease, console: Console, stop: @escaping @Sendable (any Error) -> Void) {
        let thread = Thread { [over, done] in
            var rounds = 0
            while over.reason == nil {
                usleep(100_000)
                rounds += 1
                // Nobody sees any more what is done.
                if console.isBroken { stop(PlaybookRunError.cancelled) }
                guard rounds % 20 == 0 else { continue }
                do {
                    if let actor = try store.renew(lease) { stop(PlaybookStopped(by: actor)) }
                } catch let error as PlaybookLeaseError {
                    stop(error)
                } catch {
                    // A busy database: the next round comes long before the lease is over.
                }
            }
            done.signal()
        }
        thread.start()
    }

    func end() {
        over.stop(CancellationError())
        done.wait()
    }
}

/// Somebody stopped the run from elsewhere.
struct PlaybookStopped: BilingualError {
    var actor: String
    init(by actor: String) { self.actor = actor }
    var vietnamese: String { "\(actor) đã dừng lượt chạy này" }
    var english: String { "\(actor) stopped this run" }
}

/// Ctrl-C and `kill` end a run in good order: what runs is stopped, and the record says so.
private final class Signals: Sendable {
    private let sources: Mutex<[any DispatchSourceSignal]>

    init(_ handler: @escaping @Sendable () -> Void) {
        sources = Mutex([])
        // A pipe whose reader has gone must not end the program in the middle of a step.
        signal(SIGPIPE, SIG_IGN)
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number, SIG_IGN)
            sources.withLock {
                let source = DispatchSource.makeSignalSource(signal: number, queue: .global())
                source.setEventHandler(handler: handler)
                source.resume()
                $0.append(source)
            }
        }
    }

    func end() {
        sources.withLock { for source in $0 { source.cancel() } }
        for number in [SIGINT, SIGTERM, SIGHUP] { signal(number, SIG_DFL) }
    }
}

/// This process, as leases name it: its id and when it started, so that another with the same id is not taken for it.
enum ProcessName {
    static var own: String { name(of: getpid()) ?? "\(getpid())" }

    private static func name(of process: pid_t) -> String? {
        guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8), let end = text.lastIndex(of: ")") else {
            return nil
        }
        let fields = text[text.index(after: end)...].split(separator: " ")
        guard fields.count > 19, fields[0] != "Z" else { return nil }
        return "\(process):\(fields[19])"
    }

    static func isAlive(_ name: String) -> Bool {
        guard let process = name.split(separator: ":").first.flatMap({ pid_t($0) }) else { return false }
        return self.name(of: process) == name
    }

    /// Programs that a run started and that outlived it: they carry its number in their environment.
    static func left(by run: Int64, of folder: String) -> [Int32] {
        let marks = ["VONGGAC_RUN=\(run)", "VONGGAC_STATE=\(folder)"]
        return ((try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []).compactMap { Int32($0) }.filter { process in
            guard process != getpid(), let data = FileManager.default.contents(atPath: "/proc/\(process)/environ") else { return false }
            let environment = Set(data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) })
            return marks.allSatisfy(environment.contains)
        }.sorted()
    }
}
