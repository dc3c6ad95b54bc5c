import RuleLanguage

/// `config`: what a rule with the action `config` switches off.
enum ConfigKeyword {
    static let config = Keyword(
        "config", summary: "In `config` rules: `logging disable, type tx or flow, scope tx or flow`: the transaction is not logged.",
        difference: "`logging disable` is the only setting, as in Suricata.", documentation: "config.html"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        guard parts.count == 3 else {
            throw RuleError("config: \(parts.count) parts, expected logging disable, type tx, scope tx", at: option.text)
        }
        var values: [String: String] = [:]
        for part in parts {
            let words = part.words
            guard words.count == 2 else { throw RuleError("config: \"\(part.text)\", expected a word and its value", at: part) }
            values[words[0].text] = words[1].text
        }
        guard values["logging"] == "disable" else { throw RuleError("config: expected logging disable", at: option.text) }
        switch (values["type"], values["scope"]) {
        case ("tx", "tx"): builder.effects.append(.silence(.transaction))
        case ("tx", "flow"): builder.effects.append(.silence(.allTransactions))
        case ("flow", "flow"): builder.effects.append(.silence(.flow))
        default:
            throw RuleError("config: expected type tx with scope tx or flow, or type flow with scope flow", at: option.text)
        }
    }
}
