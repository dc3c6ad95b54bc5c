import RuleLanguage

/// `msg`: what the alert says.
enum MessageKeyword {
    static let msg = Keyword(
        "msg", allowsQuotes: true, summary: "Text of the alert.", documentation: "meta.html#msg-message"
    ) { option, builder throws(RuleError) in
        try builder.requireOnce(option, "msg")
        let bytes = option.quoted?.bytes ?? option.text
        guard bytes.contains(92) else {
            builder.message = bytes.text
            return
        }
        var text: [UInt8] = []
        var isEscaped = false
        for byte in bytes {
            if !isEscaped, byte == 92 {
                isEscaped = true
                continue
            }
            // Only these four need a backslash; before anything else it is a letter of the text.
            if isEscaped, ![34, 58, 59, 92].contains(byte) { text.append(92) }
            text.append(byte)
            isEscaped = false
        }
        if isEscaped { text.append(92) }
        builder.message = String(decoding: text, as: UTF8.self)
    }
}
