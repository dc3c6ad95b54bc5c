import Bytes
import Digest
import Match

/// What transforms do to a buffer (rule-semantics B3).
enum Transforms {
    static func apply(_ transform: CompiledTransform, to bytes: [UInt8], _ scratch: RegexScratch) -> [UInt8] {
        switch transform {
        case .plain(let plain): return apply(plain, to: bytes)
        case .regularExpression(let regex):
            guard regex.firstMatch(in: bytes.rawSpan, from: 0, scratch) != nil, let group = Regex.firstGroup(scratch) else { return bytes }
            return Array(bytes[group])
        }
    }

    private static func apply(_ transform: BufferTransform, to bytes: [UInt8]) -> [UInt8] {
        switch transform {
        case .dotPrefix: return [46] + bytes
        case .toLowercase: return bytes.map(ASCII.lowercased)
        case .toUppercase: return bytes.map(ASCII.uppercased)
        case .stripWhitespace: return bytes.filter { !ASCII.isSpace($0) }
        case .compressWhitespace:
            var result: [UInt8] = []
            for byte in bytes where !(ASCII.isSpace(byte) && result.last.map(ASCII.isSpace) == true) { result.append(byte) }
            return result
        case .toMD5: return Hash.digest(.md5, of: bytes.rawSpan)
        case .toSHA1: return Hash.digest(.sha1, of: bytes.rawSpan)
        case .toSHA256: return Hash.digest(.sha256, of: bytes.rawSpan)
        case .urlDecode: return urlDecoded(bytes)
        case .xor(let key): return key.isEmpty ? bytes : bytes.enumerated().map { $1 ^ key[$0 % key.count] }
        case .headerLowercase: return headerNames(bytes, lowercased: true)
        case .stripPseudoHeaders:
            return Array(bytes.split(separator: 10, omittingEmptySubsequences: false).filter { $0.first != 58 }.joined(separator: [10]))
        case .domain: return domain(bytes, labels: 2)
        case .topLevelDomain: return domain(bytes, labels: 1)
        case .fromBase64(let count, let offset, _):
            guard offset <= bytes.count else { return [] }
            return decodedBase64(bytes.rawSpan.dropping(offset).prefix(count ?? Int.max))
        case .regularExpression: return bytes
        }
    }

    private static func urlDecoded(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if bytes[index] == 43 {
                result.append(32)
            } else if bytes[index] == 37, index + 2 < bytes.count, let high = ASCII.hexValue(bytes[index + 1]),
                let low = ASCII.hexValue(bytes[index + 2])
            {
                result.append(high << 4 | low)
                index += 2
            } else {
                result.append(bytes[index])
            }
            index += 1
        }
        return result
    }

    private static func headerNames(_ bytes: [UInt8], lowercased: Bool) -> [UInt8] {
        var result = bytes
        var isName = true
        for index in result.indices {
            if result[index] == 58 { isName = false }
            if result[index] == 10 { isName = true }
            if isName { result[index] = ASCII.lowercased(result[index]) }
        }
        return result
    }

    private static func domain(_ bytes: [UInt8], labels: Int) -> [UInt8] {
        let parts = bytes.split(separator: 46, omittingEmptySubsequences: false)
        return Array(parts.suffix(labels).joined(separator: [46]))
    }

    /// Decodes up to the first byte outside the alphabet; what does not make whole bytes is left.
    static func decodedBase64(_ text: RawSpan) -> [UInt8] {
        var result: [UInt8] = []
        var word: UInt32 = 0
        var bits = 0
        for index in 0..<text.byteCount {
            guard let value = Base64.value(text.byte(at: index)) else { break }
            word = word << 6 | UInt32(value)
            bits += 6
            if bits >= 8 {
                bits -= 8
                result.append(UInt8(truncatingIfNeeded: word >> UInt32(bits)))
            }
        }
        return result
    }
}
