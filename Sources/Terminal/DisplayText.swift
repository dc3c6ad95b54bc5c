/// Text that is safe and aligned on a terminal.
public enum DisplayText {
    /// Control characters, bidirectional overrides and the like shown as `·`: text from the wire must never command a terminal.
    public static func safe(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        for scalar in text.unicodeScalars {
            switch scalar.properties.generalCategory {
            case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator: result.append("·")
            default: result.append(scalar)
            }
        }
        return String(result)
    }

    /// Columns that the text takes: combining marks none, East Asian wide characters two.
    public static func width(_ text: String) -> Int {
        text.unicodeScalars.reduce(0) { $0 + width($1) }
    }

    private static func width(_ scalar: Unicode.Scalar) -> Int {
        switch scalar.properties.generalCategory {
        case .nonspacingMark, .enclosingMark, .format, .control: return 0
        default: break
        }
        switch scalar.value {
        case 0x1100...0x115f, 0x2e80...0xa4cf, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6,
            0x1f300...0x1f64f, 0x1f900...0x1f9ff, 0x20000...0x3fffd:
            return 2
        default: return 1
        }
    }

    /// The text in exactly `columns` columns: padded, or cut with an ellipsis.
    public static func fitted(_ text: String, to columns: Int) -> String {
        let size = width(text)
        if size <= columns { return text + String(repeating: " ", count: columns - size) }
        var result = ""
        var used = 0
        for character in text {
            let more = width(String(character))
            if used + more > columns - 1 { break }
            result.append(character)
            used += more
        }
        return result + "…" + String(repeating: " ", count: max(0, columns - used - 1))
    }
}

extension DisplayText {
    /// Text of several lines made safe, its line ends kept.
    public static func lines(_ text: String) -> String {
        text.split(separator: "\n", omittingEmptySubsequences: false).map { safe(String($0)) }.joined(separator: "\n")
    }

    /// The text in lines of at most `columns` columns, broken between words; a longer word has a line of its own.
    public static func wrapped(_ text: String, to columns: Int) -> [String] {
        guard width(text) > columns else { return [text] }
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !line.isEmpty, width(line) + 1 + width(String(word)) > max(columns, 1) {
                lines.append(line)
                line = String(word)
            } else {
                line += (line.isEmpty ? "" : " ") + word
            }
        }
        return lines + [line]
    }
}

extension DisplayText {
    /// A text in lines of at most `columns` columns, broken between words where there are spaces; the last of `most` lines is cut.
    public static func wrapped(_ text: String, to columns: Int, most: Int) -> [String] {
        let limit = max(2, columns)
        var lines: [String] = []
        var line = ""
        var rest = text.split(separator: " ", omittingEmptySubsequences: false).map(String.init)[...]
        while let word = rest.first {
            let joined = line.isEmpty ? word : line + " " + word
            if width(joined) <= limit {
                line = joined
                rest = rest.dropFirst()
                continue
            }
            if lines.count == most - 1 { return lines + [trimmedEnd(fitted(([line] + rest).joined(separator: " "), to: limit))] }
            if line.isEmpty {
                // A word that is longer than a line breaks where the line ends.
                var head = ""
                for character in word {
                    if width(head) + width(String(character)) > limit { break }
                    head.append(character)
                }
                lines.append(head)
                rest = [String(word.dropFirst(head.count))] + rest.dropFirst()
            } else {
                lines.append(line)
                line = ""
            }
        }
        return line.isEmpty ? lines : lines + [line]
    }

    private static func trimmedEnd(_ text: String) -> String {
        var text = text
        while text.last == " " { text.removeLast() }
        return text
    }
}
