import Bytes

/// A block of header lines as sent, and where each name and value lies in it.
struct HTTPHeaders {
    struct Field {
        var name: Range<Int>
        /// Trimmed; folded lines are joined.
        var value: Range<Int>
    }

    /// The raw block with its final empty line. Values of folded lines are kept behind it.
    private(set) var bytes: [UInt8] = []
    private(set) var rawCount = 0
    private(set) var fields: [Field] = []

    /// Adds a block of complete lines. `limit` bounds the number of fields.
    mutating func append(_ block: RawSpan, limit: Int = 1024) {
        // Folded values of an earlier block (trailers after headers) stay behind the raw part, so the raw part is rebuilt.
        let extra = Array(bytes[rawCount...])
        let shift = block.byteCount
        for index in fields.indices where fields[index].value.lowerBound >= rawCount {
            fields[index].value = fields[index].value.lowerBound + shift..<fields[index].value.upperBound + shift
        }
        let start = rawCount
        bytes.removeLast(extra.count)
        bytes += block.copied()
        rawCount = bytes.count
        bytes += extra
        parse(from: start, limit: limit)
    }

    private mutating func parse(from start: Int, limit: Int) {
        var at = start
        while at < rawCount, fields.count < limit {
            var end = at
            while end < rawCount, bytes[end] != 10 { end += 1 }
            var stop = end
            if stop > at, bytes[stop - 1] == 13 { stop -= 1 }
            if stop > at {
                if bytes[at] == 32 || bytes[at] == 9, !fields.isEmpty {
                    fold(at..<stop)
                } else {
                    add(at..<stop)
                }
            }
            at = end + 1
        }
    }

    private func trimmed(_ range: Range<Int>) -> Range<Int> {
        var low = range.lowerBound
        var high = range.upperBound
        while low < high, bytes[low] == 32 || bytes[low] == 9 { low += 1 }
        while high > low, bytes[high - 1] == 32 || bytes[high - 1] == 9 { high -= 1 }
        return low..<high
    }

    private mutating func add(_ line: Range<Int>) {
        guard let colon = bytes[line].firstIndex(of: 58) else {
            // A line without a colon is a value without a name.
            fields.append(Field(name: line.lowerBound..<line.lowerBound, value: trimmed(line)))
            return
        }
        fields.append(Field(name: trimmed(line.lowerBound..<colon), value: trimmed(colon + 1..<line.upperBound)))
    }

    private mutating func fold(_ line: Range<Int>) {
        let more = trimmed(line)
        let last = fields.count - 1
        let joined = Array(bytes[fields[last].value]) + [32] + Array(bytes[more])
        let start = bytes.count
        bytes += joined
        fields[last].value = start..<bytes.count
    }

    var isEmpty: Bool { fields.isEmpty }

    /// The block as sent, with the final empty line.
    var raw: ArraySlice<UInt8> { bytes[0..<rawCount] }

    private func sameName(_ range: Range<Int>, _ name: StaticString) -> Bool {
        guard range.count == name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { wanted in
            for index in 0..<range.count where unsafe ASCII.lowercased(bytes[range.lowerBound + index]) != wanted[index] { return false }
            return true
        }
    }

    private func sameName(_ one: Range<Int>, _ other: Range<Int>) -> Bool {
        guard one.count == other.count else { return false }
        for index in 0..<one.count
        where ASCII.lowercased(bytes[one.lowerBound + index]) != ASCII.lowercased(bytes[other.lowerBound + index]) { return false }
        return true
    }

    /// The value of a header, repeats joined with ", "; nil when it is not there. `name` in lower case.
    func value(_ name: StaticString) -> [UInt8]? {
        var result: [UInt8]?
        for field in fields where sameName(field.name, name) {
            if result == nil {
                result = Array(bytes[field.value])
            } else {
                result? += [44, 32]
                result? += bytes[field.value]
            }
        }
        return result
    }

    func has(_ name: StaticString) -> Bool { fields.contains { sameName($0.name, name) } }

    /// `Name: value\r\n` for each header in order of first sight, repeats joined (rule-semantics W7).
    func normalised(withCookies: Bool) -> [UInt8] {
        var result: [UInt8] = []
        for (index, field) in fields.enumerated() {
            if !withCookies, sameName(field.name, "cookie") || sameName(field.name, "set-cookie") { continue }
            if fields[0..<index].contains(where: { sameName($0.name, field.name) }) { continue }
            result += bytes[field.name]
            result += [58, 32]
            result += bytes[field.value]
            for later in fields[(index + 1)...] where sameName(later.name, field.name) {
                result += [44, 32]
                result += bytes[later.value]
            }
            result += [13, 10]
        }
        return result
    }

    /// `\r\nName\r\nName2\r\n\r\n` (rule-semantics W9).
    func names() -> [UInt8] {
        var result: [UInt8] = [13, 10]
        for (index, field) in fields.enumerated() {
            if fields[0..<index].contains(where: { sameName($0.name, field.name) }) { continue }
            result += bytes[field.name]
            result += [13, 10]
        }
        return result + [13, 10]
    }

    /// The header at `index` as `name: value`.
    func line(_ index: Int) -> [UInt8]? {
        guard index < fields.count else { return nil }
        return Array(bytes[fields[index].name]) + [58, 32] + Array(bytes[fields[index].value])
    }

    func name(_ index: Int) -> [UInt8] { Array(bytes[fields[index].name]) }
    func fieldValue(_ index: Int) -> [UInt8] { Array(bytes[fields[index].value]) }
}
