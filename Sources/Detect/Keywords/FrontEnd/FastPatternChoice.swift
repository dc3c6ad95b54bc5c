import AppLayer
import RuleLanguage

/// Which content the prefilter looks for (rule-semantics F1–F3). Results never depend on it.
enum FastPatternChoice {
    private struct Candidate {
        var run: Int
        var test: Int
        var slice: Range<Int>
        var priority: UInt8
        var strength: Int
        var buffer: UInt16
    }

    /// Marks one content of `runs`, or none where the rule has no positive content.
    static func choose(_ runs: inout [BufferInspection], _ frontEnd: FrontEnd, offset: Int) throws(RuleError) {
        var best: Candidate?
        var hasChosen = false
        for (runIndex, run) in runs.enumerated() {
            if run.buffer == .base64Data { continue }
            // Headers are looked at once the rule is a candidate; nothing searches them beforehand.
            if case .header = run.buffer { continue }
            // A buffer that may be absent gives the prefilter nothing that must be there.
            if run.tests.contains(where: { if case .absent = $0 { true } else { false } }) { continue }
            for (testIndex, test) in run.tests.enumerated() {
                guard case .content(let content) = test else { continue }
                if content.isFastPattern {
                    if hasChosen { throw RuleError("fast_pattern stands on two contents, expected one", at: offset) }
                    hasChosen = true
                    if content.isNegated {
                        best = nil
                        continue
                    }
                    best = Candidate(
                        run: runIndex, test: testIndex, slice: content.fastPatternSlice ?? 0..<content.bytes.count, priority: 0,
                        strength: 0, buffer: 0)
                    continue
                }
                if hasChosen || content.isNegated { continue }
                var candidate = Candidate(
                    run: runIndex, test: testIndex, slice: 0..<content.bytes.count, priority: 3, strength: 0, buffer: 0)
                if case .field(let id) = run.buffer {
                    candidate.priority = frontEnd.buffers[id]?.fastPatternPriority ?? 2
                    candidate.buffer = id.rawValue
                }
                if let other = best {
                    if candidate.priority > other.priority { continue }
                    if candidate.priority == other.priority {
                        if candidate.slice.count < other.slice.count { continue }
                        if candidate.slice.count == other.slice.count {
                            candidate.strength = strength(content.bytes)
                            var otherStrength = 0
                            if case .content(let bytes) = runs[other.run].tests[other.test] { otherStrength = strength(bytes.bytes) }
                            if candidate.strength < otherStrength { continue }
                            if candidate.strength == otherStrength, candidate.buffer <= other.buffer { continue }
                        }
                    }
                }
                best = candidate
            }
        }
        if let best { runs[best.run].fastPattern = FastPattern(test: best.test, slice: best.slice) }
    }

    /// Suricata's measure of how rare a pattern is.
    private static func strength(_ bytes: [UInt8]) -> Int {
        var seen = [Bool](repeating: false, count: 256)
        var sum = 0
        for byte in bytes {
            if seen[Int(byte)] {
                sum += 1
                continue
            }
            seen[Int(byte)] = true
            switch byte {
            case 65...90, 97...122: sum += 3
            case 0, 1, 0xff, 0x20...0x7e: sum += 4
            default: sum += 6
            }
        }
        return sum
    }
}
