import Bytes
import RuleLanguage

/// Sizes as rules and configurations write them: `1024`, `10kb`, `1MiB`.
public enum SizeText {
    /// Bytes; nil where the text is no size or the size is over 2^64.
    public static func bytes(_ text: ArraySlice<UInt8>) -> UInt64? {
        let digits = text.prefix(while: ASCII.isDigit)
        guard let number = digits.decimal else { return nil }
        let factor: UInt64
        switch text[digits.endIndex...].trimmed.lowercasedText {
        case "", "b": factor = 1
        case "k", "kb", "kib": factor = 1 << 10
        case "m", "mb", "mib": factor = 1 << 20
        case "g", "gb", "gib": factor = 1 << 30
        default: return nil
        }
        let (value, overflow) = number.multipliedReportingOverflow(by: factor)
        return overflow ? nil : value
    }
}
