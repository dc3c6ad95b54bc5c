import Yams

/// Finds the comments and blank lines of a YAML text, which the parser drops: what is neither is known from where the parser found texts to
/// begin.
struct YAMLComments {
    private struct Comment {
        var line: Int
        var column: Int
        /// Without `#`; nil for a blank line.
        var text: String?
        /// Nothing but `-`, `?` and spaces stands before it.
        var isAlone: Bool
    }

    /// A text with a beginning that is not like the rest: quotes, or a block.
    private struct Special {
        var line: Int
        var column: Int
        var style: Node.Scalar.Style
        /// Columns that its block is indented by at least; -1 at the top.
        var parentIndent: Int
    }

    private struct Container {
        /// Column of what it holds.
        var column: Int
        var parent: Int?
        /// The item whose value it is; nil for the document.
        var owner: Int?
    }

    /// A member or an element that stands on lines of its own.
    private struct Item {
        var line: Int
        /// The last line on which something begins that is written within brackets.
        var lastLine: Int
        var container: Int
        var name: String
    }

    private let lines: [[Unicode.Scalar]]
    private var specials: [Special] = []
    private var containers: [Container] = []
    private var items: [Item] = []
    private var comments: [Comment] = []

    /// - Throws: ``PlaybookFileError`` where there are more than anybody writes.
    static func read(_ text: String, _ root: Node, path: String) throws(PlaybookFileError) -> AuthorComments {
        var reader = YAMLComments(lines: split(text))
        guard text.utf8.contains(UInt8(ascii: "#")) || reader.lines.dropLast().contains(where: isBlank) else { return AuthorComments() }
        reader.walk(root, container: nil, owner: nil, indent: -1)
        reader.specials.sort { ($0.line, $0.column) < ($1.line, $1.column) }
        try reader.scan(path)
        return try reader.places(path)
    }

    private init(lines: [[Unicode.Scalar]]) { self.lines = lines }

    // MARK: What stands where

    /// The parser does not tell whether something is written in brackets.
    private func isFlow(_ mark: Mark?) -> Bool {
        guard let mark, lines.indices.contains(mark.line - 1) else { return false }
        let line = lines[mark.line - 1]
        let column = Self.afterProperties(line, min(mark.column - 1, line.count))
        return column < line.count && (line[column] == "[" || line[column] == "{")
    }

    private mutating func walk(_ node: Node, container: Int?, owner: Int?, indent: Int) {
        switch node {
        case .scalar(let scalar): note(scalar, indent)
        case .alias: break
        case .mapping(let mapping):
            let column = (mapping.mark?.column ?? 1) - 1
            if isFlow(mapping.mark) {
                walkFlow(node, owner)
                return
            }
            containers.append(Container(column: column, parent: container, owner: owner))
            let own = containers.count - 1
            for (key, value) in mapping {
                if case .scalar(let scalar) = key { note(scalar, column) }
                guard let item = add(key.mark, own, key.string ?? "") else { continue }
                walk(value, container: own, owner: item, indent: column)
            }
        case .sequence(let sequence):
            let column = (sequence.mark?.column ?? 1) - 1
            if isFlow(sequence.mark) {
                walkFlow(node, owner)
                return
            }
            containers.append(Container(column: column, parent: container, owner: owner))
            let own = containers.count - 1
            for (index, value) in sequence.enumerated() {
                guard let item = add(value.mark, own, String(index)) else { continue }
                walk(value, container: own, owner: item, indent: column)
            }
        }
    }

    private mutating func walkFlow(_ node: Node, _ owner: Int?) {
        switch node {
        case .scalar(let scalar):
            note(scalar, -1)
            if let owner, let line = scalar.mark?.line { items[owner].lastLine = max(items[owner].lastLine, line - 1) }
        case .mapping(let mapping):
            for (key, value) in mapping {
                walkFlow(key, owner)
                walkFlow(value, owner)
            }
        case .sequence(let sequence): for value in sequence { walkFlow(value, owner) }
        case .alias: break
        }
    }

    private mutating func note(_ scalar: Node.Scalar, _ indent: Int) {
        guard let mark = scalar.mark, scalar.style != .plain, scalar.style != .any else { return }
        specials.append(Special(line: mark.line - 1, column: mark.column - 1, style: scalar.style, parentIndent: indent))
    }

