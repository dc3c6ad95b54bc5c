import AppLayer
import RuleLanguage

@testable import Detect

/// Reads single rules for the tests of keywords.
enum RuleFixture {
    /// `options` in a rule with the header `alert <proto> any any -> any any`; `sid:1;` is added.
    static func load(_ options: String, proto: String = "tcp") -> LoadedRules {
        rules("alert \(proto) any any -> any any (\(options) sid:1;)")
    }

    static func rules(_ text: String, variables: RuleVariables = .standard) -> LoadedRules {
        var loader = RuleLoader(options: RuleLoaderOptions(variables: variables))
        loader.load(text: text, name: "r")
        return loader.finish()
    }

    /// The only signature, or nil when the rule was refused.
    static func signature(_ options: String, proto: String = "tcp") -> Signature? { load(options, proto: proto).signatures.first }

    /// The first error's message; nil when the rule was loaded.
    static func refusal(_ options: String, proto: String = "tcp") -> String? {
        load(options, proto: proto).issues.first { $0.severity == .error }?.message
    }
}
