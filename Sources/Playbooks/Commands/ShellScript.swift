import Bytes

/// A shell script whose references `__name__:value` are turned into expansions of shell variables.
///
/// The value is expanded by the shell after it has parsed the script, so no value can end a quote, start a command, or be split into
/// words, whatever the quoting around the reference. Where a shell or another program would take an expanded value for a program again
/// (arithmetic, `eval`, the text of `sed`), a demand on the value is noted, and a value that does not meet it never gets there.
public struct ShellScript: Sendable {
    /// What a value must be where it is used.
    public enum Demand: Int, Comparable, Sendable {
        /// Nothing: it stands in quotes.
        case none
        /// No option: it begins a word of a command line.
        case notAnOption
        /// Letters, digits and `_ . : @ / , + -`: it becomes part of a program's text.
        case plain
        /// A whole number: shells evaluate what stands in arithmetic.
        case integer
        /// No value may stand here: it would not be filled in.
        case never

        public static func < (a: Demand, b: Demand) -> Bool { a.rawValue < b.rawValue }
    }

    public struct Use: Hashable, Sendable {
        public var name: String
        public var demand: Demand
        /// The command's word is the value itself.
        public var isCommandWord: Bool
    }

    /// For `bash -c`.
    private(set) var text = ""
    private(set) var uses: [Use] = []

    /// The names that it refers to, sorted.
    var variables: [String] { Set(uses.map(\.name)).sorted() }

    private enum Quoting: Equatable { case none, single, double, ansi, arithmetic, backtick, parameter }

    init(_ source: String) {
        var stack: [(quoting: Quoting, parentheses: Int)] = [(.none, 0)]
        var heredocs: [(word: String, isQuoted: Bool, stripsTabs: Bool)] = []
        let lineDemands = source.split(separator: "\n", omittingEmptySubsequences: false).map { Self.demand(of: String($0)) }
        var line = 0
        var lineText = ""
        var rest = Substring(source)

        while let character = rest.first {
            let (quoting, parentheses) = stack[stack.count - 1]
            if character == "\n" {
                text.append(character)
                rest = rest.dropFirst()
                line += 1
                lineText = ""
                if quoting == .none || quoting == .backtick {
                    for heredoc in heredocs { body(heredoc, &rest, &line) }
                    heredocs = []
                }
                continue
            }
            if character == "_", let reference = VariableName.reference(at: rest) {
                let lineDemand = lineDemands.indices.contains(line) ? lineDemands[line] : .none
                use(reference.name, quoting, lineDemand, before: lineText)
                rest = rest.dropFirst(reference.length)
                lineText += "x"
                continue
            }
            lineText.append(character)
            switch (quoting, character) {
            case (.single, "'"): stack.removeLast()
            case (.single, _): break
            case (.ansi, "\\"), (.none, "\\"), (.double, "\\"), (.backtick, "\\"), (.parameter, "\\"), (.arithmetic, "\\"):
                text.append(character)
                rest = rest.dropFirst()
                if let escaped = rest.first {
                    text.append(escaped)
                    if escaped == "\n" { line += 1 }
                    rest = rest.dropFirst()
                }
                continue
            case (.ansi, "'"): stack.removeLast()
            case (.ansi, _): break
            case (.double, "\""): stack.removeLast()
            case (_, "$") where rest.hasPrefix("$'") && quoting != .double:
                text += "$'"
                rest = rest.dropFirst(2)
                stack.append((.ansi, 0))
                continue
            case (_, "$") where rest.hasPrefix("$(("):
                text += "$(("
                rest = rest.dropFirst(3)
                stack.append((.arithmetic, 2))
                continue
            case (_, "$") where rest.hasPrefix("$("):
                text += "$("
                rest = rest.dropFirst(2)
                stack.append((.none, 1))
                continue
            case (_, "$") where rest.hasPrefix("${"):
                text += "${"
                rest = rest.dropFirst(2)
                stack.append((.parameter, 0))
                continue
            case (.parameter, "}"): stack.removeLast()
            case (.backtick, "`"): stack.removeLast()
            case (_, "`") where quoting != .arithmetic: stack.append((.backtick, 0))
            case (.double, _): break
            case (_, "'") where quoting != .arithmetic: stack.append((.single, 0))
            case (_, "\""): stack.append((.double, 0))
            case (.none, "#"), (.backtick, "#"):
                // A comment, where a word could begin.
                if text.isEmpty || text.last?.isWhitespace == true || ";&|(".contains(text.last ?? " ") {
                    let comment = rest.prefix { $0 != "\n" }
                    text += comment
                    rest = rest.dropFirst(comment.count)
                    continue
                }
            case (.none, "(") where rest.hasPrefix("((") && lineText.dropLast().allSatisfy({ $0.isWhitespace }):
                text += "(("
                rest = rest.dropFirst(2)
                stack.append((.arithmetic, 2))
                continue
            case (.none, "("), (.arithmetic, "("): stack[stack.count - 1].parentheses = parentheses + 1
            case (.none, ")"), (.arithmetic, ")"):
                if parentheses > 0 {
                    stack[stack.count - 1].parentheses = parentheses - 1
                    if parentheses == 1, stack.count > 1 { stack.removeLast() }
                }
            case (.none, "<") where rest.hasPrefix("<<") && !rest.hasPrefix("<<<"),
                (.backtick, "<") where rest.hasPrefix("<<") && !rest.hasPrefix("<<<"):
                if let heredoc = Self.heredoc(rest) {
                    heredocs.append((heredoc.word, heredoc.isQuoted, heredoc.stripsTabs))
                    text += rest.prefix(heredoc.length)
                    rest = rest.dropFirst(heredoc.length)
                    continue
                }
            case (.none, "<") where rest.hasPrefix("<<<"):
                text += "<<<"
                rest = rest.dropFirst(3)
                continue
            default: break
            }
            text.append(character)
            rest = rest.dropFirst()
        }
    }

