import Bytes

/// `Content-Range` of a partial response (RFC 9110 §14.4).
struct ContentRange: Equatable {
    /// The first byte and the last one.
    var start: UInt64
    var end: UInt64
    /// Of the whole; nil where the server does not say.
    var size: UInt64?

    /// - Parameter text: `bytes 0-499/1234`; nil for anything else, and for a range that is the whole or can be no part of it.
    init?(_ text: [UInt8]) {
        let words = text.split { ASCII.isSpace($0) }
        guard words.count == 2, words[0].map(ASCII.lowercased).elementsEqual("bytes".utf8) else { return nil }
        let halves = words[1].split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let ends = halves[0].split(separator: UInt8(ascii: "-"), omittingEmptySubsequences: false)
        guard halves.count == 2, ends.count == 2, let start = ContentRange.number(ends[0]), let end = ContentRange.number(ends[1]),
            start <= end, end > 0
        else { return nil }
        self.start = start
        self.end = end
        if halves[1].elementsEqual([UInt8(ascii: "*")]) { return }
        guard let size = ContentRange.number(halves[1]), end < size, start > 0 || end + 1 < size else { return nil }
        self.size = size
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard !digits.isEmpty, digits.allSatisfy(ASCII.isDigit) else { return nil }
        return UInt64(String(decoding: digits, as: UTF8.self))
    }
}
