import Foundation
import Wording

/// What the command line says of itself, in the language of the person. Commands carry it as constants, so the language is that of the start of
/// the program: `--lang`, else the environment.
enum HelpText {
    static let language = language(CommandLine.arguments, ProcessInfo.processInfo.environment)

    static func language(_ arguments: [String], _ environment: [String: String]) -> Language {
        let words = Array(arguments.dropFirst())
        if let index = words.lastIndex(of: "--lang"), index + 1 < words.count { return words[index + 1] == "en" ? .en : .vi }
        if let word = words.last(where: { $0.hasPrefix("--lang=") }) { return word == "--lang=en" ? .en : .vi }
        return (environment["LC_ALL"] ?? environment["LANG"] ?? "").hasPrefix("en") ? .en : .vi
    }

    /// What a command does, in a line; what an option is for.
    static func text(_ english: String) -> String {
        language == .vi ? vietnamese[english] ?? vietnameseOfOptions[english] ?? english : english
    }

    /// The parser's own headings.
    static func page(_ text: String, _ language: Language) -> String {
        guard language == .vi else { return text }
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line -> String in
            for (english, vietnamese) in headings where line.hasPrefix(english) { return vietnamese + line.dropFirst(english.count) }
            for end in [" for detailed help.", " for more information."] where line.hasPrefix("  See '") && line.hasSuffix(end) {
                return "  Xem thêm: " + line.dropFirst(6).dropLast(end.count)
            }
            for standard in ["Show the version.", "Show help information."] where line.hasSuffix(standard) {
                return String(line.dropLast(standard.count)) + (Self.vietnamese[standard] ?? standard)
            }
            return String(line)
        }.joined(separator: "\n").replacing("(values:", with: "(gồm:").replacing("(default:", with: "(mặc định:")
            .replacing("; default:", with: "; mặc định:")
    }

    private static let headings = [
        ("OVERVIEW: ", ""), ("USAGE: ", "CÁCH DÙNG: "), ("ARGUMENTS:", "THAM SỐ:"), ("OPTIONS:", "TÙY CHỌN:"), ("SUBCOMMANDS:", "LỆNH:"),
    ]
}
