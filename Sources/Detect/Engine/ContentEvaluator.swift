import Bytes
import Digest
import Match

/// Runs the tests of one buffer: left to right with one relative position, going back where a later test needs it (rule-semantics C10–C16, §9).
///
/// Made once per worker; holds the variables and scratch memory of the rule that is being evaluated.
final class ContentEvaluator {
    /// How a test ended.
    private enum Outcome {
        case match
        /// An earlier test may have another place.
        case noMatch
        /// No other place of an earlier test can help.
        case hopeless
    }

    static let stepLimit = 3000
    static let variableLimit = 32

    private var steps = 0
    private var variables: [UInt64] = Array(repeating: 0, count: variableLimit)
    private let regexScratch = RegexScratch()
    /// What `base64_decode` of the rule at hand has decoded.
    private(set) var base64: [UInt8] = []
    /// DCERPC byte order of the data at hand.
    var isLittleEndianDCE = false

    /// JSON that lists gave for values of the rule at hand, by key.
    private(set) var contexts: [(key: String, json: [UInt8])] = []
    /// Entropies that were computed since this was last emptied, by name.
    var entropies: [(name: String, value: Double)] = []

    /// What groups of expressions of the rule at hand have matched, for those that are kept.
    private(set) var captured: [(capture: PCRECapture, bytes: [UInt8])] = []

    /// To be called before the first inspection of a rule.
    func begin() {
        base64 = []
        if !captured.isEmpty { captured = [] }
        if !contexts.isEmpty { contexts = [] }
    }

    /// Which part of a growing buffer the bytes at hand are.
    struct Piece {
        /// Place of their first byte in the buffer.
        var offset: Int64 = 0
        /// The buffer ends with them.
        var isEnd = true
    }

    private var piece = Piece()
    private let turn: WorkerTurn

    init(turn: WorkerTurn = WorkerTurn()) { self.turn = turn }

    /// Whether all the tests hold on `bytes`.
    func matches(_ inspection: CompiledInspection, _ bytes: RawSpan, _ piece: Piece = Piece()) -> Bool {
        steps = 0
        self.piece = piece
        if inspection.transforms.isEmpty { return run(inspection.instructions, 0, bytes, 0) == .match }
        guard let changed = transformed(bytes, inspection.transforms) else { return false }
        return run(inspection.instructions, 0, changed.rawSpan, 0) == .match
    }

    /// Whether the tests on `base64_data` hold on what was decoded.
    func matchesDecoded(_ inspection: CompiledInspection) -> Bool {
        let decoded = base64
        return matches(inspection, decoded.rawSpan)
    }

    /// The buffer after its transforms; nil where one of them fails.
    func transformed(_ bytes: RawSpan, _ transforms: [CompiledTransform]) -> [UInt8]? {
        var result = bytes.copied()
        for transform in transforms {
            guard let changed = Transforms.apply(transform, to: result, regexScratch) else { return nil }
            result = changed
        }
        return result
    }

    private func value(_ value: ByteValue) -> Int64 {
        switch value {
        case .constant(let number): number
        case .variable(let index): Int64(truncatingIfNeeded: variables[index])
        }
    }