    /// Nil for what stands elsewhere: an alias for something above.
    private mutating func add(_ mark: Mark?, _ container: Int, _ name: String) -> Int? {
        guard let mark, mark.line - 1 >= items.last?.line ?? 0 else { return nil }
        items.append(Item(line: mark.line - 1, lastLine: mark.line - 1, container: container, name: name))
        return items.count - 1
    }

    // MARK: What is a comment

    /// As the parser counts lines.
    private static func split(_ text: String) -> [[Unicode.Scalar]] {
        var lines: [[Unicode.Scalar]] = [[]]
        var wasReturn = false
        for scalar in text.unicodeScalars {
            defer { wasReturn = scalar == "\r" }
            switch scalar {
            case "\n" where wasReturn: break
            case "\n", "\r", "\u{85}", "\u{2028}", "\u{2029}": lines.append([])
            default: lines[lines.count - 1].append(scalar)
            }
        }
        return lines
    }

    private mutating func scan(_ path: String) throws(PlaybookFileError) {
        var (line, column, next) = (0, 0, 0)
        var block: (indent: Int?, parent: Int, keepsBlankLines: Bool)?
        while line < lines.count {
            let here = lines[line]
            if column == 0, block == nil, Self.isBlank(here) {
                // Behind the last line break there is no line.
                if line < lines.count - 1 || !here.isEmpty { try note(Comment(line: line, column: 0, text: nil, isAlone: true), path) }
                line += 1
                continue
            }
            if column >= here.count {
                line += 1
                column = 0
                if let begun = block {
                    line = Self.end(of: begun, in: lines, from: line)
                    block = nil
                }
                continue
            }
            while next < specials.count, (specials[next].line, specials[next].column) < (line, column) { next += 1 }
            if next < specials.count, specials[next].line == line, specials[next].column == column {
                let special = specials[next]
                next += 1
                switch special.style {
                case .doubleQuoted: (line, column) = Self.close(lines, line, column, quote: "\"")
                case .singleQuoted: (line, column) = Self.close(lines, line, column, quote: "'")
                default:
                    column = Self.afterProperties(here, column)
                    // The head of a block: `|2-`.
                    var head = column + 1
                    var indent: Int?
                    var keepsBlankLines = false
                    while head < here.count, here[head] == "+" || here[head] == "-" || ("1"..."9").contains(here[head]) {
                        if let digit = Int(String(here[head])) { indent = max(0, special.parentIndent) + digit }
                        if here[head] == "+" { keepsBlankLines = true }
                        head += 1
                    }
                    block = (indent, special.parentIndent, keepsBlankLines)
                    column = head
                }
                continue
            }
            if here[column] == "#", column == 0 || here[column - 1] == " " || here[column - 1] == "\t" {
                var text = String.UnicodeScalarView()
                text.append(contentsOf: here[(column + 1)...])
                let isAlone = here[..<column].allSatisfy { " \t-?".unicodeScalars.contains($0) }
                try note(Comment(line: line, column: column, text: String(text), isAlone: isAlone), path)
                column = here.count
                continue
            }
            column += 1
        }
    }

    private mutating func note(_ comment: Comment, _ path: String) throws(PlaybookFileError) {
        comments.append(comment)
        guard comments.count <= AuthorComments.mostLines else {
            throw .syntax(path: path, problem: "more than \(AuthorComments.mostLines) comments and blank lines")
        }
    }

    private static func isBlank(_ line: [Unicode.Scalar]) -> Bool { line.allSatisfy { $0 == " " || $0 == "\t" } }

    /// Behind the closing quote.
    private static func close(
        _ lines: [[Unicode.Scalar]], _ line: Int, _ column: Int, quote: Unicode.Scalar
    ) -> (line: Int, column: Int) {
        var (line, column) = (line, afterProperties(lines[line], column) + 1)
        while line < lines.count {
            let here = lines[line]
            while column < here.count {
                if here[column] == "\\", quote == "\"" {
                    column += 2
                } else if here[column] == quote {
                    guard quote == "'", column + 1 < here.count, here[column + 1] == quote else { return (line, column + 1) }
                    column += 2
                } else {
                    column += 1
                }
            }
            line += 1
            column = 0
        }
        return (line, column)
    }

    /// Past `&anchor` and `!tag`, which belong to a text.
    private static func afterProperties(_ line: [Unicode.Scalar], _ column: Int) -> Int {
        var column = column
        while column < line.count, line[column] == "&" || line[column] == "!" {
            while column < line.count, line[column] != " ", line[column] != "\t" { column += 1 }
            while column < line.count, line[column] == " " || line[column] == "\t" { column += 1 }
        }
        return column
    }

