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
    static let domain = suffix("domain", .domain, "Transform: the registered domain of a name (`bbc.co.uk`).")
    static let topLevelDomain = suffix("tld", .topLevelDomain, "Transform: the public suffix of a name (`co.uk`).")

    private static func suffix(_ name: String, _ transform: BufferTransform, _ summary: String) -> Keyword {
        Keyword(name, value: .none, readsFiles: true, summary: summary, documentation: "transforms.html#\(name)") {
            option, builder throws(RuleError) in
            guard PublicSuffixes.system != nil else {
                throw RuleError("\(name) needs \(PublicSuffixes.path); install the package publicsuffix", at: option.offset)
            }
            try builder.add(transform, option)
        }
    }

    static let gunzip = inflating("gunzip", "Transform: undoes gzip; `max-size n`, 1024 bytes when left out.") { .gunzip(limit: $0) }
    static let zlibDeflate = inflating("zlib_deflate", "Transform: undoes zlib; `max-size n`, 1024 bytes when left out.") {
        .inflate(limit: $0)
    }

    /// Most bytes that a rule may let come out of compressed ones.
    private static let largestInflation: UInt64 = 16 << 20

    private static func inflating(
        _ name: String, _ summary: String, _ transform: @escaping @Sendable (Int) -> BufferTransform
    ) -> Keyword {
        Keyword(name, value: .optional, summary: summary, documentation: "transforms.html#\(String(name.map { $0 == "_" ? "-" : $0 }))") {
            option, builder throws(RuleError) in
            var limit: UInt64?
            for part in option.text.parts(separatedBy: 44) where !option.text.isEmpty {
                let key = part.prefix { $0 != 61 && !ASCII.isSpace($0) }
                let value = part[key.endIndex...].drop { $0 == 61 || ASCII.isSpace($0) }
                guard key.text == "max-size", limit == nil else {
                    throw RuleError("\(name): \"\(part.text)\", expected max-size and a number, once", at: part)
                }
                guard let size = SizeText.bytes(value), (1...largestInflation).contains(size) else {
                    throw RuleError("\(name): max-size \"\(value.text)\", expected 1 to \(largestInflation) bytes", at: part)
                }
                limit = size
            }
            try builder.add(transform(Int(limit ?? 1024)), option)
        }
    }

    static let subslice = Keyword(
        "subslice", summary: "Transform: a part of the buffer: `offset[,count][,truncate]`, negative numbers from the end.",
        documentation: "transforms.html#subslice"
    ) { option, builder throws(RuleError) in
        var parts = option.text.parts(separatedBy: 44)
        var truncates = false
        if parts.count > 1, parts[parts.count - 1].lowercasedText == "truncate" {
            truncates = true
            parts.removeLast()
        }
        guard parts.count <= 2, let offset = parts[0].signedNumber, abs(offset) <= Int64(Int32.max) else {
            throw RuleError("subslice: \"\(option.text.text)\", expected offset, offset,count, and truncate at the end", at: option.text)
        }
        var slice = BufferSlice(offset: Int(offset))
        if parts.count == 2 {
            guard let count = parts[1].signedNumber, count != 0, abs(count) <= Int64(Int32.max) else {
                throw RuleError("subslice: count \"\(parts[1].text)\", expected a number other than 0", at: parts[1])
            }
            slice.count = Int(count)
        }
        slice.truncates = truncates
        try builder.add(.slice(slice), option)
    }

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