    private func run(_ tests: [Instruction], _ index: Int, _ bytes: RawSpan, _ base: Int) -> Outcome {
        guard index < tests.count else { return .match }
        steps += 1
        guard steps <= ContentEvaluator.stepLimit else { return .hopeless }
        switch tests[index] {
        case .content(let sought): return content(sought, tests, index, bytes, base)
        case .pcre(let regex, let isNegated, let isRelative, let hasRelativeAfter, let captures):
            return pcre(regex, isNegated, isRelative, hasRelativeAfter, captures, tests, index, bytes, base)
        case .byteTest(let test):
            guard byteTest(test, bytes, base) else { return .noMatch }
            return run(tests, index + 1, bytes, base)
        case .byteJump(let jump):
            guard let place = byteJump(jump, bytes, base) else { return .noMatch }
            return run(tests, index + 1, bytes, place)
        case .byteExtract(let extract):
            guard let place = byteExtract(extract, bytes, base) else { return .noMatch }
            return run(tests, index + 1, bytes, place)
        case .byteMath(let math):
            guard let place = byteMath(math, bytes, base) else { return .noMatch }
            return run(tests, index + 1, bytes, place)
        case .isDataAt(let test):
            let position = value(test.position)
            let holds =
                test.isRelative
                ? Int64(base) + position <= Int64(bytes.byteCount) && Int64(base) + position >= 0 : position < Int64(bytes.byteCount)
            guard holds != test.isNegated else { return .noMatch }
            return run(tests, index + 1, bytes, base)
        case .size(let range):
            guard piece.isEnd, range.contains(UInt64(bytes.byteCount) &+ UInt64(piece.offset)) else { return .hopeless }
            return run(tests, index + 1, bytes, base)
        case .base64Decode(let count, let offset, let isRelative):
            guard decodeBase64(count, offset, isRelative, bytes, base) else { return .noMatch }
            return run(tests, index + 1, bytes, base)
        case .absent: return run(tests, index + 1, bytes, base)
        case .asn1(let test):
            guard ASN1Check.matches(test, bytes, base) else { return .noMatch }
            return run(tests, index + 1, bytes, base)
        case .dataset(let test):
            guard dataset(test, bytes) else { return .hopeless }
            return run(tests, index + 1, bytes, base)
        case .reputation(let set, let range):
            if set.isChanging { turn.wait() }
            guard bytes.byteCount > 0, let value = set.reputation(of: bytes), range.contains(UInt64(value)) else { return .hopeless }
            return run(tests, index + 1, bytes, base)
        case .entropy(let test):
            guard entropy(test, bytes) else { return .hopeless }
            return run(tests, index + 1, bytes, base)
        }
    }

    /// Values that full data sets did not take.
    private(set) var refusedValues: UInt64 = 0

    // MARK: the whole buffer

    private func dataset(_ test: DatasetTest, _ bytes: RawSpan) -> Bool {
        guard bytes.byteCount > 0 else { return false }
        if test.set.isChanging { turn.wait() }
        switch test.command {
        case .isSet:
            guard let key = test.contextKey else { return test.set.contains(bytes) }
            guard let json = test.set.context(of: bytes) else { return false }
            if !json.isEmpty { contexts.append((key, json)) }
            return true
        case .isNotSet: return !test.set.contains(bytes)
        case .set:
            let outcome = test.set.insert(bytes)
            if outcome == .refused { refusedValues &+= 1 }
            return outcome == .added
        case .unset: return test.set.remove(bytes)
        }
    }

    private func entropy(_ test: EntropyTest, _ bytes: RawSpan) -> Bool {
        guard bytes.byteCount > 0, test.offset <= bytes.byteCount else { return false }
        let rest = bytes.dropping(test.offset)
        guard test.count.map({ $0 <= rest.byteCount }) ?? true else { return false }
        let value = Entropy.bitsPerByte(rest.prefix(test.count ?? Int.max))
        if let known = entropies.firstIndex(where: { $0.name == test.name }) {
            entropies[known].value = value
        } else {
            entropies.append((test.name, value))
        }
        return test.range.contains(value)
    }

    // MARK: content

