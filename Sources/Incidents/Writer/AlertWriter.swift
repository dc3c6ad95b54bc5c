import Bytes
import Dispatch
import Foundation
import Synchronization

/// Takes alerts, evidence and heartbeats from the sensor's threads and writes them on a thread of its own, many in one transaction.
///
/// Live (``Policy/drop``) it never makes detection wait: what does not fit is counted, and the count is stored and shown. Offline
/// (``Policy/wait``) a full queue holds the reader back, so that nothing is lost. ``close()`` writes everything that was taken.
public final class AlertWriter: Sendable {
    public enum Policy: Sendable {
        /// Live: a full queue drops and counts; a failing disk is tried again until it works.
        case drop
        /// Offline: a full queue makes `submit` wait; after a failure `submit` takes nothing more and ``close()`` says why.
        case wait
    }

    /// What the queue carries.
    enum Item: Sendable {
        case alert(AlertRecord)
        case evidence(EvidenceRecord)
        case heartbeat(Heartbeat)
    }

    private struct State {
        var items: [Item] = []
        var waiting = 0
        var isClosing = false
        var lost: Int64 = 0
        var failure: StoreError?
    }

    private let state = Mutex(State())
    private let work = DispatchSemaphore(value: 0)
    private let room = DispatchSemaphore(value: 0)
    private let finished = DispatchSemaphore(value: 0)
    private let policy: Policy
    private let capacity: Int
    private let batchSize: Int
    private let interval: Double
    private let batch: AlertBatch
    private let retention: RetentionPolicy?
    private let evidence: EvidenceFolder?
    private let checkpoints: CheckpointPolicy?
    private let onRetention: @Sendable (RetentionSummary) -> Void
    private let onFailure: @Sendable (StoreError) -> Void

    /// Starts the writer's thread.
    /// - Parameters:
    ///   - sensor: registered in the store if it is not yet.
    ///   - capacity: how many items wait at most.
    ///   - batchSize: how many items begin a transaction before `interval` is over.
    ///   - interval: seconds after which whatever waits is written.
    ///   - retention: deletes what is too old, once a day, in slices between the batches; nil deletes nothing.
    ///   - evidence: whose files retention removes.
    ///   - checkpoints: signs the ledger's end when the last signature is old enough; nil never does.
    ///   - onRetention: called on the writer's thread when something was deleted.
    ///   - onFailure: called on the writer's thread, once for each run of failures.
    public init(
        store: IncidentStore, sensor: SensorIdentity, table: CorrelationTable, directory: AgencyDirectory, policy: Policy,
        capacity: Int = 65_536, batchSize: Int = 1000, interval: Double = 0.5, retention: RetentionPolicy? = nil,
        evidence: EvidenceFolder? = nil, checkpoints: CheckpointPolicy? = nil,
        onRetention: @escaping @Sendable (RetentionSummary) -> Void = { _ in },
        onFailure: @escaping @Sendable (StoreError) -> Void = { _ in }
    ) throws {
        self.checkpoints = checkpoints
        self.policy = policy
        self.capacity = max(1, capacity)
        self.batchSize = max(1, batchSize)
        self.interval = interval
        self.onFailure = onFailure
        self.retention = retention
        self.evidence = evidence
        self.onRetention = onRetention
        try store.register(sensor)
        batch = try AlertBatch(store: store, sensor: sensor, table: table, directory: directory)
        let thread = Thread { [self] in run() }
        thread.name = "incidents"
        thread.start()
    }

    /// Hands over an alert. False when it was lost (and counted).
    @discardableResult
    public func submit(_ alert: AlertRecord) -> Bool { submit(.alert(alert)) }

    /// Hands over evidence whose bytes lie in the ``EvidenceFolder``; it is tied to the alerts that came before with the same key.
    @discardableResult
    public func submit(_ evidence: EvidenceRecord) -> Bool { submit(.evidence(evidence)) }

    /// Hands over a heartbeat.
    @discardableResult
    public func submit(_ heartbeat: Heartbeat) -> Bool { submit(.heartbeat(heartbeat)) }

    /// How many items were lost since the start.
    public var lost: Int64 { state.withLock { $0.lost } }

    /// Why nothing can be written now; nil while all is well.
    public var failure: StoreError? { state.withLock { $0.failure } }

    private enum Taken { case yes(signal: Bool), no, later }

