import AppLayer
import Bytes

/// What detection remembers about one transaction, per direction: which rules are worth looking at, and what became of them.
final class TransactionInspection {
    struct Candidate {
        var rule: UInt32
        /// Inspections of the rule that hold, as bits.
        var satisfied: UInt64 = 0
        var isDone = false
        /// Files of the direction that were there when the rule matched; others make it a matter again.
        var filesSeen = 0
    }

    struct Side {
        var candidates: [Candidate] = []
        /// Field prefilters that have run over a complete buffer, as bits of their index.
        var scanned: InlineArray<4, UInt64> = [0, 0, 0, 0]
        var hasAlways = false
        /// Progress at the last look; nothing is done again while it stays and no body grew.
        var progress: UInt8 = .max
        var bodyEnd: UInt64 = 0
        var eventCount = 0
        var isFinished = false

        /// The protocol whose rules were looked at last.
        private var proto = AppProtocol.unknown

        /// A connection may turn out to carry another protocol (DNS over HTTP/2): then its rules are looked at from the beginning.
        mutating func begin(_ proto: AppProtocol) {
            guard self.proto != proto else { return }
            self.proto = proto
            scanned = [0, 0, 0, 0]
            hasAlways = false
            progress = .max
        }

        mutating func add(_ rule: UInt32) {
            if !candidates.contains(where: { $0.rule == rule }) { candidates.append(Candidate(rule: rule)) }
        }

        func wasScanned(_ index: Int) -> Bool { index < 256 && scanned[index >> 6] & 1 << UInt64(index & 63) != 0 }

        mutating func markScanned(_ index: Int) { if index < 256 { scanned[index >> 6] |= 1 << UInt64(index & 63) } }
    }

    var toServer = Side()
    var toClient = Side()
    /// Alerts that name the transaction without having looked at it.
    var guesses = 0

    /// Whether rules are through with the transaction in both directions.
    var isFinished: Bool { toServer.isFinished && toClient.isFinished }
}