    /// The first line behind a block. Blank lines at its end are not the text's, unless it says so.
    private static func end(
        of block: (indent: Int?, parent: Int, keepsBlankLines: Bool), in lines: [[Unicode.Scalar]], from start: Int
    ) -> Int {
        func indent(_ line: [Unicode.Scalar]) -> Int? {
            let spaces = line.prefix { $0 == " " }.count
            return spaces == line.count ? nil : spaces
        }
        var bound = block.indent
        var line = start
        while line < lines.count {
            guard let spaces = indent(lines[line]) else {
                line += 1
                continue
            }
            if bound == nil { bound = max(spaces, block.parent + 1) }
            guard spaces >= bound ?? 0 else { break }
            line += 1
        }
        while !block.keepsBlankLines, line > start, indent(lines[line - 1]) == nil, lines[line - 1].count <= bound ?? 0 { line -= 1 }
        return line
    }

    // MARK: What a comment is about

    private func places(_ path: String) throws(PlaybookFileError) -> AuthorComments {
        var result = AuthorComments()
        var bytes = 0
        for (comment, place) in zip(comments, everyPlace()) {
            guard let (item, place) = place else { continue }
            let pointer = item.map(pointer) ?? ""
            bytes += pointer.utf8.count
            guard bytes <= AuthorComments.mostPointers else {
                throw .syntax(path: path, problem: "names are too long for so many comments")
            }
            switch place {
            case .behind where result.places[pointer]?.behind == nil:
                result.places[pointer, default: .init()].behind = comment.text
            case .before, .behind: result.places[pointer, default: .init()].before.append(comment.text)
            case .after: result.places[pointer, default: .init()].after.append(comment.text)
            }
        }
        return result
    }

    private enum Side { case before, behind, after }

    private func place(of comment: Comment) -> (item: Int?, side: Side) {
        // The first item that begins below.
        var (low, high) = (0, items.count)
        while low < high {
            let middle = (low + high) / 2
            if items[middle].line > comment.line { high = middle } else { low = middle + 1 }
        }
        guard low > 0 else { return (nil, .before) }
        let previous = low - 1
        guard comment.isAlone else { return (previous, .behind) }
        if items[previous].lastLine > comment.line { return (previous, .before) }
        let next = low < items.count ? low : nil
        if let next, containers[items[next].container].column == comment.column { return (next, .before) }
        // The innermost list or object around what stands above whose contents are not further in than the comment is.
        var container: Int? = items[previous].container
        while let index = container, containers[index].column > comment.column { container = containers[index].parent }
        guard let container else { return next.map { ($0, .before) } ?? (nil, .after) }
        if let next, isWithin(items[next].container, container) { return (next, .before) }
        return (containers[container].owner, .after)
    }

    /// Where each comment and blank line stands. A blank line belongs to what is below it; nil where that is neither a comment nor the
    /// beginning of something, but the middle of a text.
    private func everyPlace() -> [(item: Int?, side: Side)?] {
        var places = [(item: Int?, side: Side)?](repeating: nil, count: comments.count)
        // The first item that begins on the line or below it.
        var low = items.count
        for (index, comment) in comments.enumerated().reversed() {
            guard comment.text == nil else {
                places[index] = place(of: comment)
                continue
            }
            let line = comment.line + 1
            if index + 1 < comments.count, comments[index + 1].line == line, comments[index + 1].isAlone {
                places[index] = places[index + 1]
                continue
            }
            while low > 0, items[low - 1].line >= line { low -= 1 }
            if low < items.count, items[low].line == line {
                places[index] = (low == 0 ? nil : low, .before)
            } else if line >= lines.count - 1 {
                places[index] = (nil, .after)
            }
        }
        return places
    }

    private func isWithin(_ container: Int, _ outer: Int) -> Bool {
        var container: Int? = container
        while let index = container {
            if index == outer { return true }
            container = containers[index].parent
        }
        return false
    }

    private func pointer(_ item: Int) -> String {
        var names: [String] = []
        var item: Int? = item
        while let index = item {
            names.append(JSONPointer.escape(items[index].name))
            item = containers[items[index].container].owner
        }
        return names.reversed().map { "/" + $0 }.joined()
    }
}
