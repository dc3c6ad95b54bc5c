import Bytes

/// Undoes a Content-Transfer-Encoding (RFC 2045 §6) piece by piece.
struct TransferDecoder {
    enum Encoding { case identity, base64, quotedPrintable }

    let encoding: Encoding
    /// Something in the text is not of the encoding.
    private(set) var isDamaged = false
    private var word: UInt32 = 0
    private var letters = 0
    private var isPadded = false
    /// `=` and the digit behind it, where a piece ended between them.
    private var escape: [UInt8] = []
    /// The end of the last line: of the content only when another line follows, of the delimiter otherwise (RFC 2046 §5.1.1).
    private var lineEnd: [UInt8] = []

    init(_ name: [UInt8]?) {
        let name = (name ?? []).map(ASCII.lowercased)
        encoding =
            name.elementsEqual("base64".utf8) ? .base64 : name.elementsEqual("quoted-printable".utf8) ? .quotedPrintable : .identity
    }

    /// The decoded form of a piece of a line.
    ///
    /// - Parameter end: the line's end where the piece has it, else empty.
    mutating func decode(_ piece: RawSpan, end: RawSpan) -> [UInt8] {
        switch encoding {
        case .identity:
            let result = lineEnd + piece.copied()
            lineEnd = end.copied()
            return result
        case .base64: return base64(piece)
        case .quotedPrintable: return quotedPrintable(piece, end: end)
        }
    }

    /// What is left when the part is over: text in base64 that lacks its padding.
    mutating func finish() -> [UInt8] {
        defer { letters = 0 }
        switch letters {
        case 2: return [UInt8(truncatingIfNeeded: word >> 4)]
        case 3: return [UInt8(truncatingIfNeeded: word >> 10), UInt8(truncatingIfNeeded: word >> 2)]
        default: return []
        }
    }

    private mutating func base64(_ piece: RawSpan) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(piece.byteCount / 4 * 3 + 3)
        for index in 0..<piece.byteCount {
            let byte = piece.byte(at: index)
            if byte == 61 {
                // Padding: what is held makes one or two bytes.
                result += finish()
                word = 0
                isPadded = true
                continue
            }
            guard let value = Base64.value(byte) else {
                if !ASCII.isSpace(byte) { isDamaged = true }
                continue
            }
            word = word << 6 | UInt32(value)
            letters += 1
            if letters == 4 {
                result.append(UInt8(truncatingIfNeeded: word >> 16))
                result.append(UInt8(truncatingIfNeeded: word >> 8))
                result.append(UInt8(truncatingIfNeeded: word))
                letters = 0
                word = 0
            }
        }
        return result
    }

    private mutating func quotedPrintable(_ piece: RawSpan, end: RawSpan) -> [UInt8] {
        var result = lineEnd
        lineEnd.removeAll(keepingCapacity: true)
        result.reserveCapacity(piece.byteCount + 2)
        for index in 0..<piece.byteCount {
            let byte = piece.byte(at: index)
            if escape.isEmpty {
                if byte == 61 { escape.append(byte) } else { result.append(byte) }
                continue
            }
            escape.append(byte)
            guard escape.count == 3 else { continue }
            if let high = ASCII.hexValue(escape[1]), let low = ASCII.hexValue(escape[2]) {
                result.append(high << 4 | low)
            } else {
                isDamaged = true
                result += escape
            }
            escape.removeAll(keepingCapacity: true)
        }
        guard end.byteCount > 0 else { return result }
        // `=` at the end of a line joins it with the next one.
        let isSoft = escape == [61]
        if !isSoft { result += escape }
        escape.removeAll(keepingCapacity: true)
        if !isSoft { lineEnd = end.copied() }
        return result
    }
}
