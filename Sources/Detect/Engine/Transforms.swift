import AppLayer
import Bytes
import Digest
import Match

/// What transforms do to a buffer (rule-semantics B3).
enum Transforms {
    /// - Returns: nil where the transform fails; then nothing of the buffer's tests holds.
    static func apply(_ transform: CompiledTransform, to bytes: [UInt8], _ scratch: RegexScratch) -> [UInt8]? {
        switch transform {
        case .plain(.fromBase64(let count, let offset, let mode)): return base64(bytes, count, offset, mode)
        case .plain(let plain): return apply(plain, to: bytes)
        case .domain(let suffixes, let isWhole):
            guard let found = suffixes.split(bytes) else { return [] }
            return Array(isWhole ? found.domain : found.suffix)
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
        case .stripPseudoHeaders: return withoutPseudoHeaders(bytes)
        case .gunzip(let limit): return WholeInflate.decompressed(bytes.rawSpan, .gzip, limit: limit) ?? []
        case .inflate(let limit): return WholeInflate.decompressed(bytes.rawSpan, .zlib, limit: limit) ?? []
        case .slice(let slice): return part(bytes, slice)
        // These have compiled forms of their own.
        case .domain, .topLevelDomain, .fromBase64, .regularExpression: return bytes
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

    /// Lines that begin with a colon are taken out, with their ends.
    private static func withoutPseudoHeaders(_ bytes: [UInt8]) -> [UInt8] {
        var result: [UInt8] = []
        var start = 0
        while start < bytes.count {
            let end = bytes[start...].firstIndex(of: 10).map { $0 + 1 } ?? bytes.count
            if bytes[start] != 58 { result += bytes[start..<end] }
            start = end
        }
        return result
    }

    /// An offset or a count that does not fit leaves the buffer as it is, as in Suricata.
    private static func base64(_ bytes: [UInt8], _ count: Int?, _ offset: Int, _ mode: Base64Mode) -> [UInt8]? {
        guard offset == 0 || offset < bytes.count else { return bytes }
        let text = bytes.rawSpan.dropping(offset)
        if let count, count >= text.byteCount { return bytes }
        guard let decoded = Base64Decoding.decode(text.prefix(count ?? Int.max), mode), !decoded.isEmpty else { return nil }
        return decoded
    }

    private static func part(_ bytes: [UInt8], _ slice: BufferSlice) -> [UInt8] {
        let size = bytes.count
        guard slice.truncates || abs(slice.offset) <= size else { return [] }
        let start = slice.offset >= 0 ? min(slice.offset, size) : size + max(slice.offset, -size)
        var end = size
        if let count = slice.count {
            let wanted = count < 0 ? size + count : start + count
            guard slice.truncates || (0...size).contains(wanted) else { return [] }
            end = min(max(wanted, 0), size)
        }
        return Array(bytes[min(start, end)..<max(start, end)])
    }
}
