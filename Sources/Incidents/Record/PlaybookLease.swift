import Bytes
import Wording

/// The right to go on with a run: one program has it at a time, and every entry it makes shows it.
public struct PlaybookLease: Sendable, Hashable {
    public var run: Int64
    public var token: String
}

/// Who holds a run at the moment.
public struct LeaseHolder: Sendable, Hashable {
    public var actor: String
    public var host: String
    /// Process id and start time, so that a process that took an old id is not mistaken for it.
    public var process: String
    public var until: Timestamp
}

/// A run cannot be gone on with. Exit code 4.
public enum PlaybookLeaseError: BilingualError, Hashable {
    /// Somebody else runs it right now.
    case held(run: Int64, by: String, host: String)
    /// It was taken over meanwhile: what this program does is no longer part of the run.
    case lost(run: Int64)
    /// It has come to its end.
    case ended(run: Int64, outcome: String)
    /// Nothing says what it was run with: it is older than resuming.
    case notKept(run: Int64)
    /// A program that the interrupted run had started still runs.
    case stillRunning(run: Int64, processes: [Int32])
    /// The same person cannot be the second one.
    case samePerson(String)

    public var vietnamese: String {
        switch self {
        case .held(let run, let actor, let host):
            "\(actor) đang chạy lượt \(run) trên máy \(host); xem bằng `vonggac playbook follow \(run)`"
        case .lost(let run): "lượt \(run) đã do người khác tiếp quản; dừng ở đây"
        case .ended(let run, let outcome): "lượt \(run) đã kết thúc (\(outcome))"
        case .notKept(let run): "lượt \(run) không có đủ dữ liệu để chạy tiếp"
        case .stillRunning(let run, let processes):
            "chương trình do lượt \(run) khởi động vẫn đang chạy (\(processes.map(String.init).joined(separator: ", "))); hãy đợi nó xong hoặc dừng nó bằng kill"
        case .samePerson(let actor): "\(actor) là người đang chạy; người thứ hai phải là người khác"
        }
    }

    public var english: String {
        switch self {
        case .held(let run, let actor, let host):
            "\(actor) runs \(run) on \(host) right now; watch it with `vonggac playbook follow \(run)`"
        case .lost(let run): "run \(run) was taken over by somebody else; it stops here"
        case .ended(let run, let outcome): "run \(run) has ended (\(outcome))"
        case .notKept(let run): "run \(run) was not kept well enough to go on with it"
        case .stillRunning(let run, let processes):
            "a program that run \(run) had started still runs (\(processes.map(String.init).joined(separator: ", "))); wait for it, or end it with kill"
        case .samePerson(let actor): "\(actor) runs it; the second person must be another one"
        }
    }
}

/// A step, a command of it, or a question, as a run passed through it.
public struct PlaybookPassage: Sendable, Hashable, Identifiable {
    public var id: Int64
    public var path: String
    public var attempt: Int
    public var step: String
    public var name: String
    public var type: String
    public var target: String?
    public var startedAt: Timestamp
    public var endedAt: Timestamp?
    public var outcome: StepOutcome?
    public var output: String?
    public var variables: [String: String]
}

/// What undoes a step.
public struct PlaybookUndo: Sendable, Hashable, Identifiable {
    public enum State: String, Sendable { case open, begun, done, failed }

    public var id: Int64
    public var run: Int64
    public var incident: IncidentCode
    public var step: String
    public var name: String
    /// Of the playbook that it stands in.
    public var digest: String
    /// Commands, agent, targets, values, as JSON.
    public var body: String
    /// Until when it may be undone; nil for ever.
    public var until: Timestamp?
    /// When it should be undone by itself; nil never.
    public var expires: Timestamp?
    public var state: State
    public var output: String?
    public var startedAt: Timestamp
    public var endedAt: Timestamp?
}

/// What a step that begins leaves behind for undoing it.
public struct UndoPlan: Sendable {
    public var digest: String
    public var body: String
    /// Milliseconds from now.
    public var within: Int?
    public var expires: Int?

    public init(digest: String, body: String, within: Int?, expires: Int?) {
        self.digest = digest
        self.body = body
        self.within = within
        self.expires = expires
    }
}
