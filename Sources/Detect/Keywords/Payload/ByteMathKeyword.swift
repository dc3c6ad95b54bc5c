import RuleLanguage

/// `byte_math`.
enum ByteMathKeyword {
    static let byteMath = Keyword(
        "byte_math", summary: "Computes with a number in the buffer and keeps the result in a variable.",
        documentation: "payload-keywords.html#byte-math"
    ) { option, builder throws(RuleError) in
        var size: ByteValue?
        var offset: Int64?
        var operation: ByteMath.Operator?
        var operand: ByteValue?
        var result: ArraySlice<UInt8>?
        var options = NumberOptions()
        let last = builder.lastContent
        builder.lastContent = nil
        for part in option.text.parts(separatedBy: 44) {
            let words = part.words
            guard words.count == 2 else {
                guard try options.read(part, "byte_math") else { throw RuleError("byte_math: unknown option \"\(part.text)\"", at: part) }
                continue
            }
            switch words[0].text {
            case "bytes": size = try builder.value(words[1], for: "byte_math", in: 1...10)
            case "offset":
                guard let number = words[1].signedNumber, (-65535...65535).contains(number) else {
                    throw RuleError("byte_math: offset \"\(words[1].text)\", expected -65535 to 65535", at: words[1])
                }
                offset = number
            case "oper":
                switch words[1].text {
                case "+": operation = .add
                case "-": operation = .subtract
                case "*": operation = .multiply
                case "/": operation = .divide
                case "<<": operation = .shiftLeft
                case ">>": operation = .shiftRight
                default: throw RuleError("byte_math: oper \"\(words[1].text)\", expected +, -, *, /, << or >>", at: words[1])
                }
            case "rvalue": operand = try builder.value(words[1], for: "byte_math", in: 0...Int64(UInt32.max))
            case "result": result = words[1]
            case "endian": _ = try options.read(words[1], "byte_math")
            case "string":
                _ = try options.read(words[0], "byte_math")
                _ = try options.read(words[1], "byte_math")
            default:
                guard try options.read(part, "byte_math") else { throw RuleError("byte_math: unknown option \"\(part.text)\"", at: part) }
            }
        }
        guard let size, let offset, let operation, let operand, let result else {
            throw RuleError("byte_math: a part is missing, expected bytes, offset, oper, rvalue and result", at: option.text)
        }
        if operation == .divide, operand == .constant(0) { throw RuleError("byte_math: division by 0 never matches", at: option.text) }
        try options.finish(option, size: size, "byte_math")
        var math = ByteMath(
            size: size, offset: offset, operation: operation, operand: operand,
            variable: try builder.declareVariable(result, isRelative: options.isRelative))
        math.isRelative = options.isRelative
        math.reading = options.reading
        builder.add(.byteMath(math), isRelative: options.isRelative)
        builder.lastContent = last
    }
}
