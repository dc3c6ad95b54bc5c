import RuleLanguage

/// `byte_test`.
enum ByteTestKeyword {
    static let byteTest = Keyword(
        "byte_test", summary: "Compares a number in the buffer.", documentation: "payload-keywords.html#byte-test"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        guard parts.count >= 4 else {
            throw RuleError("byte_test: \(parts.count) of 4 parts, expected bytes,operator,value,offset", at: option.text)
        }
        let last = builder.lastContent
        builder.lastContent = nil
        let size = try builder.value(parts[0], for: "byte_test", in: 0...23)
        var symbol = parts[1]
        var isNegated = false
        if symbol.first == 33 {
            isNegated = true
            symbol = symbol.rest.trimmed
        }
        let comparison: ByteTest.Operator
        switch symbol.text {
        case "=": comparison = .equal
        case "" where isNegated: comparison = .equal
        case "<": comparison = .less
        case ">": comparison = .greater
        case "<=": comparison = .lessOrEqual
        case ">=": comparison = .greaterOrEqual
        case "&": comparison = .and
        case "^": comparison = .xor
        default:
            throw RuleError(
                "byte_test: \"\(parts[1].text)\" is no operator, expected =, <, >, <=, >=, & or ^, with ! before it to negate", at: parts[1]
            )
        }
        let value = try builder.value(parts[2], for: "byte_test", in: 0...Int64.max)
        let offset = try builder.value(parts[3], for: "byte_test", in: -65535...65535)
        var options = NumberOptions()
        for part in parts[4...] {
            guard try options.read(part, "byte_test") else { throw RuleError("byte_test: unknown option \"\(part.text)\"", at: part) }
        }
        try options.finish(option, size: size, "byte_test")
        if size == .constant(0), options.reading.text == nil {
            throw RuleError("byte_test: 0 bytes, expected 1 to 8, or string", at: parts[0])
        }
        var test = ByteTest(size: size, comparison: comparison, value: value, offset: offset)
        test.isNegated = isNegated
        test.isRelative = options.isRelative
        test.reading = options.reading
        builder.add(.byteTest(test), isRelative: options.isRelative)
        builder.lastContent = last
    }
}
