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
        var looks: [BodyLook] = []
    }

    /// How far a prefilter has gone through a body.
    struct BodyScan {
        var field: UInt16
        var instance: UInt16
        var end: UInt64
    }

    struct Side {
        var candidates: [Candidate] = []
        /// Field prefilters that have run over a complete buffer, as bits of their index.
        var scanned: InlineArray<4, UInt64> = [0, 0, 0, 0]
        var hasAlways = false
        var bodyScans: [BodyScan] = []
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
            bodyScans = []
            hasAlways = false
            progress = .max
        }

        mutating func add(_ rule: UInt32) {
            if !candidates.contains(where: { $0.rule == rule }) { candidates.append(Candidate(rule: rule)) }
        }

        /// Where the next scan of a body has to begin, `overlap` bytes before what is new; nil where nothing is. Notes that it goes to `end`.
        mutating func nextScan(_ field: Int, _ instance: Int, end: UInt64, overlap: Int) -> Int? {
            guard let known = bodyScans.firstIndex(where: { Int($0.field) == field && Int($0.instance) == instance }) else {
                bodyScans.append(BodyScan(field: UInt16(field), instance: UInt16(instance), end: end))
                return 0
            }
            let before = bodyScans[known].end
            guard end > before else { return nil }
            bodyScans[known].end = end
            return max(0, Int(before) - overlap)
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
