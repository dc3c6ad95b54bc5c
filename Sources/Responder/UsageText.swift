import ArgumentParser
import Wording

/// What is said of a command line that cannot be read.
enum UsageText {
    /// The parser's own message in the reader's language: what is wrong, how it is written, where more is told.
    static func told(_ message: String, _ language: Language) -> String {
        guard language == .vi else { return message }
        return message.split(separator: "\n", omittingEmptySubsequences: false)
            .map { phrases.vietnamese(String($0)) ?? String($0) }.joined(separator: "\n")
    }

    private static let phrases = Phrasebook([
        ("Error: Unexpected argument '{1}'", "Lỗi: thừa tham số “{1}”"),
        ("Error: {1} unexpected arguments: {2}", "Lỗi: thừa {1} tham số: {2}"),
        ("Error: Missing expected argument '{1}'", "Lỗi: thiếu tham số “{1}”"),
        ("Error: Missing one of: {1}", "Lỗi: thiếu một trong: {1}"),
        ("Error: Unknown option '{1}'. Did you mean '{2}'?", "Lỗi: không có tùy chọn {1}. Có phải {2}?"),
        ("Error: Unknown option '{1}'", "Lỗi: không có tùy chọn {1}"),
        ("Error: Missing value for '{1}'", "Lỗi: thiếu giá trị cho {1}"),
        ("Error: The value '{1}' is invalid for '{2}': {3}", "Lỗi: “{1}” không hợp lệ cho {2}: {3}"),
        (
            "Error: The value '{1}' is invalid for '{2}'. Please provide one of {3} and {4}.",
            "Lỗi: “{1}” không hợp lệ cho {2}. Hãy dùng {3} hoặc {4}."
        ),
        (
            "Error: The value '{1}' is invalid for '{2}'. Please provide one of {3} or {4}.",
            "Lỗi: “{1}” không hợp lệ cho {2}. Hãy dùng {3} hoặc {4}."
        ),
        (
            "Error: The value '{1}' is invalid for '{2}'. Please provide one of the following:",
            "Lỗi: “{1}” không hợp lệ cho {2}. Hãy dùng một trong:"
        ),
        (
            "Error: The value '{1}' is invalid for '{2}'. Please provide one of {3}.",
            "Lỗi: “{1}” không hợp lệ cho {2}. Hãy dùng một trong {3}."
        ),
        ("Error: The value '{1}' is invalid for '{2}'", "Lỗi: “{1}” không hợp lệ cho {2}"),
        ("Error: The option '{1}' does not take any value, but '{2}' was specified.", "Lỗi: {1} không nhận giá trị, nhưng có “{2}”."),
        ("Error: {1}", "Lỗi: {1}"),
        ("Help:  {1}", "Nghĩa: {1}"),
        ("Usage: {1}", "Cách gọi: {1}"),
        ("  See '{1}' for more information.", "  Xem {1}."),
    ])

    /// A word at a place where only commands stand, and none of that name does; nil where the command line fails for another reason.
    static func unknownCommand(_ arguments: [String], below root: any ParsableCommand.Type) -> UsageError? {
        var command = root
        var path = [name(root)]
        for word in arguments {
            let known = command.configuration.subcommands
            guard !known.isEmpty, !word.hasPrefix("-"), word != "help" else { return nil }
            if let next = known.first(where: { name($0) == word || $0.configuration.aliases.contains(word) }) {
                command = next
                path.append(word)
                continue
            }
            let place = path.joined(separator: " ")
            var meant = known.map(name).filter { distance($0, word) <= ($0.count > 4 ? 2 : 1) }.map { "\(place) \($0)" }
            if meant.isEmpty { meant = places(of: word, in: root, path: [name(root)]) }
            let help = "\(place) --help"
            let said = (path.dropFirst() + [String(word.prefix(40))]).joined(separator: " ")
            guard !meant.isEmpty, meant.count <= 3 else {
                return UsageError(
                    "không có lệnh “\(said)”; \(help) liệt kê các lệnh", "there is no command \"\(said)\"; \(help) lists them")
            }
            return UsageError(
                "không có lệnh “\(said)”. Có phải: \(meant.joined(separator: ", "))? Không thì xem \(help)",
                "there is no command \"\(said)\". Did you mean: \(meant.joined(separator: ", "))? If not, see \(help)")
        }
        return nil
    }

    private static func name(_ command: any ParsableCommand.Type) -> String { command.configuration.commandName ?? "" }

    /// Where in the tree a command of that name is.
    private static func places(of word: String, in command: any ParsableCommand.Type, path: [String]) -> [String] {
        command.configuration.subcommands.flatMap { next in
            let here = path + [name(next)]
            return (name(next) == word ? [here.joined(separator: " ")] : []) + places(of: word, in: next, path: here)
        }
    }

    /// How many letters must be added, left out, exchanged with another or with their neighbour (Damerau's distance, restricted).
    static func distance(_ one: String, _ other: String) -> Int {
        let (one, other) = (Array(one.utf8.prefix(40)), Array(other.utf8.prefix(40)))
        var before: [Int] = []
        var last = Array(0...other.count)
        for i in 0..<one.count {
            var next = [i + 1]
            for j in 0..<other.count {
                var least = min(last[j + 1] + 1, next[j] + 1, last[j] + (one[i] == other[j] ? 0 : 1))
                if i > 0, j > 0, one[i] == other[j - 1], one[i - 1] == other[j] { least = min(least, before[j - 1] + 1) }
                next.append(least)
            }
            (before, last) = (last, next)
        }
        return last[other.count]
    }
}
