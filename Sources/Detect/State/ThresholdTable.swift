import Bytes
import Flow

/// Counts matches against thresholds (rule-semantics §15). Packet time; one for all workers, and one of each worker for counts by flow.
struct ThresholdTable {
    enum Verdict: Equatable {
        case alert, suppressed, notYet
        /// A rate was exceeded: the rule acts like this for a while.
        case acts(RuleAction)
    }

    private struct Key: Hashable {
        var rule: SignatureID
        var slot: UInt16
        var first: IPAddress
        var second: IPAddress
    }

    private struct Counter {
        var start: Int64
        /// Microseconds from `start` for which it counts.
        var window: Int64
        var count: UInt32
        var next: UInt32 = 0
        var rateUntil: Int64 = 0
    }

    private var counters: BoundedTable<Key, Counter>
    /// Counters that were thrown away because there were too many.
    var evicted: UInt64 { counters.evicted }

    /// - Parameter limit: most counters.
    init(limit: Int = 262_144) { counters = BoundedTable(limit: limit) }

    mutating func judge(
        _ spec: ThresholdSpec, rule: SignatureID, slot: UInt16, source: IPAddress, destination: IPAddress, flow: FlowID?, now: Timestamp
    ) -> Verdict {
        let key: Key =
            switch spec.track {
            case .source: Key(rule: rule, slot: slot, first: source, second: .zero)
            case .destination: Key(rule: rule, slot: slot, first: destination, second: .zero)
            case .both: Key(rule: rule, slot: slot, first: min(source, destination), second: max(source, destination))
            case .rule: Key(rule: rule, slot: slot, first: .zero, second: .zero)
            case .flow:
                Key(
                    rule: rule, slot: slot, first: IPAddress(high: UInt64(flow?.index ?? .max), low: UInt64(flow?.generation ?? 0)),
                    second: .zero)
            }
        let time = now.microseconds
        let window = spec.isEndless ? Int64.max / 2 : Int64(spec.seconds) * 1_000_000
        counters.makeRoom(for: key, isOver: { ThresholdTable.isOver($0, time) }, time: \.start)
        var counter = counters[key] ?? Counter(start: time, window: window, count: 0)
        if case .backoff(let multiplier) = spec.kind {
            counter.count &+= 1
            let target = counter.next == 0 ? spec.count : counter.next
            let isDue = counter.count >= target
            if isDue { counter.next = target.multipliedReportingOverflow(by: max(1, multiplier)).partialValue }
            counters[key] = counter
            return isDue ? .alert : .suppressed
        }
        if case .rateFilter(let newAction, let timeout) = spec.kind {
            if counter.rateUntil >= time {
                counters[key] = counter
                return .acts(newAction)
            }
            if counter.rateUntil != 0 || time - counter.start > window {
                counter.rateUntil = 0
                counter.start = time
                counter.count = 0
            }
            counter.count &+= 1
            guard counter.count > spec.count else {
                counters[key] = counter
                return .alert
            }
            counter.rateUntil = time + Int64(timeout) * 1_000_000
            counters[key] = counter
            return .acts(newAction)
        }
        // The window is closed: an event exactly at its end is inside.
        if time - counter.start > window {
            counter.start = time
            counter.count = 0
        }
        counter.count &+= 1
        var verdict = Verdict.alert
        switch spec.kind {
        case .limit: verdict = counter.count <= spec.count ? .alert : .suppressed
        case .threshold:
            if counter.count >= spec.count { counter.count = 0 } else { verdict = .notYet }
        case .both: verdict = counter.count == spec.count ? .alert : counter.count < spec.count ? .notYet : .suppressed
        case .detectionFilter: verdict = counter.count > spec.count ? .alert : .notYet
        case .rateFilter, .backoff: break
        }
        counters[key] = counter
        return verdict
    }

    /// Drops the counters whose time is over.
    ///
    /// They would begin anew by themselves, unless time goes back: then a capture of a folder that is older than the one before it would be
    /// judged by counts from its future.
    mutating func expire(_ now: Timestamp) {
        let time = now.microseconds
        counters.removeAll { ThresholdTable.isOver($0, time) }
    }

    private static func isOver(_ counter: Counter, _ time: Int64) -> Bool {
        max(counter.start.addingReportingOverflow(counter.window).partialValue, counter.rateUntil) < time
    }
}
