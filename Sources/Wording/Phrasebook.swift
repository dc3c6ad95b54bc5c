/// Messages in English and what they are in Vietnamese, for texts that are made where nobody knows the reader: by a library, or deep in a parser.
///
/// A phrase has holes: `expected {1}, found {2}`. The Vietnamese one takes what stood in them, in any order.
public struct Phrasebook: Sendable {
    private struct Phrase {
        /// What stands around the holes, in order.
        let pieces: [Substring]
        /// Which hole comes between two pieces.
        let holes: [Int]
        let vietnamese: String
    }

    private let phrases: [Phrase]

    /// - Parameter phrases: English and Vietnamese; the first that fits counts, so longer ones come first.
    public init(_ phrases: [(english: String, vietnamese: String)]) {
        self.phrases = phrases.map { english, vietnamese in
            var pieces: [Substring] = []
            var holes: [Int] = []
            var rest = english[...]
            while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}"),
                let hole = Int(rest[rest.index(after: open)..<close])
            {
                pieces.append(rest[..<open])
                holes.append(hole)
                rest = rest[rest.index(after: close)...]
            }
            pieces.append(rest)
            return Phrase(pieces: pieces, holes: holes, vietnamese: vietnamese)
        }
    }

    /// The message in Vietnamese; nil where no phrase fits.
    public func vietnamese(_ message: String) -> String? {
        for phrase in phrases {
            guard let values = Phrasebook.values(phrase, in: message) else { continue }
            return Phrasebook.filled(phrase.vietnamese, values)
        }
        return nil
    }

    private static func values(_ phrase: Phrase, in message: String) -> [(hole: Int, text: Substring)]? {
        guard message.hasPrefix(phrase.pieces[0]) else { return nil }
        var rest = message.dropFirst(phrase.pieces[0].count)
        guard !phrase.holes.isEmpty else { return rest.isEmpty ? [] : nil }
        var values: [(Int, Substring)] = []
        for (place, hole) in phrase.holes.enumerated() {
            let piece = phrase.pieces[place + 1]
            if place == phrase.holes.count - 1 {
                guard rest.hasSuffix(piece) else { return nil }
                values.append((hole, rest.dropLast(piece.count)))
            } else {
                guard let range = find(piece, in: rest) else { return nil }
                values.append((hole, rest[..<range.lowerBound]))
                rest = rest[range.upperBound...]
            }
        }
        return values
    }

    private static func find(_ piece: Substring, in text: Substring) -> Range<Substring.Index>? {
        var start = text.startIndex
        while true {
            let rest = text[start...]
            if rest.hasPrefix(piece) { return start..<text.index(start, offsetBy: piece.count) }
            guard start < text.endIndex else { return nil }
            start = text.index(after: start)
        }
    }

    /// In one pass, so that what stood in a hole is never taken for a hole.
    private static func filled(_ text: String, _ values: [(hole: Int, text: Substring)]) -> String {
        var filled = ""
        var rest = text[...]
        while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
            filled += rest[..<open]
            let hole = Int(rest[rest.index(after: open)..<close])
            filled += values.first { $0.hole == hole }?.text ?? rest[open...close]
            rest = rest[rest.index(after: close)...]
        }
        return filled + rest
    }
}
