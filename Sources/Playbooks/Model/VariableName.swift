/// Names of variables: `__name__`, referred to as `__name__:value` (CACAO 10.18).
enum VariableName {
    /// Without `:value`, which authors write where only the name belongs.
    static func bare(_ text: String) -> String { text.hasSuffix(":value") ? String(text.dropLast(6)) : text }

    static func isValid(_ name: String) -> Bool {
        guard name.count >= 5, name.count <= 250, name.hasPrefix("__"), name.hasSuffix("__") else { return false }
        let core = name.dropFirst(2).dropLast(2)
        guard let first = core.first, first.isASCII, first.isLetter || first == "_" else { return false }
        return core.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
    }

    /// The reference that a text begins with, and how many characters it has.
    static func reference(at text: Substring) -> (name: String, length: Int)? {
        guard text.hasPrefix("__") else { return nil }
        let word = text.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") }
        guard text.dropFirst(word.count).hasPrefix(":value"), isValid(String(word)) else { return nil }
        return (String(word), word.count + 6)
    }

    /// Every name that a text refers to, in order, each once.
    static func references(in text: String) -> [String] {
        var names: [String] = []
        _ = filled(text) { name in
            if !names.contains(name) { names.append(name) }
            return nil
        }
        return names
    }

    /// The text with references replaced; those that have no value stay.
    static func filled(_ text: String, _ value: (String) -> String?) -> String {
        guard text.contains("__") else { return text }
        var result = ""
        var rest = Substring(text)
        while let character = rest.first {
            if character == "_", let reference = reference(at: rest) {
                result += value(reference.name) ?? String(rest.prefix(reference.length))
                rest = rest.dropFirst(reference.length)
            } else {
                result.append(character)
                rest = rest.dropFirst()
            }
        }
        return result
    }
}
