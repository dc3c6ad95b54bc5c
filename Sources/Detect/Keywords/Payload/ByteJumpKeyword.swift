import RuleLanguage

/// `byte_jump`.
enum ByteJumpKeyword {
    static let byteJump = Keyword(
        "byte_jump", summary: "Moves the place where relative tests begin by a number in the buffer.",
        documentation: "payload-keywords.html#byte-jump"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        guard parts.count >= 2 else { throw RuleError("byte_jump: \(parts.count) of 2 parts, expected bytes,offset", at: option.text) }
        let last = builder.lastContent
        builder.lastContent = nil
        let size = try builder.value(parts[0], for: "byte_jump", in: 0...23)
        let offset = try builder.value(parts[1], for: "byte_jump", in: -65535...65535)
        var jump = ByteJump(size: size, offset: offset)
        var options = NumberOptions()
        for part in parts[2...] {
            if try options.read(part, "byte_jump") { continue }
            let words = part.words
            switch words[0].text {
            case "align" where words.count == 1: jump.isAligned = true
            case "from_beginning" where words.count == 1: jump.fromBeginning = true
            case "from_end" where words.count == 1: jump.fromEnd = true
            case "multiplier" where words.count == 2:
                guard let multiplier = words[1].decimal, (1...65535).contains(multiplier) else {
                    throw RuleError("byte_jump: multiplier \"\(words[1].text)\", expected 1 to 65535", at: words[1])
                }
                jump.multiplier = Int64(multiplier)
            case "post_offset" where words.count == 2:
                jump.postOffset = try builder.value(words[1], for: "byte_jump", in: -65535...65535)
            default: throw RuleError("byte_jump: unknown option \"\(part.text)\"", at: part)
            }
        }
        try options.finish(option, size: size, "byte_jump")
        if jump.fromBeginning, jump.fromEnd {
            throw RuleError("byte_jump: from_beginning beside from_end, expected one of them", at: option.text)
        }
        jump.isRelative = options.isRelative
        jump.reading = options.reading
        builder.add(.byteJump(jump), isRelative: options.isRelative)
        builder.lastContent = last
    }
}