    private func content(
        _ sought: SoughtContent, _ tests: [Instruction], _ index: Int, _ bytes: RawSpan, _ base: Int
    ) -> Outcome {
        let needle = sought.needle
        let size = needle.count
        let total = Int64(bytes.byteCount)
        var low: Int64 = 0
        var high = total
        if sought.pattern.isRelative {
            let distance = sought.pattern.distance.map(value) ?? 0
            low = max(0, Int64(base) + distance)
            if let within = sought.pattern.within.map(value) { high = min(total, Int64(base) + distance + within) }
        } else {
            if let offset = sought.pattern.offset.map(value) { low = offset }
            if let depth = sought.pattern.depth.map(value) { high = low + depth }
            if sought.pattern.startsWith { high = min(high, Int64(size)) }
            if piece.offset > 0 {
                // Offset and depth count from the buffer's start, which is before these bytes.
                low = max(0, low - piece.offset)
                if sought.pattern.depth != nil || sought.pattern.startsWith { high -= piece.offset }
            }
            high = min(total, high)
            // What is tied to the buffer's start was looked for with its first bytes, also what must not be there.
            if piece.offset > 0, sought.pattern.depth != nil || sought.pattern.startsWith, high < Int64(size) { return .hopeless }
        }
        let after: Outcome = sought.pattern.isRelative ? .noMatch : .hopeless
        guard low >= 0, low <= total, high - low >= Int64(size) else {
            return sought.pattern.isNegated ? run(tests, index + 1, bytes, base) : after
        }
        if sought.pattern.endsWith {
            let place = total - Int64(size)
            let found =
                piece.isEnd && place >= low && place + Int64(size) <= high
                && needle.first(in: bytes, from: Int(place)) != nil
            if sought.pattern.isNegated { return found ? after : run(tests, index + 1, bytes, base) }
            return found ? run(tests, index + 1, bytes, Int(total)) : after
        }
        var from = Int(low)
        let to = Int(high)
        if sought.pattern.isNegated {
            let found = needle.first(in: bytes, from: from, to: to)
            return found == nil ? run(tests, index + 1, bytes, base) : after
        }
        var isFirst = true
        while let place = needle.first(in: bytes, from: from, to: to) {
            isFirst = false
            if sought.isLast { return .match }
            let outcome = run(tests, index + 1, bytes, place + size)
            if outcome != .noMatch { return outcome }
            steps += 1
            guard steps <= ContentEvaluator.stepLimit else { return .hopeless }
            from = place + 1
        }
        return isFirst ? after : .noMatch
    }

    private func pcre(
        _ regex: Regex, _ isNegated: Bool, _ isRelative: Bool, _ hasRelativeAfter: Bool, _ captures: [PCRECapture],
        _ tests: [Instruction], _ index: Int, _ bytes: RawSpan, _ base: Int
    ) -> Outcome {
        let start = isRelative ? min(base, bytes.byteCount) : 0
        let text = bytes.dropping(start)
        var from = 0
        while true {
            let found = regex.firstMatch(in: text, from: from, regexScratch)
            if isNegated { return found == nil ? run(tests, index + 1, bytes, base) : .noMatch }
            guard let found else { return .noMatch }
            let kept = captured.count
            for capture in captures {
                if let range = Regex.group(capture.group, regexScratch) { captured.append((capture, text.extracting(range).copied())) }
            }
            let outcome = run(tests, index + 1, bytes, start + found.upperBound)
            if outcome != .match { captured.removeSubrange(kept...) }
            guard outcome == .noMatch, hasRelativeAfter else { return outcome }
            steps += 1
            guard steps <= ContentEvaluator.stepLimit else { return .hopeless }
            from = found.lowerBound + 1
        }
    }

    // MARK: numbers

    /// Reads a number at `place`: (value, bytes used), or nil when it is not there.
    private func number(_ bytes: RawSpan, at place: Int64, size: Int, _ reading: NumberReading) -> (UInt64, Int)? {
        guard place >= 0, place <= Int64(bytes.byteCount) else { return nil }
        let start = Int(place)
        let left = bytes.byteCount - start
        if let text = reading.text { return digits(bytes, start, size == 0 ? min(left, 23) : size, left, text) }
        guard (1...8).contains(size), left >= size else { return nil }
        var value: UInt64 = 0
        let isLittle = reading.isDCE ? isLittleEndianDCE : reading.isLittleEndian
        for offset in 0..<size {
            let byte = UInt64(bytes.byte(at: start + offset))
            value = isLittle ? value | byte << UInt64(8 * offset) : value << 8 | byte
        }
        return (value, size)
    }

    private func digits(_ bytes: RawSpan, _ start: Int, _ size: Int, _ left: Int, _ text: NumberReading.Text) -> (UInt64, Int)? {
        guard left >= size else { return nil }
        let radix: UInt64 = text == .decimal ? 10 : text == .hexadecimal ? 16 : 8
        var value: UInt64 = 0
        var used = 0
        var index = 0
        while index < size, ASCII.isSpace(bytes.byte(at: start + index)) { index += 1 }
        if radix == 16, size - index >= 2, bytes.byte(at: start + index) == 48, bytes.byte(at: start + index + 1) | 0x20 == 120 {
            index += 2
        }
        while index < size, let digit = ASCII.hexValue(bytes.byte(at: start + index)), UInt64(digit) < radix {
            let (product, overflow) = value.multipliedReportingOverflow(by: radix)
            guard !overflow else { return nil }
            value = product &+ UInt64(digit)
            used += 1
            index += 1
        }
        return used > 0 ? (value, index) : nil
    }

