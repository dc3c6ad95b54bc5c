import AppLayer
import Bytes
import RuleLanguage

/// `app-layer-protocol`: what detection found.
enum AppLayerProtocolKeyword {
    static let appLayerProtocol = Keyword(
        "app-layer-protocol", summary: "The protocol found by detection; `!` and a direction are allowed.",
        documentation: "app-layer.html#app-layer-protocol"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        guard parts.count <= 2 else {
            throw RuleError("app-layer-protocol: too many parts, expected a protocol and a direction", at: parts[2])
        }
        var name = parts[0]
        let isNegated = name.first == 33
        if isNegated { name = name.rest.trimmed }
        var directions = FlowDirections.both
        if parts.count == 2 {
            switch parts[1].text {
            case "to_server", "toserver": directions = .toServer
            case "to_client", "toclient": directions = .toClient
            case "either": directions = .both
            default: throw RuleError("app-layer-protocol: \"\(parts[1].text)\", expected to_server, to_client or either", at: parts[1])
            }
        }
        let text = name.lowercasedText
        let found: AppProtocol
        if text == "failed" {
            found = .failed
        } else if text == "unknown" {
            found = .unknown
        } else if let descriptor = builder.frontEnd.protocols[text] {
            found = descriptor.appProtocol
        } else {
            throw RuleError(HeaderProtocols.refusal(text), at: name)
        }
        guard builder.proto.appProtocols.isEmpty else {
            throw RuleError(
                "app-layer-protocol in a rule that is bound to a protocol already, expected tcp, udp or ip in the header", at: option.offset
            )
        }
        builder.hasProtocolTest = true
        builder.packetTests.append(.applicationProtocol([found], isNegated: isNegated, directions))
    }
}
