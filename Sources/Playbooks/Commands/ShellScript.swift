/// A bash script whose references `__name__:value` are turned into expansions of environment variables.
///
/// The value is expanded by the shell after it has parsed the script, so no value can end a quote, start a command, or be split into
/// words, whatever the quoting around the reference.
struct ShellScript {
    /// For `bash -c`.
    private(set) var text = ""
    /// The names that it refers to, sorted.
    private(set) var variables: [String] = []

    private enum Quoting { case none, single, double }

    init(_ source: String) {
        var quoting = Quoting.none
        var names: Set<String> = []
        var rest = Substring(source)
        while let character = rest.first {
            if character == "_", let reference = VariableName.reference(at: rest) {
                names.insert(reference.name)
                let expansion = "${\(ShellScript.environmentName(reference.name))}"
                switch quoting {
                case .none: text += "\"\(expansion)\""
                case .double: text += expansion
                case .single: text += "'\"\(expansion)\"'"
                }
                rest = rest.dropFirst(reference.length)
                continue
            }
            switch (quoting, character) {
            case (.none, "'"): quoting = .single
            case (.none, "\""): quoting = .double
            case (.single, "'"), (.double, "\""): quoting = .none
            case (.none, "\\"), (.double, "\\"):
                text.append(character)
                rest = rest.dropFirst()
                guard let escaped = rest.first else { continue }
                text.append(escaped)
                rest = rest.dropFirst()
                continue
            default: break
            }
            text.append(character)
            rest = rest.dropFirst()
        }
        variables = names.sorted()
    }

    /// The name of the environment variable: what a shell allows in names.
    static func environmentName(_ name: String) -> String { name.replacing("-", with: "_") }
}
