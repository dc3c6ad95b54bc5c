import Wording

/// A text of a report with what is filled into it, as the code writes it: `"Cảm biến \(name) đã dừng"`. Its pattern, `Cảm biến {1} đã dừng`,
/// is what a template names it by to change its wording.
public struct Phrase: ExpressibleByStringInterpolation, Sendable, Hashable {
    public var pattern: String
    public var arguments: [String]

    public init(stringLiteral text: String) {
        pattern = text
        arguments = []
    }

    public init(stringInterpolation text: Interpolation) {
        pattern = text.pattern
        arguments = text.arguments
    }

    public struct Interpolation: StringInterpolationProtocol {
        var pattern = ""
        var arguments: [String] = []

        public init(literalCapacity: Int, interpolationCount: Int) {}
        public mutating func appendLiteral(_ literal: String) { pattern += literal }

        public mutating func appendInterpolation(_ value: some Any) {
            arguments.append("\(value)")
            pattern += "{\(arguments.count)}"
        }
    }

    /// Another pattern with the arguments put into it.
    func filled(_ other: String? = nil) -> String {
        var text = other ?? pattern
        guard !arguments.isEmpty else { return text }
        // One pass, so that an argument that looks like a place is not filled in again.
        var result = ""
        while let open = text.firstIndex(of: "{") {
            result += text[..<open]
            text = String(text[open...])
            guard let close = text.firstIndex(of: "}"), let number = Int(text[text.index(after: text.startIndex)..<close]),
                arguments.indices.contains(number - 1)
            else {
                result += "{"
                text.removeFirst()
                continue
            }
            result += arguments[number - 1]
            text = String(text[text.index(after: close)...])
        }
        return result + text
    }
}

/// Texts that a template words otherwise, by their Vietnamese pattern.
public struct ReportWording: Sendable {
    var replacements: [String: BilingualText] = [:]

    public init() {}

    func text(_ vietnamese: Phrase, _ english: Phrase, _ language: Language) -> String {
        let other = replacements[vietnamese.pattern]
        return language == .vi ? vietnamese.filled(other?.vietnamese) : english.filled(other?.english)
    }

    func text(_ text: BilingualText) -> BilingualText { replacements[text.vietnamese] ?? text }
}
