import Bytes

/// Brings a request target into the form that `http.uri` shows: decoded once, path cleaned up (rule-semantics W1–W3).
enum URINormalizer {
    /// - Parameter target: the request target as sent; in absolute form only path and query are kept.
    static func normalise(_ target: [UInt8]) -> [UInt8] {
        let local = pathAndQuery(target)
        let split = local.firstIndex(of: 63) ?? local.endIndex
        let path = clean(decode(local[local.startIndex..<split], inPath: true))
        return path + decode(local[split...], inPath: false)
    }

    /// What stands after `scheme://authority`; the whole target when it is in origin form.
    static func pathAndQuery(_ target: [UInt8]) -> ArraySlice<UInt8> {
        guard let authority = authorityRange(target) else { return target[...] }
        return target[authority.upperBound...]
    }

    /// Where the authority of an absolute target lies.
    static func authorityRange(_ target: [UInt8]) -> Range<Int>? {
        guard let first = target.first, ASCII.isLetter(first) else { return nil }
        guard let colon = target.prefix(16).firstIndex(of: 58), colon + 2 < target.count, target[colon + 1] == 47, target[colon + 2] == 47
        else { return nil }
        let start = colon + 3
        var end = start
        while end < target.count, target[end] != 47, target[end] != 63, target[end] != 35 { end += 1 }
        return start..<end
    }

    private static func decode(_ bytes: ArraySlice<UInt8>, inPath: Bool) -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        var index = bytes.startIndex
        while index < bytes.endIndex {
            let byte = bytes[index]
            if byte == 37 {
                if index + 2 < bytes.endIndex, let high = ASCII.hexValue(bytes[index + 1]), let low = ASCII.hexValue(bytes[index + 2]) {
                    result.append(high << 4 | low)
                    index += 3
                    continue
                }
                if inPath, index + 5 < bytes.endIndex, bytes[index + 1] | 0x20 == 117,
                    let a = ASCII.hexValue(bytes[index + 2]), let b = ASCII.hexValue(bytes[index + 3]),
                    let c = ASCII.hexValue(bytes[index + 4]), let d = ASCII.hexValue(bytes[index + 5])
                {
                    let code = UInt16(a) << 12 | UInt16(b) << 8 | UInt16(c) << 4 | UInt16(d)
                    result.append(bestFit(code))
                    index += 6
                    continue
                }
            }
            result.append(byte)
            index += 1
        }
        if inPath {
            for index in result.indices where result[index] == 92 { result[index] = 47 }
        }
        return result
    }

    /// One byte for a 16-bit character: itself below 256, full-width forms as their ASCII letters, `?` otherwise.
    private static func bestFit(_ code: UInt16) -> UInt8 {
        if code < 256 { return UInt8(code) }
        if (0xff01...0xff5e).contains(code) { return UInt8(code - 0xfee0) }
        return 63
    }

    /// Collapses `//`, removes `/./`, resolves `/x/../`.
    private static func clean(_ path: [UInt8]) -> [UInt8] {
        guard path.first == 47 else { return path }
        var result: [UInt8] = []
        result.reserveCapacity(path.count)
        var index = 0
        while index < path.count {
            if path[index] == 47 {
                var next = index + 1
                while next < path.count, path[next] == 47 { next += 1 }
                let end = path[next...].firstIndex(of: 47) ?? path.count
                let segment = path[next..<end]
                if segment.elementsEqual([46]) {
                    index = end
                    if end == path.count { result.append(47) }
                    continue
                }
                if segment.elementsEqual([46, 46]) {
                    while let last = result.popLast(), last != 47 {}
                    index = end
                    if end == path.count { result.append(47) }
                    continue
                }
                result.append(47)
                result += segment
                index = end
            } else {
                result.append(path[index])
                index += 1
            }
        }
        return result.isEmpty ? [47] : result
    }
}
