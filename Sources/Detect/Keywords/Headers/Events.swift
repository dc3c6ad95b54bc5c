import AppLayer
import Decode
import Flow
import RuleLanguage

/// `decode-event`, `stream-event`, `engine-event`, `app-layer-event`.
enum EventKeywords {
    static let decode = Keyword(
        "decode-event", summary: "The decoder raised that event on the packet.",
        difference: "Only events that the decoder raises are known.",
        documentation: "decode-layer.html"
    ) { option, builder throws(RuleError) in
        try addDecode(option.text, option, &builder)
    }

    static let stream = Keyword(
        "stream-event", summary: "The TCP engine raised that event on the packet.",
        difference: "All names are known; some that depend on Suricata's memory or threads are never raised.",
        documentation: "decode-layer.html"
    ) { option, builder throws(RuleError) in
        try addStream(option.text, option, &builder)
    }

    static let engine = Keyword(
        "engine-event", summary: "Old form of the two: `decoder.x` or `stream.x`.", documentation: "decode-layer.html"
    ) { option, builder throws(RuleError) in
        let text = option.text.text
        if text.hasPrefix("stream.") {
            try addStream(option.text.dropFirst(7), option, &builder)
        } else {
            try addDecode(text.hasPrefix("decoder.") ? option.text.dropFirst(8) : option.text, option, &builder)
        }
    }

    private static func addDecode(_ name: ArraySlice<UInt8>, _ option: RuleOption, _ builder: inout RuleBuilder) throws(RuleError) {
        guard let event = DecodeEvent.named(name.text) else {
            throw RuleError("unknown decode event \"\(name.text)\", expected one such as ipv4.trunc_pkt", at: name)
        }
        builder.packetTests.append(.decodeEvent(event))
        builder.needsPacket(option, option.name.text)
    }

    private static func addStream(_ name: ArraySlice<UInt8>, _ option: RuleOption, _ builder: inout RuleBuilder) throws(RuleError) {
        guard let event = StreamEvent.named(name.text) else {
            throw RuleError("unknown stream event \"\(name.text)\", expected one such as \(StreamEvent.names[0])", at: name)
        }
        builder.packetTests.append(.streamEvent(event.rawValue))
        builder.needsPacket(option, option.name.text)
    }

    static let application = Keyword(
        "app-layer-event", summary: "A protocol's parser (`protocol.event`) or protocol detection raised that event.",
        documentation: "app-layer.html#app-layer-event"
    ) { option, builder throws(RuleError) in
        guard let dot = option.text.firstIndex(of: 46) else {
            let name = option.text.lowercasedText
            if let event = DetectionEvent.allCases.first(where: { $0.name == name }) {
                builder.packetTests.append(.detectionEvent(event))
                return builder.needsPacket(option, option.name.text)
            }
            throw RuleError("app-layer-event: \"\(option.text.text)\", expected protocol.event", at: option.text)
        }
        let name = option.text[..<dot].lowercasedText
        guard let descriptor = builder.frontEnd.protocols[name] else {
            throw RuleError(HeaderProtocols.refusal(name), at: option.text)
        }
        let event = option.text[(dot + 1)...]
        guard let index = descriptor.events.firstIndex(where: { $0.lowercased() == event.lowercasedText }),
            let number = UInt8(exactly: index)
        else {
            throw RuleError("\(name) has no event \"\(event.text)\" in this version", at: event)
        }
        try builder.bind(to: [descriptor.appProtocol], keyword: "app-layer-event:\(option.text.text)", at: option.offset)
        builder.packetTests.append(.applicationEvent(descriptor.appProtocol, number))
    }
}
