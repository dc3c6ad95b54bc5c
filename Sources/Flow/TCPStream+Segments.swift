import Bytes
import Decode

/// What became of a segment.
enum SegmentOutcome { case taken, refused, dropped }

extension TCPStream {
    mutating func start(_ sequence: UInt32) {
        isSeen = true
        initialSequence = sequence
        next = sequence &+ 1
        lastAcknowledgment = next
    }

    // MARK: what the state machine learns

    /// Sequence number of the first byte that some reader has not passed.
    var baseSequence: UInt32 {
        var low = end &+ gap
        for index in 0..<3 where wants.contains(number: index) { low = min(low, readers[index]) }
        return initialSequence &+ 1 &+ UInt32(truncatingIfNeeded: low)
    }

    /// Nobody reads: nothing is kept.
    var isUnread: Bool { wants == .none }

    /// The system that a segment of this direction's receiver goes to, asked for once.
    mutating func target(of segment: TCPSegment) -> HostPolicy {
        if let policy { return policy }
        let found = segment.target.streams
        policy = found
        return found
    }

    @inline(__always)
    mutating func note(acknowledgment: UInt32) {
        if acknowledgment.isAfter(lastAcknowledgment) {
            lastAcknowledgment = acknowledgment
            selective = 0
        }
    }

    /// Everything before `sequence` was sent. Of one side alone nobody says what arrived.
    @inline(__always)
    mutating func advance(to sequence: UInt32, _ flags: TCPSessionFlags) {
        next = sequence
        if flags.contains(.async), next.isAfter(lastAcknowledgment) { lastAcknowledgment = next }
    }

    /// Bytes that were missed and acknowledged were sent all the same.
    @inline(__always)
    mutating func reach(_ sequence: UInt32) { if next.isBefore(sequence) { next = sequence } }

    @inline(__always)
    mutating func widen(to edge: UInt32) {
        let edge = edge &+ selective
        if edge.isAfter(nextWindow) { nextWindow = edge }
    }

    // MARK: bytes

    /// The protocol's parser has not had all that is acknowledged.
    var hasUnread: Bool { wants.contains(.application) && readers[StreamReader.application.rawValue] < min(end, acknowledged) }

