import Bytes
import Decode

/// What became of a segment.
enum SegmentOutcome { case taken, refused, dropped }

extension TCPStream {
    mutating func start(_ sequence: UInt32) {
        isSeen = true
        initialSequence = sequence
    }

    /// The other side has everything before `acknowledgment`. True when that is news.
    mutating func note(_ acknowledgment: UInt32, gaps: inout UInt64) -> Bool {
        guard isSeen else { return false }
        var offset = offset(of: acknowledgment)
        if let fin = finOffset, offset > fin { offset = fin }
        // More than a window ahead of anything seen is no honest acknowledgment.
        guard offset > acknowledged, offset <= highest + (1 << 20) else { return false }
        acknowledged = offset
        if findGap() { gaps &+= 1 }
        return true
    }

    /// Bytes that were acknowledged and never arrived will not come any more once later ones are here. Before that they may be on their
    /// way: captures show acknowledgments before the data often enough.
    private mutating func findGap() -> Bool {
        guard gap == 0, acknowledged > end, !isDepthReached, let next = early.first?.offset else { return false }
        let upTo = min(acknowledged, next)
        guard upTo > end else { return false }
        gap = upTo - end
        hadGap = true
        return true
    }

    /// Puts a segment where it belongs.
    mutating func insert(_ sequence: UInt32, _ payload: RawSpan, _ limits: TCPOptions, _ events: inout StreamEvents) -> SegmentOutcome {
        guard isSeen else { return .refused }
        var offset = offset(of: sequence)
        var bytes = payload
        guard offset > base - (1 << 30), offset < highest + (16 << 20) else {
            events.insert(.segmentOutOfWindow)
            return .refused
        }
        let last = offset + Int64(bytes.byteCount)
        highest = max(highest, last)
        guard wants[0] || wants[1] || wants[2] else {
            // Nobody reads: only the place in the stream is followed.
            if end < last { base = last }
            return .taken
        }
        if limits.depth > 0, last > limits.depth {
            if !isDepthReached { events.insert(.depthReached) }
            isDepthReached = true
            guard offset < limits.depth else { return .taken }
            bytes = bytes.prefix(Int(limits.depth - offset))
        }
        let next = end + gap
        if offset < next {
            if gap == 0 { compare(offset, bytes, &events) }
            let known = next - offset
            guard known < Int64(bytes.byteCount) else { return .taken }
            bytes = bytes.dropping(Int(known))
            offset = next
        }
        guard bytes.byteCount <= limits.memoryLimit else { return .dropped }
        if offset == end, gap == 0, early.isEmpty {
            return window.append(bytes) ? .taken : .dropped
        }
        guard early.count < limits.maxEarlySegments, earlyBytes + bytes.byteCount <= limits.maxEarlyBytes else { return .dropped }
        insertEarly(offset, bytes, limits.policy, &events)
        if gap == 0 {
            takeEarly()
            _ = findGap()
        }
        return .taken
    }

    /// Looks whether bytes that are known already come again with another content.
    private func compare(_ offset: Int64, _ bytes: RawSpan, _ events: inout StreamEvents) {
        let from = max(offset, base)
        let to = min(offset + Int64(bytes.byteCount), end)
        guard to > from else { return }
        let buffer = window
        let known = buffer.view(from: Int(from - base), count: Int(to - from))
        let again = bytes.extracting(Int(from - offset)..<Int(to - offset))
        if !known.equals(again) { events.insert(.overlapDifferentData) }
    }

    /// Keeps a segment that came too early; where it overlaps others the policy says whose bytes stay.
    private mutating func insertEarly(_ offset: Int64, _ bytes: RawSpan, _ policy: OverlapPolicy, _ events: inout StreamEvents) {
        var piece = Early(offset: offset, bytes: bytes.copied())
        var index = early.count
        while index > 0, early[index - 1].offset > offset { index -= 1 }
        let touchesBefore = index > 0 && early[index - 1].end > offset
        let touchesAfter = index < early.count && early[index].offset < piece.end
        guard touchesBefore || touchesAfter else {
            earlyBytes += piece.bytes.count
            early.insert(piece, at: index)
            return
        }
        var kept: [Early] = []
        for old in early {
            if old.end <= piece.offset || old.offset >= piece.end {
                kept.append(old)
                continue
            }
            let from = max(old.offset, piece.offset)
            let to = min(old.end, piece.end)
            let oldSlice = old.bytes[Int(from - old.offset)..<Int(to - old.offset)]
            let newRange = Int(from - piece.offset)..<Int(to - piece.offset)
            if !oldSlice.elementsEqual(piece.bytes[newRange]) { events.insert(.overlapDifferentData) }
            if !policy.takesNew(piece, over: old) { piece.bytes.replaceSubrange(newRange, with: oldSlice) }
            if old.offset < piece.offset {
                kept.append(Early(offset: old.offset, bytes: Array(old.bytes[0..<Int(piece.offset - old.offset)])))
            }
            if old.end > piece.end {
                kept.append(Early(offset: piece.end, bytes: Array(old.bytes[Int(piece.end - old.offset)...])))
            }
        }
        kept.append(piece)
        kept.sort { $0.offset < $1.offset }
        early = kept
        earlyBytes = kept.reduce(0) { $0 + $1.bytes.count }
    }

    /// The reader takes nothing more; when none is left, nothing is kept.
    mutating func stop(_ reader: StreamReader) {
        wants[reader.rawValue] = false
        guard !wants[0], !wants[1], !wants[2] else {
            slide()
            return
        }
        base = max(end + gap, highest)
        gap = 0
        release()
    }
}

extension OverlapPolicy {
    /// Whether a segment that came later is believed over one that came before, where both have bytes.
    func takesNew(_ new: TCPStream.Early, over old: TCPStream.Early) -> Bool {
        switch self {
        case .first: false
        case .last: true
        case .bsd, .windows: new.offset < old.offset
        case .bsdRight: new.offset >= old.offset
        case .linux, .solaris: new.offset <= old.offset && new.end > old.end
        }
    }
}
