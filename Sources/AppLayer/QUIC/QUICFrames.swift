import Bytes

/// What is of use in the frames of an Initial packet (RFC 9000 §19) or a hello of Google's.
struct QUICFrames {
    /// Pieces of the handshake: where they belong, and their bytes.
    var crypto: [(offset: UInt64, bytes: [UInt8])] = []
    /// Hellos of Google's QUIC: their tags in order, with their values.
    var hellos: [[(tag: [UInt8], value: [UInt8])]] = []

    private static let mostFrames = 4096

    /// Nil when the bytes are no frames.
    init?(_ bytes: RawSpan) {
        do throws(ParseError) {
            var cursor = ByteCursor(bytes)
            var count = 0
            while !cursor.isAtEnd {
                count += 1
                guard count <= QUICFrames.mostFrames else { return nil }
                guard try readFrame(&cursor) else { return }
            }
        } catch {
            return nil
        }
    }

    /// False when the rest cannot be read and does not matter.
    private mutating func readFrame(_ cursor: inout ByteCursor) throws(ParseError) -> Bool {
        let type = try cursor.u8()
        if type & 0x80 != 0 {
            try readStream(type, &cursor)
            return true
        }
        switch type {
        case 0: while !cursor.isAtEnd, cursor.bytes.byte(at: cursor.offset) == 0 { try cursor.skip(1) }
        case 1: break
        case 2, 3: try readAcknowledgement(hasCounters: type == 3, &cursor)
        case 6:
            let offset = try QUICHeader.number(&cursor)
            let bytes = try QUICFrames.bytes(&cursor)
            crypto.append((offset, bytes.copied()))
        case 8:
            _ = try QUICHeader.number(&cursor)
            addHello(try QUICFrames.bytes(&cursor))
        default: return false
        }
        return true
    }

    @_lifetime(copy cursor)
    private static func bytes(_ cursor: inout ByteCursor) throws(ParseError) -> RawSpan {
        let length = try QUICHeader.number(&cursor)
        guard length <= UInt64(cursor.left) else { throw .truncated }
        return try cursor.take(Int(length))
    }

    private func readAcknowledgement(hasCounters: Bool, _ cursor: inout ByteCursor) throws(ParseError) {
        _ = try QUICHeader.number(&cursor)
        _ = try QUICHeader.number(&cursor)
        let ranges = try QUICHeader.number(&cursor)
        _ = try QUICHeader.number(&cursor)
        // Each range takes two bytes at least.
        guard ranges <= UInt64(cursor.left / 2) else { throw .truncated }
        for _ in 0..<ranges {
            _ = try QUICHeader.number(&cursor)
            _ = try QUICHeader.number(&cursor)
        }
        guard hasCounters else { return }
        for _ in 0..<3 { _ = try QUICHeader.number(&cursor) }
    }

    /// A stream frame of Google's: flags in its type.
    private mutating func readStream(_ type: UInt8, _ cursor: inout ByteCursor) throws(ParseError) {
        let offsetSize = type >> 2 & 7
        try cursor.skip(Int(type & 3) + 1 + (offsetSize == 0 ? 0 : Int(offsetSize) + 1))
        let length = type & 0x20 != 0 ? Int(try cursor.u16()) : cursor.left
        addHello(try cursor.take(length))
    }

    private static let tags: Set<[UInt8]> = Set(
        [
            "AEAD", "CCRT", "CCS", "CETV", "CFCW", "CHLO", "COPT", "CSCT", "CTIM", "ICSL", "IRTT", "KEXS", "MIDS", "MSPC", "NONC", "NONP",
            "PAD", "PDMD", "PUBS", "SCID", "SCLS", "SFCW", "SMHL", "SNI", "SNO", "STK", "TCID", "UAID", "VER", "XLCT",
        ].map { Array($0.utf8) })

    private static func tag(_ cursor: inout ByteCursor) throws(ParseError) -> [UInt8] {
        var tag = try cursor.take(4).copied()
        while tag.last == 0 { tag.removeLast() }
        guard tags.contains(tag) else { throw .malformed }
        return tag
    }

    /// Tag, number of entries, then tag and end of each value, then the values; what is not of this form is no hello.
    private mutating func addHello(_ bytes: RawSpan) {
        do throws(ParseError) {
            var cursor = ByteCursor(bytes)
            _ = try QUICFrames.tag(&cursor)
            let count = Int(try cursor.take(2).littleEndianUInt16(at: 0))
            try cursor.skip(2)
            guard count <= cursor.left / 8 else { return }
            var entries: [(tag: [UInt8], end: Int)] = []
            for _ in 0..<count {
                let tag = try QUICFrames.tag(&cursor)
                entries.append((tag, Int(try cursor.take(4).littleEndianUInt32(at: 0))))
            }
            var hello: [(tag: [UInt8], value: [UInt8])] = []
            var start = 0
            for entry in entries {
                guard entry.end >= start else { return }
                hello.append((entry.tag, try cursor.take(entry.end - start).copied()))
                start = entry.end
            }
            guard cursor.isAtEnd else { return }
            hellos.append(hello)
        } catch {}
    }
}

/// Puts the pieces of one side's handshake together.
struct QUICHandshake {
    /// Longer hellos are given up (Suricata: `QUIC_MAX_CRYPTO_FRAG_LEN`).
    private static let mostBytes: UInt64 = 65535

    private var bytes: [UInt8] = []
    /// Ranges that have come, in order, not touching.
    private var known: [Range<Int>] = []

    /// False when the piece lies beyond what is kept.
    mutating func add(_ piece: [UInt8], at offset: UInt64) -> Bool {
        guard offset < QUICHandshake.mostBytes, UInt64(piece.count) <= QUICHandshake.mostBytes - offset else { return false }
        guard !piece.isEmpty else { return true }
        let range = Int(offset)..<Int(offset) + piece.count
        if bytes.count < range.upperBound { bytes += [UInt8](repeating: 0, count: range.upperBound - bytes.count) }
        bytes.replaceSubrange(range, with: piece)
        var merged = range
        known.removeAll { other in
            guard other.lowerBound <= merged.upperBound, merged.lowerBound <= other.upperBound else { return false }
            merged = min(other.lowerBound, merged.lowerBound)..<max(other.upperBound, merged.upperBound)
            return true
        }
        known.insert(merged, at: known.firstIndex { $0.lowerBound > merged.lowerBound } ?? known.count)
        return true
    }

    /// The hello, once it is whole; `isDamaged` where the message is there but is none.
    func hello(isClient: Bool) -> (hello: TLSHello?, isDamaged: Bool) {
        guard let first = known.first, first.lowerBound == 0, first.count >= 4 else { return (nil, false) }
        let kept = bytes
        let span = kept.rawSpan
        let length = Int(span.uint24(at: 1))
        guard first.count - 4 >= length else { return (nil, false) }
        guard span.byte(at: 0) == (isClient ? 1 : 2), let hello = TLSHello(span.extracting(4..<4 + length), isClient: isClient) else {
            return (nil, true)
        }
        return (hello, false)
    }
}
