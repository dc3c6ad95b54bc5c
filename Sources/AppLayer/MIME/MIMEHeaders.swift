import Bytes

/// The header fields of a mail or of one of its parts, in order; names in lower case, values unfolded.
struct MIMEHeaders {
    private(set) var fields: [(name: [UInt8], value: [UInt8])] = []
    private var size = 0
    private(set) var isOverLimit = false
    let limit: Int

    init(limit: Int) { self.limit = limit }

    /// Takes one header line without its end.
    mutating func append(_ line: RawSpan) {
        size += line.byteCount
        guard size <= limit else {
            isOverLimit = true
            return
        }
        guard line.byteCount > 0 else { return }
        if MIMEHeaders.isBlank(line.byte(at: 0)) {
            guard !fields.isEmpty else { return }
            fields[fields.count - 1].value += MIMEHeaders.trimmed(line)
            return
        }
        var colon = 0
        while colon < line.byteCount, line.byte(at: colon) != 58 { colon += 1 }
        guard colon < line.byteCount, colon > 0 else { return }
        let name = MIMEHeaders.trimmed(line.prefix(colon)).map(ASCII.lowercased)
        fields.append((name, MIMEHeaders.trimmed(line.dropping(colon + 1))))
    }

    static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }

    static func trimmed(_ bytes: RawSpan) -> [UInt8] {
        var start = 0
        var end = bytes.byteCount
        while start < end, isBlank(bytes.byte(at: start)) { start += 1 }
        while end > start, isBlank(bytes.byte(at: end - 1)) { end -= 1 }
        return bytes.extracting(start..<end).copied()
    }

    func first(_ name: String) -> [UInt8]? { fields.first { $0.name.elementsEqual(name.utf8) }?.value }

    func all(_ name: String) -> [[UInt8]] { fields.filter { $0.name.elementsEqual(name.utf8) }.map(\.value) }
}

/// A value with parameters, such as `multipart/mixed; boundary="x"` (RFC 2045 §5.1), with the continuations of RFC 2231.
struct MIMEParameters {
    /// What stands before the first semicolon, in lower case.
    private(set) var value: [UInt8] = []
    private var parameters: [(name: [UInt8], value: [UInt8])] = []

    init(_ text: [UInt8]) {
        var at = 0
        value = MIMEParameters.token(text, &at).map(ASCII.lowercased)
        while at < text.count, parameters.count < 64 {
            at += 1
            var name: [UInt8] = []
            while at < text.count, text[at] != 61, text[at] != 59 {
                if !ASCII.isSpace(text[at]) { name.append(ASCII.lowercased(text[at])) }
                at += 1
            }
            guard at < text.count, text[at] == 61 else { continue }
            at += 1
            parameters.append((name, MIMEParameters.token(text, &at)))
        }
    }

    /// Text up to a semicolon outside quotes; quotes are taken off.
    private static func token(_ text: [UInt8], _ at: inout Int) -> [UInt8] {
        var result: [UInt8] = []
        while at < text.count, ASCII.isSpace(text[at]) { at += 1 }
        var isQuoted = false
        while at < text.count {
            let byte = text[at]
            if byte == 34 {
                isQuoted.toggle()
            } else if byte == 92, isQuoted, at + 1 < text.count {
                at += 1
                result.append(text[at])
            } else if byte == 59, !isQuoted {
                break
            } else {
                result.append(byte)
            }
            at += 1
        }
        while let last = result.last, ASCII.isSpace(last) { result.removeLast() }
        return result
    }

    /// The parameter's value: plain, or put together from `name*0`, `name*1*` and so on.
    subscript(_ name: String) -> [UInt8] {
        let key = Array(name.utf8)
        if let plain = parameters.first(where: { $0.name == key }) { return plain.value }
        var result: [UInt8] = []
        for parameter in parameters where parameter.name.count > key.count && parameter.name.starts(with: key + [42]) {
            let isEncoded = parameter.name.last == 42
            result += isEncoded ? MIMEParameters.decoded(parameter.value) : parameter.value
        }
        return result
    }

    /// `charset'language'percent-encoded`; later pieces have the text alone.
    private static func decoded(_ text: [UInt8]) -> [UInt8] {
        var start = 0
        if let first = text.firstIndex(of: 39), let second = text[(first + 1)...].firstIndex(of: 39) { start = second + 1 }
        var result: [UInt8] = []
        var at = start
        while at < text.count {
            if text[at] == 37, text.count - at > 2, let high = ASCII.hexValue(text[at + 1]), let low = ASCII.hexValue(text[at + 2]) {
                result.append(high << 4 | low)
                at += 3
            } else {
                result.append(text[at])
                at += 1
            }
        }
        return result
    }
}
