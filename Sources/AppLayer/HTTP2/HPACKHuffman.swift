import Bytes

/// The Huffman code of HPACK (RFC 7541 appendix B). It is canonical: the lengths of the codes alone give the codes.
enum HPACKHuffman {
    /// Bits of the code of each byte, then of the end mark.
    private static let lengths: [UInt8] = [
        13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
        6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6, 5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
        13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
        15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5, 6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
        20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23, 24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
        22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
        26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
        20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23, 26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
        30,
    ]

    private static let longest = 30
    private static let endMark: UInt16 = 256

    /// Symbols ordered by code; for each length its first code, how many there are, and where its symbols begin.
    private static let table: (symbols: [UInt16], first: [UInt32], count: [UInt32], start: [Int]) = {
        var symbols: [UInt16] = []
        var first = [UInt32](repeating: 0, count: longest + 1)
        var count = first
        var start = [Int](repeating: 0, count: longest + 1)
        var code: UInt32 = 0
        for length in 1...longest {
            code <<= 1
            first[length] = code
            start[length] = symbols.count
            for (symbol, bits) in lengths.enumerated() where Int(bits) == length { symbols.append(UInt16(symbol)) }
            count[length] = UInt32(symbols.count - start[length])
            code += count[length]
        }
        return (symbols, first, count, start)
    }()

    /// The text behind a coded string. What is no code ends it: padding is such, and so is damage.
    static func decode(_ bytes: RawSpan) -> [UInt8] {
        let table = table
        var result: [UInt8] = []
        result.reserveCapacity(bytes.byteCount * 8 / 5)
        var code: UInt32 = 0
        var length = 0
        for index in 0..<bytes.byteCount {
            let byte = bytes.byte(at: index)
            for bit in 0..<8 {
                code = code << 1 | UInt32(byte >> UInt8(7 - bit) & 1)
                length += 1
                guard length <= longest else { return result }
                let place = code &- table.first[length]
                guard code >= table.first[length], place < table.count[length] else { continue }
                let symbol = table.symbols[table.start[length] + Int(place)]
                guard symbol != endMark else { return result }
                result.append(UInt8(truncatingIfNeeded: symbol))
                code = 0
                length = 0
            }
        }
        return result
    }
}
