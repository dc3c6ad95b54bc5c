import AppLayer
import Bytes
import RuleLanguage

/// `app-layer-protocol`: what detection found.
enum AppLayerProtocolKeyword {
    static let appLayerProtocol = Keyword(
        "app-layer-protocol",
        summary: "The protocol found by detection; `!` and `to_server`, `to_client`, `either`, `final` or `original` are allowed.",
        documentation: "app-layer.html#app-layer-protocol"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        guard parts.count <= 2 else {
            throw RuleError("app-layer-protocol: too many parts, expected a protocol and a direction", at: parts[2])
        }
        var name = parts[0]
        let isNegated = name.first == 33
        if isNegated { name = name.rest.trimmed }
        var mode = ProtocolTestMode.direction
        if parts.count == 2 {
            switch parts[1].text {
            case "direction": mode = .direction
            case "to_server", "toserver": mode = .toServer
            case "to_client", "toclient": mode = .toClient
            case "either": mode = .either
            case "final": mode = .final
            case "original": mode = .original
            default:
                throw RuleError(
                    "app-layer-protocol: \"\(parts[1].text)\", expected direction, to_server, to_client, either, final or original",
                    at: parts[1])
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
        builder.packetTests.append(.applicationProtocol([found], isNegated: isNegated, mode))
    }
}
