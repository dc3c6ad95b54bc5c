import Bytes

/// A block of header lines as sent, and where each name and value lies in it.
struct HTTPHeaders {
    struct Field {
        var name: Range<Int>
        /// Trimmed; folded lines are joined.
        var value: Range<Int>
        /// Of the name in lower case: most names can be told apart by it.
        var hash: UInt32
    }

    /// The raw block with its final empty line. Values of folded lines are kept behind it.
    private(set) var bytes: [UInt8] = []
    private(set) var rawCount = 0
    private(set) var fields: [Field] = []

    /// Adds a block of complete lines. `limit` bounds the number of fields.
    mutating func append(_ block: RawSpan, limit: Int = 1024) {
        parse(from: extend(block), limit: limit)
    }

    /// Adds the header lines of a response, split and folded as browsers do (``ResponseLines``).
    mutating func appendResponse(_ block: RawSpan, isVersion11: Bool, limit: Int = 1024) {
        let start = extend(block)
        var at = 0
        var followsLFCR = false
        /// A header that the next line may go on with.
        var open: [UInt8]?
        func close() {
            guard let text = open else { return }
            open = nil
            guard fields.count < limit else { return }
            let place = bytes.count
            bytes += text
            add(place..<bytes.count)
        }
        while let line = ResponseLines.next(block, from: at, followsLFCR: followsLFCR) {
            at = line.next
            followsLFCR = line.endsWithLFCR
            if line.isTerminator { break }
            let content = line.content
            if content.isEmpty || !ResponseLines.isFolding(block.byte(at: content.lowerBound)) {
                close()
                if at < block.byteCount, ResponseLines.isFolding(block.byte(at: at)) {
                    open = block.extracting(content).copied()
                } else if fields.count < limit {
                    add(start + content.lowerBound..<start + content.upperBound)
                }
                continue
            }
            let text = block.extracting(content).copied()
            if let sofar = open, !(isVersion11 && text.contains(58) && sofar.contains(58)) {
                open = sofar + text
            } else {
                // What looks like a header is one, folded or not.
                close()
                open = Array(text.drop(while: ResponseLines.isFolding))
            }
        }
        close()
    }

    /// Puts a block behind the raw part; gives where it begins.
    private mutating func extend(_ block: RawSpan) -> Int {
        // Folded values of an earlier block (trailers after headers) stay behind the raw part, so the raw part is rebuilt.
        let extra = Array(bytes[rawCount...])
        let shift = block.byteCount
        for index in fields.indices {
            if fields[index].value.lowerBound >= rawCount {
                fields[index].value = fields[index].value.lowerBound + shift..<fields[index].value.upperBound + shift
            }
            if fields[index].name.lowerBound >= rawCount {
                fields[index].name = fields[index].name.lowerBound + shift..<fields[index].name.upperBound + shift
            }
        }
        let start = rawCount
        bytes.removeLast(extra.count)
        bytes += block.copied()
        rawCount = bytes.count
        bytes += extra
        return start
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
            fields.append(Field(name: line.lowerBound..<line.lowerBound, value: trimmed(line), hash: 0))
            return
        }
        var nameEnd = colon
        while nameEnd > line.lowerBound, ASCII.isSpace(bytes[nameEnd - 1]) { nameEnd -= 1 }
        let name = line.lowerBound..<nameEnd
        fields.append(Field(name: name, value: trimmed(colon + 1..<line.upperBound), hash: hash(name)))
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

    /// NUL bytes do not count: some readers skip them.
    private func sameName(_ range: Range<Int>, _ name: StaticString) -> Bool {
        guard range.count >= name.utf8CodeUnitCount else { return false }
        return name.withUTF8Buffer { wanted in
            var matched = 0
            for index in range where bytes[index] != 0 {
                guard matched < wanted.count, unsafe ASCII.lowercased(bytes[index]) == wanted[matched] else { return false }
                matched += 1
            }
            return matched == wanted.count
        }
    }

    private func sameName(_ one: Field, _ other: Field) -> Bool {
        guard one.hash == other.hash, one.name.count == other.name.count else { return false }
        for index in 0..<one.name.count
        where ASCII.lowercased(bytes[one.name.lowerBound + index]) != ASCII.lowercased(bytes[other.name.lowerBound + index]) {
            return false
        }
        return true
    }

    private func hash(_ name: Range<Int>) -> UInt32 {
        var hash: UInt32 = 0
        for index in name { hash = hash &* 31 &+ UInt32(ASCII.lowercased(bytes[index])) }
        return hash
    }

    /// Whether the header is the second one of its name.
    func isFirstRepetition(_ index: Int) -> Bool {
        var before = 0
        for earlier in 0..<index where sameName(fields[earlier], fields[index]) {
            before += 1
            if before == 2 { return false }
        }
        return before == 1
    }

    /// The value of a header, repeats joined with ", "; nil when it is not there. `name` in lower case.
    func value(_ name: StaticString) -> [UInt8]? { joined { sameName($0, name) } }

    /// The same for a name that is not known when compiling, in any case.
    func value(dynamic name: String) -> [UInt8]? {
        let wanted = name.utf8.map(ASCII.lowercased)
        return joined { bytes[$0].lazy.map(ASCII.lowercased).elementsEqual(wanted) }
    }

    private func joined(_ isNamed: (Range<Int>) -> Bool) -> [UInt8]? {
        var result: [UInt8]?
        for field in fields where isNamed(field.name) {
            if result == nil {
                result = Array(bytes[field.value])
            } else {
                result? += [44, 32]
                result? += bytes[field.value]
            }
        }
        return result
    }

    /// The header stands more than once, with different values.
    func repeatsWithOtherValue(_ name: StaticString) -> Bool {
        let same = fields.filter { sameName($0.name, name) }
        guard let first = same.first else { return false }
        return same.dropFirst().contains { !bytes[$0.value].elementsEqual(bytes[first.value]) }
    }

    func has(_ name: StaticString) -> Bool { fields.contains { sameName($0.name, name) } }

    /// `Name: value\r\n` for each header in order of first sight, repeats joined (rule-semantics W7).
    func normalised(withCookies: Bool) -> [UInt8] {
        var result: [UInt8] = []
        for (index, field) in fields.enumerated() {
            if !withCookies, sameName(field.name, "cookie") || sameName(field.name, "set-cookie") { continue }
            if fields[0..<index].contains(where: { sameName($0, field) }) { continue }
            result += bytes[field.name]
            result += [58, 32]
            result += bytes[field.value]
            for later in fields[(index + 1)...] where sameName(later, field) {
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
            if fields[0..<index].contains(where: { sameName($0, field) }) { continue }
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