    private func masked(_ value: UInt64, _ reading: NumberReading) -> UInt64 {
        reading.bitmask == 0 ? value : (value & reading.bitmask) >> UInt64(reading.bitmask.trailingZeroBitCount)
    }

    private func byteTest(_ test: ByteTest, _ bytes: RawSpan, _ base: Int) -> Bool {
        let place = value(test.offset) + (test.isRelative ? Int64(base) : 0)
        let size = Int(truncatingIfNeeded: value(test.size))
        guard let (raw, _) = number(bytes, at: place, size: size, test.reading) else { return false }
        let have = masked(raw, test.reading)
        let want = UInt64(bitPattern: value(test.value))
        let holds =
            switch test.comparison {
            case .equal: have == want
            case .less: have < want
            case .greater: have > want
            case .lessOrEqual: have <= want
            case .greaterOrEqual: have >= want
            case .and: have & want != 0
            case .xor: have ^ want != 0
            }
        return holds != test.isNegated
    }

    private func byteJump(_ jump: ByteJump, _ bytes: RawSpan, _ base: Int) -> Int? {
        let size = Int(truncatingIfNeeded: value(jump.size))
        let start = value(jump.offset) + (jump.isRelative ? Int64(base) : 0)
        var distance: Int64 = 0
        var end = start
        if size != 0 || jump.reading.text != nil {
            guard let (raw, used) = number(bytes, at: start, size: size, jump.reading) else { return nil }
            let (product, overflow) = Int64(truncatingIfNeeded: masked(raw, jump.reading)).multipliedReportingOverflow(by: jump.multiplier)
            guard !overflow, abs(product) < 1 << 40 else { return nil }
            distance = product
            end = start + Int64(used)
        }
        if jump.isAligned, distance % 4 != 0 { distance += 4 - distance % 4 }
        distance += value(jump.postOffset)
        let target =
            jump.fromBeginning ? distance : jump.fromEnd ? Int64(bytes.byteCount) + distance : end + distance
        guard target <= Int64(bytes.byteCount) else { return nil }
        return Int(max(0, target))
    }

    private func byteExtract(_ extract: ByteExtract, _ bytes: RawSpan, _ base: Int) -> Int? {
        let place = extract.offset + (extract.isRelative ? Int64(base) : 0)
        guard let (raw, used) = number(bytes, at: place, size: extract.size, extract.reading) else { return nil }
        var result = masked(raw, extract.reading) &* UInt64(bitPattern: extract.multiplier)
        let alignment = UInt64(max(1, extract.alignment))
        if result % alignment != 0 { result &+= alignment - result % alignment }
        guard extract.variable < variables.count else { return nil }
        variables[extract.variable] = result
        return Int(place) + used
    }

    private func byteMath(_ math: ByteMath, _ bytes: RawSpan, _ base: Int) -> Int? {
        let place = math.offset + (math.isRelative ? Int64(base) : 0)
        guard let (raw, used) = number(bytes, at: place, size: Int(truncatingIfNeeded: value(math.size)), math.reading) else { return nil }
        let operand = UInt64(bitPattern: value(math.operand))
        let result: UInt64
        switch math.operation {
        case .add: result = raw &+ operand
        case .subtract: result = raw &- operand
        case .multiply: result = raw &* operand
        case .divide:
            guard operand != 0 else { return nil }
            result = raw / operand
        case .shiftLeft: result = operand < 64 ? raw << operand : 0
        case .shiftRight: result = operand < 64 ? raw >> operand : 0
        }
        guard math.variable < variables.count else { return nil }
        variables[math.variable] = masked(result, math.reading)
        return Int(place) + used
    }

    // MARK: base64

    private func decodeBase64(_ count: Int?, _ offset: Int, _ isRelative: Bool, _ bytes: RawSpan, _ base: Int) -> Bool {
        let start = offset + (isRelative ? base : 0)
        guard start >= 0, start < bytes.byteCount else { return false }
        let text = bytes.dropping(start).prefix(count ?? Int.max)
        base64 = Base64Decoding.decode(text, .rfc4648) ?? []
        return !base64.isEmpty
    }
}