    private mutating func use(_ name: String, _ quoting: Quoting, _ lineDemand: Demand, before: String) {
        let expansion = "${\(ShellScript.environmentName(name))}"
        var demand = lineDemand
        var isCommandWord = false
        switch quoting {
        case .none, .backtick:
            text += "\"\(expansion)\""
            let trimmed = before.drop { $0.isWhitespace }
            isCommandWord = trimmed.isEmpty || trimmed.last.map { ";|&(".contains($0) } ?? false
            if !isCommandWord, before.last?.isWhitespace == true, !before.contains(" -- "), !Self.takesAnything(before) {
                demand = max(demand, .notAnOption)
            }
        case .double:
            text += expansion
            if before.hasSuffix("\""), before.dropLast().last?.isWhitespace ?? true, !before.contains(" -- "), !Self.takesAnything(before) {
                demand = max(demand, .notAnOption)
            }
        case .single: text += "'\"\(expansion)\"'"
        case .ansi: text += "'\"\(expansion)\"$'"
        case .arithmetic:
            text += expansion
            demand = .integer
        case .parameter:
            text += expansion
            demand = max(demand, before.last == "[" ? .integer : .plain)
        }
        uses.append(Use(name: name, demand: demand, isCommandWord: isCommandWord))
    }

    /// Commands that take any word for what it is.
    private static func takesAnything(_ before: String) -> Bool {
        let command = before.split(whereSeparator: { ";|&(`".contains($0) }).last?.split(separator: " ").first.map(String.init) ?? ""
        return ["echo", "printf", "[", "test", "[[", "case", "logger"].contains(command) || command.contains("=")
    }

    /// The lines of a here-document.
    private mutating func body(
        _ heredoc: (word: String, isQuoted: Bool, stripsTabs: Bool), _ rest: inout Substring, _ line: inout Int
    ) {
        while !rest.isEmpty {
            let written = rest.prefix { $0 != "\n" }
            rest = rest.dropFirst(written.count)
            let compared = heredoc.stripsTabs ? written.drop { $0 == "\t" } : written
            if compared == heredoc.word {
                text += written
                return
            }
            var part = written
            while let character = part.first {
                if character == "_", let reference = VariableName.reference(at: part) {
                    text += "${\(ShellScript.environmentName(reference.name))}"
                    uses.append(Use(name: reference.name, demand: heredoc.isQuoted ? .never : .none, isCommandWord: false))
                    part = part.dropFirst(reference.length)
                } else {
                    text.append(character)
                    part = part.dropFirst()
                }
            }
            if rest.first == "\n" {
                text.append("\n")
                rest = rest.dropFirst()
                line += 1
            }
        }
    }

