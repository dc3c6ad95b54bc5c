import Bytes

/// What the body of a SIP message says about a session (SDP, RFC 4566 §5).
///
/// Lines stand in a fixed order. A line that is not of its form counts as absent; without version, origin, name or time there is no
/// description, and what follows the last line that was understood is passed over.
struct SessionDescription {
    struct Time {
        var time: [UInt8]
        var repeatTime: [UInt8]?
    }

    struct Media {
        /// Kind, port, protocol and formats.
        var media: [UInt8]
        var information: [UInt8]?
        var connection: [UInt8]?
        var bandwidths: [[UInt8]]
        var key: [UInt8]?
        var attributes: [[UInt8]]
    }

    var origin: [UInt8]
    var name: [UInt8]
    var information: [UInt8]?
    var uri: [UInt8]?
    var email: [UInt8]?
    var phone: [UInt8]?
    var connection: [UInt8]?
    var bandwidths: [[UInt8]]
    var times: [Time]
    var zone: [UInt8]?
    var key: [UInt8]?
    var attributes: [[UInt8]]
    var media: [Media]

    /// Bytes of a body that are read.
    static let limit = 16 * 1024

    init?(_ body: RawSpan) {
        var lines = SDPLines(body)
        guard lines.take(118, { $0 == [48] ? [] : nil }) != nil, let origin = lines.take(111, SDPLines.origin),
            let name = lines.take(115, SDPLines.name)
        else { return nil }
        self.origin = origin
        self.name = name
        information = lines.take(105, SDPLines.name)
        uri = lines.take(117) { $0.allSatisfy(SDPLines.isURICharacter) ? Array($0) : nil }
        email = lines.take(101) { Array($0) }
        phone = lines.take(112) { Array($0) }
        connection = lines.take(99, SDPLines.connection)
        bandwidths = lines.takeAll(98, SDPLines.bandwidth)
        times = []
        while let time = lines.take(116, SDPLines.time) {
            times.append(Time(time: time, repeatTime: lines.take(114, SDPLines.adjustments)))
        }
        guard !times.isEmpty else { return nil }
        zone = lines.take(122, SDPLines.adjustments)
        key = lines.take(107) { Array($0) }
        attributes = lines.takeAll(97, SDPLines.attribute)
        media = []
        while let line = lines.take(109, SDPLines.media) {
            media.append(
                Media(
                    media: line, information: lines.take(105, SDPLines.name), connection: lines.take(99, SDPLines.connection),
                    bandwidths: lines.takeAll(98, SDPLines.bandwidth), key: lines.take(107) { Array($0) },
                    attributes: lines.takeAll(97, SDPLines.attribute)))
        }
    }

    /// The values behind a rule's buffer.
    ///
    /// Of what each description of a time or a medium may lack, those before the first that lacks it.
    func values(_ buffer: BufferID) -> [[UInt8]] {
        switch buffer {
        case .sdpOrigin: origin.isEmpty ? [] : [origin]
        case .sdpSessionName: name.isEmpty ? [] : [name]
        case .sdpSessionInfo: one(information)
        case .sdpURI: one(uri)
        case .sdpEmail: one(email)
        case .sdpPhoneNumber: one(phone)
        case .sdpConnectionData: one(connection)
        case .sdpBandwidth: bandwidths
        case .sdpTime: times.map(\.time)
        case .sdpRepeatTime: unbroken(times.map(\.repeatTime))
        case .sdpTimezone: one(zone)
        case .sdpEncryptionKey: one(key)
        case .sdpAttribute: attributes
        case .sdpMedia: media.map(\.media)
        case .sdpMediaInfo: unbroken(media.map(\.information))
        case .sdpMediaConnectionData: unbroken(media.map(\.connection))
        case .sdpMediaEncryptionKey: unbroken(media.map(\.key))
        default: []
        }
    }

    private func one(_ value: [UInt8]?) -> [[UInt8]] { value.map { [$0] } ?? [] }
    private func unbroken(_ values: [[UInt8]?]) -> [[UInt8]] { values.prefix { $0 != nil }.compactMap { $0 } }
}

/// The lines of a description, taken one after the other: a letter, `=`, and text of the letter's form.
private struct SDPLines {
    private let bytes: [UInt8]
    private var at = 0

    init(_ body: RawSpan) { bytes = body.prefix(min(body.byteCount, SessionDescription.limit)).copied() }

    /// The next line's text in the form that `read` gives it; nil leaves the line where it is.
    mutating func take(_ letter: UInt8, _ read: (ArraySlice<UInt8>) -> [UInt8]?) -> [UInt8]? {
        guard at + 1 < bytes.count, bytes[at] == letter, bytes[at + 1] == 61, let end = bytes[at...].firstIndex(of: 10) else { return nil }
        var text = bytes[at + 2..<max(end, at + 2)]
        if text.last == 13 { text.removeLast() }
        guard !text.contains(13), let value = read(text) else { return nil }
        at = end + 1
        return value
    }