    /// Makes what was acknowledged readable. True when that is more than before.
    mutating func takeAcknowledgment(gaps: inout UInt64) -> Bool {
        guard isSeen else { return false }
        var offset = offset(of: lastAcknowledgment)
        if let fin = finOffset, offset > fin { offset = fin }
        guard offset > acknowledged else { return false }
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

    /// Takes a segment's data, but for urgent ones.
    mutating func take(
        _ sequence: UInt32, _ payload: RawSpan, _ segment: TCPSegment, _ limits: SegmentLimits, _ events: inout StreamEvents
    ) -> SegmentOutcome {
        if segment.isMissing { return .refused }
        guard segment.urgentPlace >= 0 else { return insert(sequence, payload, segment, limits, &events) }
        let place = Int(segment.urgentPlace)
        let outcome = insert(sequence, payload.prefix(place), segment, limits, &events)
        let rest = payload.dropping(place + 1)
        guard rest.byteCount > 0, outcome == .taken else { return outcome }
        return insert(sequence &+ UInt32(place), rest, segment, limits, &events)
    }

    /// Puts a segment where it belongs.
    mutating func insert(
        _ sequence: UInt32, _ payload: RawSpan, _ segment: TCPSegment, _ limits: SegmentLimits, _ events: inout StreamEvents
    ) -> SegmentOutcome {
        guard isSeen else { return .refused }
        if policy == nil { policy = segment.target.streams }
        var offset = offset(of: sequence)
        var bytes = payload
        guard offset > base - (1 << 30), offset < highest + (1 << 30) else {
            events.insert(.segmentOutOfWindow)
            return .refused
        }
        let last = offset + Int64(bytes.byteCount)
        highest = max(highest, last)
        guard !isUnread else {
            // Only the place in the stream is followed.
            if end < last { base = last }
            return .taken
        }
        if limits.depth > 0, last > limits.depth {
            let wasReached = isDepthReached
            if !wasReached { events.insert(.depthReached) }
            isDepthReached = true
            guard offset < limits.depth else { return wasReached ? .refused : .taken }
            bytes = bytes.prefix(Int(limits.depth - offset))
        }
        if offset < base {
            guard last > base, Int(base - offset) < bytes.byteCount else { return .taken }
            bytes = bytes.dropping(Int(base - offset))
            offset = base
        }
        if gap > 0, offset < end + gap {
            // What nobody waits for any more.
            let known = end + gap - offset
            guard known < Int64(bytes.byteCount) else { return .taken }
            bytes = bytes.dropping(Int(known))
            offset = end + gap
        }
        guard bytes.byteCount <= limits.memory else { return .dropped }
        if offset == end, gap == 0, early.isEmpty {
            note(Extent(offset: offset, end: last), limits)
            return buffer.append(bytes) ? .taken : .dropped
        }
        guard extents.count < limits.maxEarlySegments, earlyBytes + bytes.byteCount <= limits.maxEarlyBytes else { return .dropped }
        place(offset, bytes, Extent(offset: last - Int64(payload.byteCount), end: last), limits, &events)
        if gap == 0 {
            takeEarly()
            _ = findGap()
        }
        return .taken
    }

    @inline(__always)
    private mutating func note(_ extent: Extent, _ limits: SegmentLimits) {
        if extents.count < limits.maxEarlySegments { extents.append(extent) }
    }

    /// Puts a segment among others; where it lies over them the receiving system's policy says whose bytes stay.
    private mutating func place(
        _ offset: Int64, _ bytes: RawSpan, _ extent: Extent, _ limits: SegmentLimits, _ events: inout StreamEvents
    ) {
        var copy = bytes.copied()
        var at = extents.count
        while at > 0, TCPStream.isAfter(extents[at - 1], extent) { at -= 1 }
        if at > 0, extents[at - 1] == extent {
            keepOlder(&copy, at: offset, extent, over: extents[at - 1], &events, isTold: false, limits.inline)
            at -= 1
        } else {
            extents.insert(extent, at: at)
        }
        var before = at
        while before > 0 {
            before -= 1
            let old = extents[before]
            if old.end <= base { continue }
            if old.end <= extent.offset {
                // Inline, what was let through stays.
                if limits.inline { continue }
                break
            }
            keepOlder(&copy, at: offset, extent, over: old, &events, isTold: limits.tellsOverlaps, limits.inline)
        }
        var after = at + 1
        while after < extents.count, extents[after].offset < extent.end {
            keepOlder(&copy, at: offset, extent, over: extents[after], &events, isTold: limits.tellsOverlaps, limits.inline)
            after += 1
        }
        write(copy, at: offset)
    }

    private static func isAfter(_ one: Extent, _ other: Extent) -> Bool {
        one.offset != other.offset ? one.offset > other.offset : one.end > other.end
    }

    /// Takes the bytes that are known over those that came again, where the policy believes `old`.
    private func keepOlder(
        _ bytes: inout [UInt8], at offset: Int64, _ new: Extent, over old: Extent, _ events: inout StreamEvents, isTold: Bool,
        _ isInline: Bool
    ) {
        let from = max(max(old.offset, offset), base)
        let to = min(old.end, offset + Int64(bytes.count))
        guard from < to else { return }
        let known = known(from..<to)
        let range = Int(from - offset)..<Int(to - offset)
        guard known.count == range.count, !bytes[range].elementsEqual(known) else { return }
        if isTold { events.insert(.overlapDifferentData) }
        if isInline || !(policy ?? .bsd).believes(new, over: old) { bytes.replaceSubrange(range, with: known) }
    }

    /// What is held of a range of stream offsets; nothing when it is not all there.
    private func known(_ range: Range<Int64>) -> [UInt8] {
        var result: [UInt8] = []
        if range.lowerBound < end {
            let held = buffer
            result = held.view(from: Int(range.lowerBound - base), count: Int(min(range.upperBound, end) - range.lowerBound)).copied()
        }
        for piece in early where piece.end > range.lowerBound && piece.offset < range.upperBound {
            let from = max(piece.offset, range.lowerBound + Int64(result.count))
            let to = min(piece.end, range.upperBound)
            guard from == range.lowerBound + Int64(result.count), from < to else { continue }
            result += piece.bytes[Int(from - piece.offset)..<Int(to - piece.offset)]
        }
        return result
    }

    /// Writes bytes over what is held and into what is not there yet.
    private mutating func write(_ bytes: [UInt8], at offset: Int64) {
        var rest = bytes[...]
        var offset = offset
        if offset < end {
            let count = min(rest.count, Int(end - offset))
            buffer.replace(at: Int(offset - base), with: rest.prefix(count))
            rest = rest.dropFirst(count)
            offset += Int64(count)
        }
        guard !rest.isEmpty else { return }
        let piece = Early(offset: offset, bytes: Array(rest))
        var kept: [Early] = []
        for old in early {
            if old.end <= piece.offset || old.offset >= piece.end {
                kept.append(old)
                continue
            }
            if old.offset < piece.offset {
                kept.append(Early(offset: old.offset, bytes: Array(old.bytes[0..<Int(piece.offset - old.offset)])))
            }
            if old.end > piece.end {
                kept.append(Early(offset: piece.end, bytes: Array(old.bytes[Int(piece.end - old.offset)...])))
            }
        }
        let place = kept.firstIndex { $0.offset > piece.offset } ?? kept.count
        kept.insert(piece, at: place)
        early = kept
        earlyBytes = kept.reduce(0) { $0 + $1.bytes.count }
    }

    /// The reader takes nothing more; when none is left, nothing is kept.
    mutating func stop(_ reader: StreamReader) {
        wants.remove(reader)
        guard isUnread else {
            slide()
            return
        }
        base = max(end + gap, highest)
        gap = 0
        release()
    }
}

extension HostPolicy {
    /// Whether a segment that came later is believed over one that came before, where both have bytes.
    func believes(_ new: TCPStream.Extent, over old: TCPStream.Extent) -> Bool {
        switch self {
        case .last: true
        case .first, .vista, .bsdRight, .oldSolaris: false
        case .bsd, .hpux10, .irix, .windows, .windows2k3, .macos: new.offset < old.offset
        case .linux: new.offset < old.offset || (new.offset == old.offset && new.end > old.end)
        case .oldLinux: new.offset < old.offset || (new.offset == old.offset && new.end >= old.end)
        case .solaris, .hpux11:
            new.offset <= old.offset ? new.end >= old.end : new.end > old.end
        }
    }
}
