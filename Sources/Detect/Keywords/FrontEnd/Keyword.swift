import RuleLanguage

/// One keyword of the rule language: what it is called, what it takes, and how it adds itself to a rule.
struct Keyword: Sendable {
    /// Whether something stands after the colon.
    enum Value: Sendable { case none, required, optional }

    typealias Parse = @Sendable (RuleOption, inout RuleBuilder) throws(RuleError) -> Void

    /// In lower case; the first is the one that messages and documents use.
    let names: [String]
    let value: Value
    /// The value may stand in double quotes.
    let allowsQuotes: Bool
    /// What it makes of its value depends on files beside the rule files: lists, databases.
    let readsFiles: Bool
    /// One line for `docs/rules.md` and `--list-keywords`.
    let summary: String
    /// Where it differs from Suricata; empty where it does not.
    let difference: String
    /// Page of Suricata's user guide, without the leading `https://docs.suricata.io/en/latest/rules/`.
    let documentation: String
    let parse: Parse

    init(
        _ names: String..., value: Value = .required, allowsQuotes: Bool = false, readsFiles: Bool = false, summary: String,
        difference: String = "",
        documentation: String, parse: @escaping Parse
    ) {
        self.names = names
        self.value = value
        self.allowsQuotes = allowsQuotes
        self.readsFiles = readsFiles
        self.summary = summary
        self.difference = difference
        self.documentation = documentation
        self.parse = parse
    }

    /// Refuses a missing or an unwanted value, then lets the keyword read its option.
    func apply(_ option: RuleOption, to builder: inout RuleBuilder) throws(RuleError) {
        let isEmpty = option.value?.isEmpty ?? true
        switch value {
        case .none where !isEmpty: throw RuleError("\(names[0]) takes no value, expected \"\(names[0]);\"", at: option.text)
        case .required where isEmpty: throw RuleError("\(names[0]) needs a value, expected \"\(names[0]):…;\"", at: option.offset)
        default: break
        }
        if !allowsQuotes, !isEmpty, option.text.first == 34 {
            throw RuleError("\(names[0]) takes its value without quotes", at: option.text)
        }
        try parse(option, &builder)
    }
}
