import Bytes

/// Slices of a logical line. Their indices are offsets in the line, so every piece knows where it stands.
extension ArraySlice where Element == UInt8 {
    /// Without blanks at both ends.
    public var trimmed: ArraySlice<UInt8> {
        var low = startIndex
        var high = endIndex
        while low < high, ASCII.isSpace(self[low]) { low += 1 }
        while high > low, ASCII.isSpace(self[high - 1]) { high -= 1 }
        return self[low..<high]
    }

    /// The pieces between occurrences of `separator`, trimmed; empty ones are kept.
    public func parts(separatedBy separator: UInt8) -> [ArraySlice<UInt8>] {
        var result: [ArraySlice<UInt8>] = []
        var start = startIndex
        for index in indices where self[index] == separator {
            result.append(self[start..<index].trimmed)
            start = index + 1
        }
        result.append(self[start..<endIndex].trimmed)
        return result
    }

    /// The pieces between runs of blanks; none is empty.
    public var words: [ArraySlice<UInt8>] {
        var result: [ArraySlice<UInt8>] = []
        var start: Int?
        for index in indices {
            if ASCII.isSpace(self[index]) {
                if let from = start { result.append(self[from..<index]) }
                start = nil
            } else if start == nil {
                start = index
            }
        }
        if let from = start { result.append(self[from..<endIndex]) }
        return result
    }

    public var text: String { String(decoding: self, as: UTF8.self) }

    /// ASCII letters folded to lower case.
    public var lowercasedText: String {
        String(decoding: contains { $0 &- 65 < 26 } ? ArraySlice(map(ASCII.lowercased)) : self, as: UTF8.self)
    }

    /// The slice after its first byte.
    public var rest: ArraySlice<UInt8> { isEmpty ? self : self[(startIndex + 1)..<endIndex] }

    /// A decimal number with no sign; nil when it is none or does not fit.
    public var decimal: UInt64? {
        guard !isEmpty else { return nil }
        var value: UInt64 = 0
        for byte in self {
            guard ASCII.isDigit(byte) else { return nil }
            let (product, tooLarge) = value.multipliedReportingOverflow(by: 10)
            let (sum, carried) = product.addingReportingOverflow(UInt64(byte &- 48))
            if tooLarge || carried { return nil }
            value = sum
        }
        return value
    }

    /// A decimal number, or a hexadecimal one after `0x`; nil when it is neither or does not fit.
    public var number: UInt64? {
        guard count > 2, self[startIndex] == 48, self[startIndex + 1] | 0x20 == 120 else { return decimal }
        guard count <= 18 else { return nil }
        var value: UInt64 = 0
        for byte in self[(startIndex + 2)..<endIndex] {
            guard let digit = ASCII.hexValue(byte) else { return nil }
            value = value << 4 | UInt64(digit)
        }
        return value
    }

    /// A number with an optional sign; nil when it is none or its size is over 2^62.
    public var signedNumber: Int64? {
        guard let first else { return nil }
        let digits = first == 45 || first == 43 ? rest : self
        guard let size = digits.number, size <= 1 << 62 else { return nil }
        return first == 45 ? -Int64(size) : Int64(size)
    }
}
