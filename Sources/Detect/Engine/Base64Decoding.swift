import Bytes

/// Base64 as it is met in traffic, in Suricata's three ways of reading it.
enum Base64Decoding {
    /// - Returns: nil where the text is not what the mode allows.
    static func decode(_ text: RawSpan, _ mode: Base64Mode) -> [UInt8]? {
        if mode == .strict { return Base64.decoded(text) }
        var result: [UInt8] = []
        result.reserveCapacity(text.byteCount / 4 * 3)
        var group: InlineArray<4, UInt8> = [0, 0, 0, 0]
        var count = 0
        var index = 0
        while index < text.byteCount {
            let letter = text.byte(at: index)
            index += 1
            guard letter == 61 || Base64.value(letter) != nil else {
                if mode == .rfc2045 { continue }
                break
            }
            group[count] = letter
            count += 1
            if count == 4 {
                guard append(group, to: &result) else { return nil }
                count = 0
            }
        }
        // What is left of a group is as if it were padded, but only where the first other letter ends the text.
        if count > 0, mode == .rfc4648 {
            for rest in count..<4 { group[rest] = 61 }
            guard append(group, to: &result) else { return nil }
        }
        return result
    }

    private static func append(_ group: InlineArray<4, UInt8>, to result: inout [UInt8]) -> Bool {
        guard let first = Base64.value(group[0]), let second = Base64.value(group[1]) else { return false }
        result.append(first << 2 | second >> 4)
        if group[2] == 61 { return true }
        guard let third = Base64.value(group[2]) else { return false }
        result.append(second << 4 | third >> 2)
        if group[3] == 61 { return true }
        guard let fourth = Base64.value(group[3]) else { return false }
        result.append(third << 6 | fourth)
        return true
    }
}
