import Bytes

/// Looking for one short string in bytes.
public enum ByteSearch {
    /// The first place at or after `start` where `pattern` lies wholly before `end`; nil when there is none.
    /// When case is ignored, `pattern` must be in lower case.
    public static func first(_ pattern: [UInt8], in bytes: RawSpan, from start: Int, to end: Int, ignoringCase: Bool) -> Int? {
        let size = pattern.count
        let stop = min(end, bytes.byteCount)
        guard size > 0, start >= 0, stop - start >= size else { return nil }
        if ignoringCase { return folded(pattern, bytes, start, stop) }
        let lead = pattern[0]
        let last = stop - size
        var at = start
        while at <= last, let found = bytes.firstOffset(of: lead, from: at), found <= last {
            var index = 1
            while index < size, bytes.byte(at: found &+ index) == pattern[index] { index &+= 1 }
            if index == size { return found }
            at = found &+ 1
        }
        return nil
    }

    /// `pattern` is in lower case.
    private static func folded(_ pattern: [UInt8], _ bytes: RawSpan, _ start: Int, _ stop: Int) -> Int? {
        let first = pattern[0]
        let size = pattern.count
        var at = start
        let last = stop - size
        while at <= last {
            if ASCII.lowercased(bytes.byte(at: at)) == first {
                var index = 1
                while index < size, ASCII.lowercased(bytes.byte(at: at &+ index)) == pattern[index] { index &+= 1 }
                if index == size { return at }
            }
            at &+= 1
        }
        return nil
    }
}
