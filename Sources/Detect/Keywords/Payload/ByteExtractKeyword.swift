import RuleLanguage

/// `byte_extract`.
enum ByteExtractKeyword {
    static let byteExtract = Keyword(
        "byte_extract", summary: "Reads a number into a variable for later tests on the same buffer.",
        documentation: "payload-keywords.html#byte-extract"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        guard parts.count >= 3 else {
            throw RuleError("byte_extract: \(parts.count) of 3 parts, expected bytes,offset,name", at: option.text)
        }
        guard let size = parts[0].decimal, (1...23).contains(size) else {
            throw RuleError("byte_extract: \"\(parts[0].text)\" bytes, expected 1 to 8, or up to 23 of text", at: parts[0])
        }
        guard let offset = parts[1].signedNumber, (-65535...65535).contains(offset) else {
            throw RuleError("byte_extract: offset \"\(parts[1].text)\", expected -65535 to 65535", at: parts[1])
        }
        var extract = ByteExtract(size: Int(size), offset: offset, variable: 0)
        var options = NumberOptions()
        for part in parts[3...] {
            if try options.read(part, "byte_extract") { continue }
            let words = part.words
            switch words[0].text {
            case "multiplier" where words.count == 2:
                guard let multiplier = words[1].decimal, (1...65535).contains(multiplier) else {
                    throw RuleError("byte_extract: multiplier \"\(words[1].text)\", expected 1 to 65535", at: words[1])
                }
                extract.multiplier = Int64(multiplier)
            case "align" where words.count == 2:
                guard let alignment = words[1].decimal, alignment == 2 || alignment == 4 else {
                    throw RuleError("byte_extract: align \"\(words[1].text)\", expected 2 or 4", at: words[1])
                }
                extract.alignment = Int64(alignment)
            default: throw RuleError("byte_extract: unknown option \"\(part.text)\"", at: part)
            }
        }
        try options.finish(option, size: .constant(Int64(size)), "byte_extract")
        extract.isRelative = options.isRelative
        extract.variable = try builder.declareVariable(parts[2], isRelative: options.isRelative)
        extract.reading = options.reading
        builder.add(.byteExtract(extract), isRelative: options.isRelative)
    }
}