    private func submit(_ item: Item) -> Bool {
        while true {
            let taken: Taken = state.withLock { state in
                if state.isClosing || (policy == .wait && state.failure != nil) {
                    state.lost += 1
                    return .no
                }
                if state.items.count < capacity {
                    state.items.append(item)
                    return .yes(signal: state.items.count == min(batchSize, capacity))
                }
                if policy == .drop {
                    state.lost += 1
                    return .no
                }
                state.waiting += 1
                return .later
            }
            switch taken {
            case .yes(let signal):
                if signal { work.signal() }
                return true
            case .no: return false
            case .later: room.wait()
            }
        }
    }

    /// Writes everything that was taken and ends the thread. Nothing may be submitted afterwards.
    /// - Throws: why the rest could not be written; what is stored is intact, and the rest is counted in ``lost``.
    public func close() throws(StoreError) {
        let first = state.withLock { state in
            defer { state.isClosing = true }
            return !state.isClosing
        }
        if first {
            work.signal()
            finished.wait()
        }
        if let failure { throw failure }
    }

    // MARK: On the writer's thread

    /// Items of a batch for which the connection takes more memory.
    private static let much = 4096
    /// Items of one transaction: others who write wait no longer than for these.
    private static let most = 16_384

    private func run() {
        var pending: [Item] = []
        var storedLoss: Int64 = 0
        var isBusy = false
        var signing = checkpoints.map { CheckpointSchedule($0, batch.store, actor: "sensor:\(batch.sensor.name)") }
        var schedule = retention.map { RetentionSchedule($0, batch.store, evidence, actor: "sensor:\(batch.sensor.name)") }
        while true {
            // A slice is over in some tens of milliseconds; what came meanwhile is written before the next.
            if let error = signing?.step() { onFailure(StoreError.from(error, path: checkpoints?.key ?? "")) }
            let isExpiring = schedule?.step(finished: onRetention) ?? false
            if pending.isEmpty { _ = work.wait(timeout: .now() + (isExpiring ? 0.02 : interval)) }
            let (isClosing, waiting, lost) = state.withLock { state in
                // What failed to be written stays in front; the queue holds new items meanwhile.
                if pending.isEmpty, state.items.count > AlertWriter.most {
                    pending.append(contentsOf: state.items.prefix(AlertWriter.most))
                    state.items.removeFirst(AlertWriter.most)
                } else if pending.isEmpty {
                    swap(&pending, &state.items)
                }
                defer { state.waiting = 0 }
                return (state.isClosing, state.waiting, state.lost)
            }
            for _ in 0..<waiting { room.signal() }
            if (pending.count >= AlertWriter.much) != isBusy, !pending.isEmpty {
                isBusy.toggle()
                batch.store.expect(much: isBusy)
            }
            if !pending.isEmpty || lost > storedLoss {
                do throws(StoreError) {
                    let refused = try write(pending, newlyLost: lost - storedLoss)
                    state.withLock { $0.lost += refused }
                    storedLoss = lost + refused
                } catch {
                    if report(error, abandon: isClosing || policy == .wait, pending.count) { break }
                    // The disk may be freed; meanwhile `submit` fills the queue and then counts.
                    _ = work.wait(timeout: .now() + 1)
                    continue
                }
                pending.removeAll(keepingCapacity: true)
                state.withLock { $0.failure = nil }
                // One batch right after the other would leave nobody else a moment for the lock.
                if isBusy { Thread.sleep(forTimeInterval: 0.025) }
            }
            if isClosing && state.withLock({ $0.items.isEmpty }) { break }
        }
        // What cannot be sealed now waits in the database for whoever writes next.
        try? batch.store.seal(actor: "sensor:\(batch.sensor.name)")
        finished.signal()
    }

    /// - Returns: how many items the database refused; they are in its count of lost ones already.
    private func write(_ items: [Item], newlyLost: Int64) throws(StoreError) -> Int64 {
        do { return try batch.write(items, newlyLost: newlyLost) } catch { throw StoreError.from(error, path: batch.store.path) }
    }

    /// Notes a failure and says whether the writer gives up.
    private func report(_ failure: StoreError, abandon: Bool, _ count: Int) -> Bool {
        let (isFirst, waiting) = state.withLock { state in
            defer {
                state.failure = failure
                state.waiting = 0
                if abandon {
                    state.lost += Int64(count + state.items.count)
                    state.items.removeAll()
                }
            }
            return (state.failure == nil, state.waiting)
        }
        for _ in 0..<waiting { room.signal() }
        if isFirst { onFailure(failure) }
        return abandon
    }
}
