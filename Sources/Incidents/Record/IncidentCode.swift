/// How people call an incident: `VG-2026-0001`, numbered through each year of Asia/Ho_Chi_Minh.
public struct IncidentCode: Hashable, Comparable, Sendable, LosslessStringConvertible {
    public let year: Int
    public let number: Int

    public init(year: Int, number: Int) {
        self.year = year
        self.number = number
    }

    /// Takes `VG-2026-0001`, in any case and with leading zeros left out.
    public init?(_ text: String) {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard parts.count == 3, parts[0].uppercased() == "VG", parts[1].count == 4, let year = Int(parts[1]), year >= 0,
            (1...9).contains(parts[2].count), let number = Int(parts[2]), number > 0
        else { return nil }
        self.init(year: year, number: number)
    }

    public var description: String {
        let digits = String(number)
        return "VG-\(year)-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }

    /// What ledger entries about this incident name.
    public var subject: String { "incident/\(description)" }

    public static func < (a: IncidentCode, b: IncidentCode) -> Bool { (a.year, a.number) < (b.year, b.number) }
}

/// A category of TT 20/2017 Mẫu 05 or QĐ 05/2017 Phụ lục II, such as `MALWARE`. The list is the compliance profile's.
public struct CategoryCode: RawRepresentable, Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
    public var description: String { rawValue }
    public static func < (a: CategoryCode, b: CategoryCode) -> Bool { a.rawValue < b.rawValue }
}

/// What a network sensor calls it, finer than a category: `PORTSCAN`, `C2_BOTNET`. The list is Rules/correlation.yaml.
public struct KindCode: RawRepresentable, Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }
    public init(stringLiteral value: String) { rawValue = value }
    public var description: String { rawValue }
    public static func < (a: KindCode, b: KindCode) -> Bool { a.rawValue < b.rawValue }
}