    mutating func takeAll(_ letter: UInt8, _ read: (ArraySlice<UInt8>) -> [UInt8]?) -> [[UInt8]] {
        var values: [[UInt8]] = []
        while let value = take(letter, read) { values.append(value) }
        return values
    }

    private static func isLetterOrDigit(_ byte: UInt8) -> Bool { ASCII.isLetter(byte) || ASCII.isDigit(byte) }
    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }

    /// RFC 4566 §9, `token-char`.
    private static func isTokenCharacter(_ byte: UInt8) -> Bool {
        switch byte {
        case 0x21, 0x23...0x27, 0x2a, 0x2b, 0x2d, 0x2e, 0x30...0x39, 0x41...0x5a, 0x5e...0x7e: true
        default: false
        }
    }

    static func isURICharacter(_ byte: UInt8) -> Bool { isTokenCharacter(byte) || Array("~#@:;=?+&$,/".utf8).contains(byte) }

    /// The text's words between blanks. A first or last word may be empty.
    private static func words(_ text: ArraySlice<UInt8>, most: Int = .max) -> [ArraySlice<UInt8>] {
        var words: [ArraySlice<UInt8>] = []
        var rest = text
        while words.count < most - 1, let blank = rest.firstIndex(where: isBlank) {
            words.append(rest[..<blank])
            rest = rest[blank...].drop(while: isBlank)
        }
        return words + [rest]
    }

    private static func joined(_ words: [ArraySlice<UInt8>]) -> [UInt8] { Array(words.joined(separator: [32])) }

    static func origin(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let words = words(text, most: 6)
        guard words.count == 6, words[0].allSatisfy(isTokenCharacter), words[1].allSatisfy(ASCII.isDigit),
            words[2].allSatisfy(ASCII.isDigit), words[3].allSatisfy(ASCII.isLetter), words[4].allSatisfy(isLetterOrDigit)
        else { return nil }
        return joined(words)
    }

    static func name(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        text.allSatisfy { isLetterOrDigit($0) || isBlank($0) } ? Array(text) : nil
    }

    /// Network, kind of address, and an address with its time to live and how many there are (§5.7).
    static func connection(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let words = words(text)
        guard words.count == 3, words[0].allSatisfy(ASCII.isLetter), words[1].allSatisfy(isLetterOrDigit) else { return nil }
        let parts = words[2].split(separator: 47, omittingEmptySubsequences: false)
        guard parts.count <= 3, let address = IPAddress(String(decoding: parts[0], as: UTF8.self)) else { return nil }
        var numbers: [UInt8] = []
        for part in parts.dropFirst() {
            guard part.first != 48, part.allSatisfy(ASCII.isDigit), let number = UInt8(String(decoding: part, as: UTF8.self)) else {
                return nil
            }
            numbers.append(number)
        }
        if address.isV4, address.v4 >> 28 == 14, numbers.isEmpty { return nil }
        if !address.isV4 { numbers = Array(numbers.prefix(1)) }
        let end = numbers.map { "/\($0)" }.joined()
        return joined([words[0], words[1], ArraySlice((address.description + end).utf8)])
    }

    static func bandwidth(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard let colon = text.firstIndex(of: 58), ["CT", "AS", "TIAS"].contains(String(decoding: text[..<colon], as: UTF8.self)) else {
            return nil
        }
        let digits = text[(colon + 1)...]
        return !digits.isEmpty && digits.allSatisfy(ASCII.isDigit) ? Array(text) : nil
    }

    static func time(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let words = words(text)
        guard words.count == 2, words.allSatisfy({ !$0.isEmpty && $0.allSatisfy(ASCII.isDigit) }) else { return nil }
        return joined(words)
    }

    /// Four times with their units: repetitions and zones.
    static func adjustments(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let words = words(text)
        guard words.count == 4,
            words.allSatisfy({ $0.allSatisfy { ASCII.isDigit($0) || Array("dhms-".utf8).contains($0) } })
        else { return nil }
        return joined(words)
    }

    static func attribute(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let name = text.prefix(while: ASCII.isLetter)
        return name.endIndex == text.endIndex || text[name.endIndex] == 58 ? Array(text) : nil
    }

    static func media(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        let words = words(text)
        guard words.count >= 4,
            ["audio", "video", "text", "application", "message"].contains(String(decoding: words[0], as: UTF8.self)),
            ["udp", "RTP/AVP", "RTP/SAVP"].contains(String(decoding: words[2], as: UTF8.self)),
            words[3...].allSatisfy({ (1...255).contains($0.count) && $0.allSatisfy(isLetterOrDigit) })
        else { return nil }
        let ports = words[1].split(separator: 47, omittingEmptySubsequences: false)
        guard ports.count <= 2, ports.allSatisfy({ (1...5).contains($0.count) && $0.allSatisfy(ASCII.isDigit) }),
            let port = UInt16(String(decoding: ports[0], as: UTF8.self))
        else { return nil }
        let count = ports.count == 2 ? UInt16(String(decoding: ports[1], as: UTF8.self)) : nil
        let place = count.map { "\(port)/\($0)" } ?? "\(port)"
        return joined([words[0], ArraySlice(place.utf8)] + words[2...])
    }
}