    private static func heredoc(_ text: Substring) -> (word: String, isQuoted: Bool, stripsTabs: Bool, length: Int)? {
        var rest = text.dropFirst(2)
        let strips = rest.first == "-"
        if strips { rest = rest.dropFirst() }
        rest = rest.drop { $0 == " " }
        guard let first = rest.first else { return nil }
        if first == "'" || first == "\"" {
            let word = rest.dropFirst().prefix { $0 != first && $0 != "\n" }
            guard !word.isEmpty else { return nil }
            let length = text.distance(from: text.startIndex, to: word.endIndex) + 1
            return (String(word), true, strips, length)
        }
        let word = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "\\" }
        guard !word.isEmpty else { return nil }
        let plain = String(word.filter { $0 != "\\" })
        let length: Int = text.distance(from: text.startIndex, to: word.endIndex)
        return (word: plain, isQuoted: plain.count < word.count, stripsTabs: strips, length: length)
    }

    /// What a whole line demands: some commands take their arguments for programs.
    private static func demand(of line: String) -> Demand {
        guard line.contains("__") else { return .none }
        let isPart = { (character: Character) -> Bool in
            character.isLetter || character.isNumber || character == "-" || character == "_" || character == "["
        }
        let words: [String] = line.split(whereSeparator: { !isPart($0) }).map { String($0) }
        let has = Set(words)
        if has.contains("let") || has.contains("[[") && !has.isDisjoint(with: ["-eq", "-ne", "-lt", "-le", "-gt", "-ge"]) {
            return .integer
        }
        if !has.isDisjoint(with: ["declare", "typeset", "local"]) && !has.isDisjoint(with: ["-i", "-ai", "-n"]) { return .integer }
        if !has.isDisjoint(with: interpreters) { return .plain }
        if has.contains("-v") && !has.isDisjoint(with: ["test", "[", "[["]) { return .plain }
        return .none
    }

    /// Programs that take text for a program.
    static let interpreters: Set<String> = [
        "eval", "sh", "bash", "dash", "ksh", "zsh", "su", "sudo", "ssh", "sed", "awk", "gawk", "mawk", "perl", "python", "python3", "ruby",
        "node", "php", "lua", "sqlite3", "psql", "mysql", "mariadb", "jq", "xargs", "find", "parallel", "watch", "trap", "source", "nft",
        "iptables-restore", "ed", "ex", "vim", "expr", "bc", "dc", "env", "at", "batch", "crontab", "tcpdump", "tar", "rsync", "git",
    ]

    /// The name of the shell variable: what a shell allows in names.
    static func environmentName(_ name: String) -> String { name.replacing("-", with: "_") }

    /// Whether a value meets a demand.
    static func meets(_ value: String, _ demand: Demand) -> Bool {
        switch demand {
        case .none: return true
        case .notAnOption: return !value.hasPrefix("-") || Double(value) != nil
        case .plain:
            return value.utf8.count <= 1024 && !value.hasPrefix("-")
                && value.utf8.allSatisfy { $0 < 0x80 && (ASCII.isAlphanumeric($0) || "_.:@/,+-".utf8.contains($0)) }
        case .integer:
            return value.utf8.count <= 18 && Int64(value) != nil && !value.hasPrefix("+")
        case .never: return false
        }
    }

    /// The first value that may not stand where it is used.
    func refusal(_ value: (String) -> String?) -> String? {
        var places: [String: String] = [:]
        for use in uses {
            guard let text = value(use.name) else { return "\(use.name): no value" }
            if text.utf8.contains(0) { return "\(use.name): has a NUL byte" }
            if !Self.meets(text, use.demand) { return "\(use.name): \(Self.reason(use.demand))" }
            if use.isCommandWord { return "\(use.name): a value would be the name of the program" }
            let place = Self.environmentName(use.name)
            if let other = places[place], other != use.name { return "\(use.name): has the same name in a shell as \(other)" }
            places[place] = use.name
        }
        return nil
    }

    static func reason(_ demand: Demand) -> String {
        switch demand {
        case .none: ""
        case .notAnOption: "the value begins with - and would be taken for an option"
        case .plain: "the value would become part of a program's text; only letters, digits and _.:@/,+- may stand there"
        case .integer: "the value stands in arithmetic and is no whole number"
        case .never: "the value would not be filled in (a here-document with a quoted end)"
        }
    }
}
