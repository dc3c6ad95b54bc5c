/// A set of row numbers, written as `1-40,42`.
struct NumberRanges: Sendable, Equatable {
    private(set) var ranges: [ClosedRange<Int64>] = []

    init() {}

    /// Reads the text; nil where it is none, or its numbers do not rise.
    init?(_ text: String) {
        for part in text.split(separator: ",", omittingEmptySubsequences: false) where !text.isEmpty {
            let ends = part.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
            guard let first = Int64(ends[0]), let last = ends.count == 2 ? Int64(ends[1]) : first, first >= 0, first <= last,
                ranges.last.map({ $0.upperBound < first }) ?? true
            else { return nil }
            ranges.append(first...last)
        }
    }

    var text: String {
        ranges.map { $0.lowerBound == $0.upperBound ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }.joined(separator: ",")
    }

    var isEmpty: Bool { ranges.isEmpty }
    var count: Int64 { ranges.reduce(0) { $0 + $1.upperBound - $1.lowerBound + 1 } }

    /// Adds a number that is greater than all.
    mutating func append(_ number: Int64) { append(number...number) }

    /// Adds numbers that are greater than all.
    mutating func append(_ range: ClosedRange<Int64>) {
        if let last = ranges.last, last.upperBound + 1 == range.lowerBound {
            ranges[ranges.count - 1] = last.lowerBound...range.upperBound
        } else {
            ranges.append(range)
        }
    }

    /// Adds whatever is in the others.
    mutating func formUnion(_ others: [ClosedRange<Int64>]) {
        let all = (ranges + others).sorted { $0.lowerBound < $1.lowerBound }
        ranges.removeAll(keepingCapacity: true)
        for range in all {
            guard let last = ranges.last, range.lowerBound <= last.upperBound + 1 else {
                ranges.append(range)
                continue
            }
            ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
        }
    }

    /// Those numbers that the others have not.
    func subtracting(_ others: NumberRanges) -> NumberRanges {
        var rest = NumberRanges()
        var place = 0
        for range in ranges {
            var start = range.lowerBound
            while place < others.ranges.count, others.ranges[place].upperBound < start { place += 1 }
            var next = place
            while next < others.ranges.count, others.ranges[next].lowerBound <= range.upperBound {
                if others.ranges[next].lowerBound > start { rest.append(start...others.ranges[next].lowerBound - 1) }
                start = others.ranges[next].upperBound + 1
                next += 1
            }
            if start <= range.upperBound { rest.append(start...range.upperBound) }
        }
        return rest
    }

    /// Whether a number is in both.
    func intersects(_ others: NumberRanges) -> Bool {
        var place = 0
        for range in ranges {
            while place < others.ranges.count, others.ranges[place].upperBound < range.lowerBound { place += 1 }
            guard place < others.ranges.count else { return false }
            if others.ranges[place].lowerBound <= range.upperBound { return true }
        }
        return false
    }

    func contains(_ number: Int64) -> Bool {
        var low = 0
        var high = ranges.count
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < number { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(number)
    }
}
