import Bytes
import Flow
import Testing

@testable import Detect

@Suite struct ThresholdExpiryTests {
    private let host = IPAddress(high: 0, low: 7)

    private func judge(_ table: inout ThresholdTable, _ spec: ThresholdSpec, at second: Int64) -> ThresholdTable.Verdict {
        table.judge(
            spec, rule: SignatureID(signature: 1), slot: 0, source: host, destination: .zero, flow: nil,
            now: Timestamp(microseconds: second * 1_000_000))
    }

    @Test func aCounterWhoseTimeIsOverIsForgottenEvenIfTimeGoesBack() {
        var table = ThresholdTable()
        let limit = ThresholdSpec(kind: .limit, track: .source, count: 1, seconds: 60)
        #expect(judge(&table, limit, at: 1000) == .alert)
        table.expire(Timestamp(microseconds: 1_060_000_000))
        #expect(judge(&table, limit, at: 900) == .suppressed)
        table.expire(Timestamp(microseconds: 1_061_000_000))
        #expect(judge(&table, limit, at: 900) == .alert)
    }

    @Test func backoffCountsWithoutTime() {
        var table = ThresholdTable()
        let backoff = ThresholdSpec(kind: .backoff(multiplier: 10), track: .source, count: 1, seconds: 0)
        #expect(judge(&table, backoff, at: 1) == .alert)
        table.expire(Timestamp(microseconds: 1_000_000_000_000))
        #expect(judge(&table, backoff, at: 2_000_000) == .suppressed)
    }

    @Test func aRateThatWasExceededIsRememberedForItsTimeout() {
        var table = ThresholdTable()
        let rate = ThresholdSpec(kind: .rateFilter(newAction: .drop, timeoutSeconds: 100), track: .source, count: 1, seconds: 10)
        #expect(judge(&table, rate, at: 1000) == .alert)
        #expect(judge(&table, rate, at: 1001) == .acts(.drop))
        table.expire(Timestamp(microseconds: 1_050_000_000))
        #expect(judge(&table, rate, at: 1051) == .acts(.drop))
        table.expire(Timestamp(microseconds: 1_102_000_000))
        #expect(judge(&table, rate, at: 1103) == .alert)
    }
}
