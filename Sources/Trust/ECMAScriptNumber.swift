/// Numbers as ECMAScript prints them (ECMA-262 Number::toString), which is what RFC 8785 §3.2.2.3 demands.
enum ECMAScriptNumber {
    /// The shortest text that reads back as the same number; nil for infinities and not-a-number.
    static func text(of value: Double) -> String? {
        guard value.isFinite else { return nil }
        if value == 0 { return "0" }
        let sign = value < 0 ? "-" : ""
        let (digits, point) = shortestDigits(value.magnitude)
        let count = digits.count
        // `point` is where the decimal point stands, counted from the first digit: 123.4 has digits 1234 and point 3.
        if point > 21 || point < -5 {
            let exponent = point - 1
            let fraction = count == 1 ? "" : "." + digits.dropFirst()
            return sign + digits.prefix(1) + fraction + (exponent < 0 ? "e-" : "e+") + String(exponent.magnitude)
        }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if point >= count { return sign + digits + String(repeating: "0", count: point - count) }
        return sign + digits.prefix(point) + "." + digits.dropFirst(point)
    }

    /// The fewest significant digits that identify a positive number (Swift's own printing finds them), and where the point stands.
    private static func shortestDigits(_ value: Double) -> (digits: String, point: Int) {
        let parts = value.description.split(separator: "e", maxSplits: 1)
        let exponent = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
        let mantissa = parts[0].split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let whole = mantissa[0]
        let fraction = mantissa.count == 2 ? mantissa[1] : ""
        var point = whole.count + exponent
        let all = whole + fraction
        let leadingZeros = all.prefix { $0 == "0" }.count
        point -= leadingZeros
        var digits = String(all.dropFirst(leadingZeros))
        while digits.hasSuffix("0") { digits.removeLast() }
        return (digits, point)
    }
}
