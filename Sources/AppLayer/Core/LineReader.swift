import Bytes

extension RawSpan {
    /// The line at `offset` without its end, and where the next one begins; nil while it has no end.
    func line(from offset: Int) -> (text: Range<Int>, next: Int)? {
        guard let end = firstOffset(of: 10, from: offset) else { return nil }
        let stop = end > offset && byte(at: end - 1) == 13 ? end - 1 : end
        return (offset..<stop, end + 1)
    }
}
