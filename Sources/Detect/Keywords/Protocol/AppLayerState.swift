import AppLayer
import RuleLanguage

/// `app-layer-state`: how far the transaction is.
enum AppLayerStateKeyword {
    static let state = Keyword(
        "app-layer-state",
        summary:
            "A step of the header's protocol, such as `client_hello_done` of tls: the rule is looked at there. `<` and `>`: before and after it.",
        documentation: "app-layer.html#app-layer-event"
    ) { option, builder throws(RuleError) in
        guard let proto = builder.proto.appProtocols.first,
            let descriptor = builder.frontEnd.protocols.values.first(where: { $0.appProtocol == proto })
        else {
            throw RuleError("app-layer-state needs a protocol with steps in the rule's header", at: option.offset)
        }
        var name = option.text
        let relation: ProgressTest.Relation
        switch name.first {
        case 60: relation = .before
        case 62: relation = .after
        default: relation = .reached
        }
        if relation != .reached { name = name.rest.trimmed }
        guard let step = descriptor.steps.find(name.lowercasedText) else {
            throw RuleError(HeaderProtocols.unknownStep(name.text, descriptor), at: name)
        }
        builder.packetTests.append(.transaction(ProgressTest(relation, step)))
        if relation == .reached { builder.proto.hook = step }
    }
}
