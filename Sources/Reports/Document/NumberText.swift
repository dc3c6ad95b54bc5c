import Wording

/// Numbers as people of a language write them: `1.234,5` and `1,234.5`.
struct NumberText: Sendable {
    let language: Language

    private var group: String { language == .vi ? "." : "," }
    private var point: String { language == .vi ? "," : "." }

    func count(_ value: Int) -> String { count(Int64(value)) }

    func count(_ value: Int64) -> String {
        var digits = String(value.magnitude)
        var parts: [String] = []
        while digits.count > 3 {
            parts.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        parts.insert(digits, at: 0)
        return (value < 0 ? "-" : "") + parts.joined(separator: group)
    }

    /// A share 0...1 with one decimal: `97,3%`. Never rounded up to all or down to nothing.
    func percent(_ share: Double) -> String {
        var tenths = Int((share * 1000).rounded())
        if share < 1 { tenths = min(tenths, 999) }
        if share > 0 { tenths = max(tenths, 1) }
        return tenths % 10 == 0 ? "\(tenths / 10)%" : "\(tenths / 10)\(point)\(tenths % 10)%"
    }

    /// A change with its sign: `+50%`, `-12,5%`.
    func change(_ share: Double) -> String {
        let tenths = Int((share * 1000).rounded())
        let size = abs(tenths)
        return (tenths > 0 ? "+" : tenths < 0 ? "-" : "") + (size % 10 == 0 ? "\(size / 10)%" : "\(size / 10)\(point)\(size % 10)%")
    }

    /// `2 giờ 05 phút`, `3 ngày 4 giờ`, `40 giây`.
    func duration(_ seconds: Double) -> String {
        let total = Int(max(0, seconds).rounded())
        let isVietnamese = language == .vi
        if total < 60 { return isVietnamese ? "\(total) giây" : "\(total) s" }
        if total < 3600 { return isVietnamese ? "\(total / 60) phút" : "\(total / 60) min" }
        if total < 86_400 {
            let minutes = total / 60 % 60
            return isVietnamese ? "\(total / 3600) giờ \(minutes) phút" : "\(total / 3600) h \(minutes) min"
        }
        return isVietnamese
            ? "\(count(total / 86_400)) ngày \(total / 3600 % 24) giờ" : "\(count(total / 86_400)) d \(total / 3600 % 24) h"
    }

    /// `12,3 MB`.
    func bytes(_ value: Int64) -> String {
        if value < 1024 { return "\(value) B" }
        var size = Double(value)
        var unit = "B"
        for next in ["KB", "MB", "GB", "TB", "PB"] where size >= 1024 {
            size /= 1024
            unit = next
        }
        let tenths = Int((size * 10).rounded())
        return count(Int64(tenths / 10)) + "\(point)\(tenths % 10) \(unit)"
    }
}
