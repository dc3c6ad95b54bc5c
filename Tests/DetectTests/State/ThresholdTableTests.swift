import Bytes
import Testing

@testable import Detect

/// The example of docs and rule sets: one event a second, count 3, seconds 5.
@Suite struct ThresholdTableTests {
    private func alerting(_ kind: ThresholdSpec.Kind, count: UInt32 = 3, events: Int = 12) -> [Int] {
        var table = ThresholdTable()
        let spec = ThresholdSpec(kind: kind, track: .source, count: count, seconds: 5)
        return (1...events).filter { event in
            let verdict = table.judge(
                spec, rule: SignatureID(signature: 1), slot: 0, source: IPAddress(v4: 1), destination: IPAddress(v4: 2), flow: nil,
                now: Timestamp(seconds: Int64(event)))
            return verdict == .alert
        }
    }

    @Test func kinds() {
        #expect(alerting(.limit) == [1, 2, 3, 7, 8, 9])
        #expect(alerting(.threshold) == [3, 6, 9, 12])
        #expect(alerting(.both) == [3, 9])
        #expect(alerting(.detectionFilter) == [4, 5, 6, 10, 11, 12])
        #expect(alerting(.threshold, count: 1) == Array(1...12))
    }

    @Test func aRateFilterChangesTheActionForAWhile() {
        #expect(alerting(.rateFilter(newAction: .pass, timeoutSeconds: 4)) == [1, 2, 3, 9, 10, 11])
    }

    @Test func keysAreApart() {
        var table = ThresholdTable()
        let spec = ThresholdSpec(kind: .limit, track: .source, count: 1, seconds: 60)
        func judge(_ source: UInt32, _ rule: UInt32) -> Bool {
            table.judge(
                spec, rule: SignatureID(signature: rule), slot: 0, source: IPAddress(v4: source), destination: .zero, flow: nil,
                now: Timestamp(seconds: 1))
                == .alert
        }
        #expect(judge(1, 1) && !judge(1, 1) && judge(2, 1) && judge(1, 2))
    }
}
