import RuleLanguage

/// `base64_decode` and `base64_data`.
enum Base64Keywords {
    static let decode = Keyword(
        "base64_decode", value: .optional, summary: "Decodes Base64 in the buffer in force for `base64_data`.",
        documentation: "base64-keywords.html#base64-decode"
    ) { option, builder throws(RuleError) in
        var bytes: Int?
        var offset = 0
        var isRelative = false
        for part in option.text.parts(separatedBy: 44) where !option.text.isEmpty {
            let words = part.words
            switch words.first?.text {
            case "relative" where words.count == 1: isRelative = true
            case "bytes" where words.count == 2:
                guard let count = words[1].decimal, (1...65535).contains(count) else {
                    throw RuleError("base64_decode: bytes \"\(words[1].text)\", expected 1 to 65535", at: words[1])
                }
                bytes = Int(count)
            case "offset" where words.count == 2:
                guard let count = words[1].decimal, count <= 65535 else {
                    throw RuleError("base64_decode: offset \"\(words[1].text)\", expected 0 to 65535", at: words[1])
                }
                offset = Int(count)
            default: throw RuleError("base64_decode: \"\(part.text)\", expected bytes n, offset n or relative", at: part)
            }
        }
        // It decodes the buffer of the test before it where no buffer is in force.
        builder.add(.base64Decode(bytes: bytes, offset: offset, isRelative: isRelative), isRelative: true)
    }

    static let data = Keyword(
        "base64_data", value: .none, summary: "Later tests look at what `base64_decode` decoded, to the end of the rule.",
        documentation: "base64-keywords.html#base64-data"
    ) { option, builder throws(RuleError) in
        try builder.selectBase64(option)
    }
}
