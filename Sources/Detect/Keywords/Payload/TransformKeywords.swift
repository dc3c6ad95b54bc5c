import Bytes
import RuleLanguage

/// Transforms: what is done to a buffer before it is looked at. They stand right after the buffer keyword.
enum TransformKeywords {
    private static func plain(_ name: String, _ transform: BufferTransform, _ summary: String) -> Keyword {
        Keyword(name, value: .none, summary: summary, documentation: "transforms.html#\(String(name.map { $0 == "_" ? "-" : $0 }))") {
            option, builder throws(RuleError) in
            try builder.add(transform, option)
        }
    }

    static let dotPrefix = plain("dotprefix", .dotPrefix, "Transform: puts a dot before the bytes.")
    static let toLowercase = plain("to_lowercase", .toLowercase, "Transform: ASCII letters to lower case.")
    static let toUppercase = plain("to_uppercase", .toUppercase, "Transform: ASCII letters to upper case.")
    static let stripWhitespace = plain("strip_whitespace", .stripWhitespace, "Transform: takes blanks out.")
    static let compressWhitespace = plain("compress_whitespace", .compressWhitespace, "Transform: runs of blanks become one.")
    static let toMD5 = plain("to_md5", .toMD5, "Transform: the 16 bytes of the MD5 digest.")
    static let toSHA1 = plain("to_sha1", .toSHA1, "Transform: the 20 bytes of the SHA-1 digest.")
    static let toSHA256 = plain("to_sha256", .toSHA256, "Transform: the 32 bytes of the SHA-256 digest.")
    static let urlDecode = plain("url_decode", .urlDecode, "Transform: undoes percent-encoding and `+`.")
    static let headerLowercase = plain("header_lowercase", .headerLowercase, "Transform: header names to lower case.")
    static let stripPseudoHeaders = plain("strip_pseudo_headers", .stripPseudoHeaders, "Transform: takes HTTP/2 pseudo headers out.")
    static let domain = plain("domain", .domain, "Transform: the registered domain of a name.")
    static let topLevelDomain = plain("tld", .topLevelDomain, "Transform: the top-level domain of a name.")

    static let xor = Keyword(
        "xor", allowsQuotes: true, summary: "Transform: XOR with a key given in hex.", documentation: "transforms.html#xor"
    ) { option, builder throws(RuleError) in
        let text = option.quoted?.bytes ?? option.text
        guard !text.isEmpty, text.count % 2 == 0, text.count <= 512 else {
            throw RuleError("xor: \"\(text.text)\", expected a key of 1 to 256 bytes in hex such as \"0d0ac8ff\"", at: text)
        }
        var key: [UInt8] = []
        for index in stride(from: text.startIndex, to: text.endIndex, by: 2) {
            guard let high = ASCII.hexValue(text[index]), let low = ASCII.hexValue(text[index + 1]) else {
                throw RuleError("xor: \"\(text.text)\" is no hex, expected a key such as \"0d0ac8ff\"", at: index)
            }
            key.append(high << 4 | low)
        }
        try builder.add(.xor(key), option)
    }

    static let pcrexform = Keyword(
        "pcrexform", allowsQuotes: true, summary: "Transform: the first group of a regular expression.",
        documentation: "transforms.html#pcrexform"
    ) { option, builder throws(RuleError) in
        let text = option.quoted?.bytes ?? option.text
        guard text.contains(40) else { throw RuleError("pcrexform without a group, expected (…) in the expression", at: text) }
        try builder.add(.regularExpression(text.text), option)
    }

    static let fromBase64 = Keyword(
        "from_base64", value: .optional, summary: "Transform: decodes Base64; `bytes`, `offset`, `mode`.",
        documentation: "transforms.html#from-base64"
    ) { option, builder throws(RuleError) in
        var bytes: Int?
        var offset = 0
        var mode = Base64Mode.rfc4648
        for part in option.text.parts(separatedBy: 44) where !option.text.isEmpty {
            let words = part.words
            guard words.count == 2 else { throw RuleError("from_base64: \"\(part.text)\", expected bytes n, offset n or mode m", at: part) }
            switch (words[0].text, words[1].decimal) {
            case ("bytes", .some(let count)) where (1...65535).contains(count): bytes = Int(count)
            case ("offset", .some(let count)) where count <= 65535: offset = Int(count)
            case ("mode", _) where words[1].lowercasedText == "rfc4648": mode = .rfc4648
            case ("mode", _) where words[1].lowercasedText == "rfc2045": mode = .rfc2045
            case ("mode", _) where words[1].lowercasedText == "strict": mode = .strict
            default:
                throw RuleError("from_base64: \"\(part.text)\", expected bytes n, offset n or mode rfc4648, rfc2045 or strict", at: part)
            }
        }
        try builder.add(.fromBase64(bytes: bytes, offset: offset, mode: mode), option)
    }
}
