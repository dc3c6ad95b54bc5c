import Bytes

/// Time as people in Việt Nam read it: Asia/Ho_Chi_Minh is UTC+07:00 all year.
public enum LocalTime {
    public static let offsetSeconds: Int64 = 7 * 3600

    /// Year, month, day, hour, minute, second.
    public struct Fields: Hashable, Sendable {
        public var year: Int
        public var month: Int
        public var day: Int
        public var hour: Int = 0
        public var minute: Int = 0
        public var second: Int = 0

        public init(year: Int, month: Int, day: Int, hour: Int = 0, minute: Int = 0, second: Int = 0) {
            self.year = year
            self.month = month
            self.day = day
            self.hour = hour
            self.minute = minute
            self.second = second
        }
    }

    public static func fields(_ time: Timestamp) -> Fields {
        let local = time.seconds + offsetSeconds
        let days = floorDivide(local, 86400)
        let rest = Int(local - days * 86400)
        let (year, month, day) = civil(fromDays: days)
        return Fields(year: year, month: month, day: day, hour: rest / 3600, minute: rest / 60 % 60, second: rest % 60)
    }

    /// The moment of a local date and time; nil where there is no such date.
    public static func timestamp(_ fields: Fields) -> Timestamp? {
        guard (1...9999).contains(fields.year), (1...12).contains(fields.month), fields.day >= 1, (0...23).contains(fields.hour),
            (0...59).contains(fields.minute), (0...59).contains(fields.second)
        else { return nil }
        let days = days(fromCivil: fields.year, fields.month, fields.day)
        guard civil(fromDays: days) == (fields.year, fields.month, fields.day) else { return nil }
        return Timestamp(seconds: days * 86400 + Int64(fields.hour * 3600 + fields.minute * 60 + fields.second) - offsetSeconds)
    }

    /// `2026-11-21T10:20:03.123456+07:00`; the fraction only where it is not zero.
    public static func iso(_ time: Timestamp) -> String {
        let f = fields(time)
        let fraction = time.subsecondMicroseconds
        return "\(pad(f.year, 4))-\(pad(f.month))-\(pad(f.day))T\(pad(f.hour)):\(pad(f.minute)):\(pad(f.second))"
            + (fraction == 0 ? "" : "." + pad(Int(fraction), 6)) + "+07:00"
    }

    /// `21/11/2026 10:20:03`.
    public static func text(_ time: Timestamp) -> String {
        let f = fields(time)
        return "\(date(time)) \(pad(f.hour)):\(pad(f.minute)):\(pad(f.second))"
    }

    /// `21/11/2026`.
    public static func date(_ time: Timestamp) -> String {
        let f = fields(time)
        return "\(pad(f.day))/\(pad(f.month))/\(pad(f.year, 4))"
    }

    /// Reads `2026-11-21`, `2026-11-21T10:20[:03[.5]]` with `T` or a space, and an optional `Z` or `±hh:mm`; local time without one.
    public static func parse(_ text: String) -> Timestamp? {
        var rest = Substring(text)
        func number(_ count: Int) -> Int? {
            let digits = rest.prefix(count)
            guard digits.count == count, digits.utf8.allSatisfy(ASCII.isDigit) else { return nil }
            rest = rest.dropFirst(count)
            return Int(digits)
        }
        func take(_ characters: String) -> Bool {
            guard let first = rest.first, characters.contains(first) else { return false }
            rest = rest.dropFirst()
            return true
        }
        guard let year = number(4), take("-"), let month = number(2), take("-"), let day = number(2) else { return nil }
        var fields = Fields(year: year, month: month, day: day)
        var microseconds: Int64 = 0
        var shift: Int64 = 0
        if !rest.isEmpty {
            guard take("T ") else { return nil }
            guard let hour = number(2), take(":"), let minute = number(2) else { return nil }
            fields.hour = hour
            fields.minute = minute
            if take(":") {
                guard let second = number(2) else { return nil }
                fields.second = second
                if take(".") {
                    let digits = rest.prefix { $0.isASCII && $0.isNumber }
                    guard !digits.isEmpty, let value = Int64((digits.prefix(6) + "000000").prefix(6)) else { return nil }
                    microseconds = value
                    rest = rest.dropFirst(digits.count)
                }
            }
            if take("Z") {
                shift = offsetSeconds
            } else if let sign = rest.first, sign == "+" || sign == "-" {
                rest = rest.dropFirst()
                guard let hours = number(2), hours < 24 else { return nil }
                _ = take(":")
                guard let minutes = number(2), minutes < 60 else { return nil }
                shift = offsetSeconds - Int64(hours * 3600 + minutes * 60) * (sign == "-" ? -1 : 1)
            }
        }
        guard rest.isEmpty, let time = timestamp(fields) else { return nil }
        return Timestamp(microseconds: time.microseconds + shift * 1_000_000 + microseconds)
    }

    // Howard Hinnant's civil calendar algorithms, exact for every year.

    static func civil(fromDays days: Int64) -> (year: Int, month: Int, day: Int) {
        let z = days + 719_468
        let era = floorDivide(z, 146_097)
        let dayOfEra = z - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shifted = (5 * dayOfYear + 2) / 153
        let month = shifted < 10 ? shifted + 3 : shifted - 9
        return (Int(yearOfEra + era * 400 + (month <= 2 ? 1 : 0)), Int(month), Int(dayOfYear - (153 * shifted + 2) / 5 + 1))
    }

    static func days(fromCivil year: Int, _ month: Int, _ day: Int) -> Int64 {
        let y = Int64(month <= 2 ? year - 1 : year)
        let era = floorDivide(y, 400)
        let yearOfEra = y - era * 400
        let dayOfYear = Int64((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1)
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : -((-a + b - 1) / b) }

    private static func pad(_ value: Int, _ width: Int = 2) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}
