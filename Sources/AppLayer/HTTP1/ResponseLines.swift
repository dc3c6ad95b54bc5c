import Bytes

/// Lines of a response as browsers split them: a line ends with CR LF, LF, or CR alone.
///
/// The odd cases are those that servers use against inspection: LF CR as one line end, CR CR LF that is no empty line, a line of one blank
/// that ends the headers.
struct ResponseLines {
    struct Line {
        /// Without its end.
        var content: Range<Int>
        /// Where the next line begins.
        var next: Int
        /// It ended with LF CR.
        var endsWithLFCR: Bool
        /// It ends the headers.
        var isTerminator: Bool
    }

    /// The line at `start`; nil when its end is not there yet.
    /// - Parameter followsLFCR: the line before ended with LF CR.
    static func next(_ bytes: RawSpan, from start: Int, followsLFCR: Bool) -> Line? {
        let count = bytes.byteCount
        var at = start
        var dropped = 0
        while at < count {
            let byte = bytes.byte(at: at)
            at += 1
            var endsWithCR = false
            var endsWithLFCR = false
            if byte == 13 {
                guard at < count else { return nil }
                let following = bytes.byte(at: at)
                if following == 10 {
                    at += 1
                    // LF CR CR LF CR LF are two line ends.
                    if followsLFCR, at < count, bytes.byte(at: at) == 13 {
                        at += 1
                        dropped = 1
                        if at < count, bytes.byte(at: at) == 10 {
                            at += 1
                            dropped = 2
                        }
                    }
                } else if following == 13 {
                    continue
                }
                endsWithCR = true
            } else if byte == 10 {
                if at < count, bytes.byte(at: at) == 13 {
                    at += 1
                    endsWithLFCR = true
                }
            } else {
                continue
            }
            let length = at - start - dropped
            // A CR alone is no empty line.
            if endsWithCR, length < 2 { continue }
            return Line(
                content: start..<chomped(bytes, start, at - dropped), next: at, endsWithLFCR: endsWithLFCR,
                isTerminator: isTerminator(bytes, start, length, at))
        }
        return nil
    }

    private static func chomped(_ bytes: RawSpan, _ start: Int, _ end: Int) -> Int {
        var end = end
        while end > start, bytes.byte(at: end - 1) == 10 || bytes.byte(at: end - 1) == 13 { end -= 1 }
        return end
    }

    private static func isTerminator(_ bytes: RawSpan, _ start: Int, _ length: Int, _ next: Int) -> Bool {
        let first = bytes.byte(at: start)
        if length == 1 { return first == 10 || first == 13 }
        guard length == 2 else { return false }
        let second = bytes.byte(at: start + 1)
        if second != 10 { return false }
        if first == 13 { return true }
        return (first == 32 || first == 9) && next < bytes.byteCount && bytes.byte(at: next) != 10
    }

    /// A line that begins with one of these goes on with the header before it.
    static func isFolding(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 || byte == 0 }
}
