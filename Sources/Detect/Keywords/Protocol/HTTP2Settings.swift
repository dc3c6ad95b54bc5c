import AppLayer
import Bytes
import RuleLanguage

/// `http2.settings`: a setting by name, and what its value must be.
enum HTTP2SettingsKeyword {
    static let settings = Keyword(
        "http2.settings", summary: "A setting of HTTP/2 by name, with a comparison of its value or without.",
        documentation: "http2-keywords.html#http2-settings"
    ) { option, builder throws(RuleError) in
        let text = option.text
        let name = text.prefix { $0 == 95 || ASCII.isAlphanumeric($0) }
        let upper = String(decoding: name.map(ASCII.uppercased), as: UTF8.self)
        guard let setting = HTTP2Fields.settingNames.first(where: { $0.name == upper }) else {
            throw RuleError(
                "http2.settings: \"\(name.text)\", expected a name such as \(HTTP2Fields.settingNames[0].name)", at: option.text)
        }
        let rest = text[name.endIndex...].trimmed
        let range = rest.isEmpty ? IntegerRange(.greaterOrEqual(0)) : try IntegerGrammar.range(rest, "http2.settings", max: 0xffff_ffff)
        try builder.bind(to: [.http2, .doh2], keyword: "http2.settings", at: option.offset)
        builder.packetTests.append(.transactionNumber(.http2Setting(setting.id), range))
    }
}
