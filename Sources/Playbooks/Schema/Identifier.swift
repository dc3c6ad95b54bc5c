import Foundation

/// `kind--<uuid>` (CACAO 10.10).
struct Identifier: Hashable {
    let kind: String
    /// As the OASIS schemas demand: version 1 to 5, variant of RFC 4122.
    let isStrict: Bool

    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count > 38, bytes.count < 300 else { return nil }
        let uuid = bytes.suffix(36)
        let head = bytes.dropLast(36)
        guard head.suffix(2).elementsEqual("--".utf8), head.count >= 4 else { return nil }
        let kind = head.dropLast(2)
        guard kind.allSatisfy({ $0 == 0x2d || (0x30...0x39).contains($0) || (0x61...0x7a).contains($0) }), let first = kind.first,
            (0x61...0x7a).contains(first), kind.last != 0x2d
        else { return nil }
        for (index, byte) in uuid.enumerated() {
            if [8, 13, 18, 23].contains(index) {
                guard byte == 0x2d else { return nil }
            } else {
                guard Character(Unicode.Scalar(byte)).isHexDigit else { return nil }
            }
        }
        let start = uuid.startIndex
        isStrict = (0x31...0x35).contains(uuid[start + 14]) && "89abAB".utf8.contains(uuid[start + 19])
        self.kind = String(decoding: kind, as: UTF8.self)
    }
}

/// A moment as CACAO writes it: RFC 3339 in UTC, any number of digits after the point.
public struct Moment: Hashable, Sendable {
    public let date: Date

    public init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.count >= 20, bytes.count <= 40, bytes.last == 0x5a else { return nil }
        func number(_ from: Int, _ count: Int) -> Int? {
            let part = bytes[from..<from + count]
            return part.allSatisfy { (0x30...0x39).contains($0) } ? part.reduce(0) { $0 * 10 + Int($1 - 0x30) } : nil
        }
        guard bytes[4] == 0x2d, bytes[7] == 0x2d, bytes[10] == 0x54, bytes[13] == 0x3a, bytes[16] == 0x3a, let year = number(0, 4),
            let month = number(5, 2), let day = number(8, 2), let hour = number(11, 2), let minute = number(14, 2),
            let second = number(17, 2), (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60
        else { return nil }
        var fraction = 0.0
        if bytes.count > 20 {
            let digits = bytes[20..<bytes.count - 1]
            guard bytes[19] == 0x2e, !digits.isEmpty, digits.allSatisfy({ (0x30...0x39).contains($0) }) else { return nil }
            fraction = Double("0." + String(decoding: digits, as: UTF8.self)) ?? 0
        }
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = .gmt
        guard
            let date = calendar.date(
                from: DateComponents(year: year, month: month, day: day, hour: hour, minute: minute, second: second)),
            calendar.component(.day, from: date) == day || second == 60
        else { return nil }
        self.date = date.addingTimeInterval(fraction)
    }

    public init(_ date: Date) { self.date = date }

    /// With milliseconds, as `created` and `modified` must have.
    public var text: String {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        return formatter.string(from: date)
    }
}

enum Base64 {
    /// Standard or URL alphabet, with or without padding and line breaks.
    static func decode(_ text: String) -> Data? {
        var plain = text.filter { !$0.isWhitespace }.replacing("-", with: "+").replacing("_", with: "/")
        while plain.hasSuffix("=") { plain.removeLast() }
        guard plain.utf8.count % 4 != 1 else { return nil }
        return Data(base64Encoded: plain + String(repeating: "=", count: (4 - plain.utf8.count % 4) % 4))
    }

    static func url(_ data: some Collection<UInt8>) -> String {
        Data(data).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
    }
}
