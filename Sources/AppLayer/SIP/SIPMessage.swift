import Bytes

/// A SIP message: its first line, its headers, and where its body is (RFC 3261 §7).
struct SIPMessage {
    enum Start {
        case request(method: [UInt8], uri: [UInt8])
        case response(code: [UInt8], reason: [UInt8])
    }

    var start: Start
    var version: [UInt8]
    /// The first line without its end.
    var line: [UInt8]
    var headers: [(name: [UInt8], value: [UInt8])]
    /// Bytes of first line and headers, with the empty line.
    var headLength: Int
    /// Bytes of the first line with its end.
    var lineLength = 0
    /// Bytes of the headers without the empty line.
    var headersLength = 0

    /// What its body says about a session.
    var session: SessionDescription?

    /// The body is said to describe a session.
    var describesSession: Bool {
        guard let header = SIPFields.headers[.sipContentType], let type = values(header).first else { return false }
        return String(decoding: type.prefix { $0 != 59 && $0 != 32 }.map(ASCII.lowercased), as: UTF8.self) == "application/sdp"
    }

    var isRequest: Bool {
        if case .request = start { return true }
        return false
    }

    /// Most headers that are kept.
    static let mostHeaders = 256

    /// Values of a header, in order.
    func values(_ wanted: (name: [UInt8], short: UInt8?)) -> [[UInt8]] {
        headers.filter { header in
            header.name.elementsEqual(wanted.name) { ASCII.lowercased($0) == $1 }
                || header.name.count == 1 && wanted.short != nil && header.name.first.map(ASCII.lowercased) == wanted.short
        }.map(\.value)
    }

    /// What Content-Length says; 0 where there is none.
    var contentLength: Int {
        guard let header = SIPFields.headers[.sipContentLength], let text = values(header).first else { return 0 }
        var length = 0
        for digit in text {
            guard ASCII.isDigit(digit), length < 1 << 24 else { break }
            length = length * 10 + Int(digit - 48)
        }
        return length
    }

    enum Reading {
        case message(SIPMessage)
        case incomplete
        case invalid
    }

    /// Reads the head of a message. A datagram's head ends with the datagram, even without an empty line.
    static func read(_ bytes: RawSpan, isDatagram: Bool) -> Reading {
        var lines: [Range<Int>] = []
        var at = 0
        var isWhole = false
        var lineLength = 0
        var empty = 0
        while let end = bytes.firstOffset(of: 10, from: at) {
            var stop = end
            if stop > at, bytes.byte(at: stop - 1) == 13 { stop -= 1 }
            let range = at..<stop
            at = end + 1
            if lines.isEmpty { lineLength = at }
            if range.isEmpty {
                empty = range.lowerBound
                isWhole = true
                break
            }
            if lines.count <= mostHeaders { lines.append(range) }
        }
        if !isWhole {
            guard isDatagram else { return bytes.byteCount > 64 * 1024 ? .invalid : .incomplete }
            return .incomplete
        }
        guard let first = lines.first, var message = head(bytes.extracting(first).copied()) else { return .invalid }
        for range in lines.dropFirst() {
            let line = bytes.extracting(range).copied()
            if line[0] == 32 || line[0] == 9, !message.headers.isEmpty {
                message.headers[message.headers.count - 1].value += [32] + trimmed(line[...])
                continue
            }
            guard let colon = line.firstIndex(of: 58) else { continue }
            message.headers.append((trimmed(line[..<colon]), trimmed(line[(colon + 1)...])))
        }
        message.headLength = at
        message.lineLength = lineLength
        message.headersLength = empty - lineLength
        return .message(message)
    }

    private static func head(_ line: [UInt8]) -> SIPMessage? {
        guard let blank = line.firstIndex(of: 32) else { return nil }
        let first = Array(line[..<blank])
        let rest = line[(blank + 1)...]
        if isVersion(first) {
            let code = Array(rest.prefix { $0 != 32 })
            guard code.count == 3, code.allSatisfy(ASCII.isDigit) else { return nil }
            return SIPMessage(
                start: .response(code: code, reason: Array(rest.dropFirst(4))), version: first, line: line, headers: [], headLength: 0)
        }
        guard let last = rest.lastIndex(of: 32), !first.isEmpty,
            first.allSatisfy({ ASCII.isLetter($0) || ASCII.isDigit($0) || $0 == 45 || $0 == 95 })
        else { return nil }
        let version = Array(rest[(last + 1)...])
        guard isVersion(version) else { return nil }
        return SIPMessage(
            start: .request(method: first, uri: Array(rest[..<last])), version: version, line: line, headers: [], headLength: 0)
    }

    static func isVersion(_ word: [UInt8]) -> Bool { word.count >= 5 && word.prefix(4).elementsEqual(Array("SIP/".utf8)) }

    private static func trimmed(_ text: ArraySlice<UInt8>) -> [UInt8] {
        var text = text
        while let last = text.last, last == 32 || last == 9 { text.removeLast() }
        return Array(text.drop { $0 == 32 || $0 == 9 })
    }
}
