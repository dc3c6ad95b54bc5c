import Decode
import RuleLanguage

/// `isdataat`, `bsize`, `urilen`, `dsize`: sizes of buffers and packets.
enum SizeKeywords {
    static let isdataat = Keyword(
        "isdataat", summary: "Bytes are there at a position; `!` for none, `relative` from the match before.",
        documentation: "payload-keywords.html#isdataat"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        var position = parts[0]
        let isNegated = position.first == 33
        if isNegated { position = position.rest.trimmed }
        var isRelative = false
        for part in parts.dropFirst() {
            switch part.text {
            case "relative": isRelative = true
            case "rawbytes": break
            default: throw RuleError("isdataat: \"\(part.text)\", expected relative or rawbytes", at: part)
            }
        }
        let last = builder.lastContent
        builder.lastContent = nil
        var test = IsDataAt(position: try builder.value(position, for: "isdataat", in: 0...65535))
        test.isNegated = isNegated
        test.isRelative = isRelative
        let run = isRelative ? builder.runOfLastMatch : builder.currentRun()
        if isNegated, isRelative, test.position == .constant(1), let last, last.inspection == run,
            last.test == builder.inspections[run].tests.count - 1,
            case .content(var content) = builder.inspections[run].tests[last.test]
        {
            // Nothing after the match is what endswith says, and endswith needs no second test.
            content.endsWith = true
            builder.inspections[run].tests[last.test] = .content(content)
            builder.lastContent = last
            return
        }
        builder.inspections[run].tests.append(.isDataAt(test))
        builder.lastContent = last
    }

    static let bsize = Keyword(
        "bsize", summary: "Size of the buffer in force.", documentation: "payload-keywords.html#bsize"
    ) { option, builder throws(RuleError) in
        guard builder.activeDescriptor != nil else {
            throw RuleError("bsize without a buffer, expected a buffer keyword such as http.uri before it", at: option.offset)
        }
        builder.add(.size(try IntegerGrammar.range(option.text, "bsize")))
    }

    static let urilen = Keyword(
        "urilen", summary: "Size of the URI; `,raw` for the URI as sent.", documentation: "http-keywords.html#urilen"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        var name = "http.uri"
        if parts.count == 2 {
            switch parts[1].text {
            case "raw": name = "http.uri.raw"
            case "norm": break
            default: throw RuleError("urilen: \"\(parts[1].text)\", expected raw or norm", at: parts[1])
            }
        } else if parts.count > 2 {
            throw RuleError("urilen: too many parts, expected a size and raw or norm", at: parts[2])
        }
        guard let buffer = builder.frontEnd.buffer(named: name) else {
            throw RuleError("urilen needs \(name), which is not there", at: option.offset)
        }
        let range = try IntegerGrammar.range(parts[0], "urilen", max: 65535)
        let run = try builder.run(on: buffer, at: option.offset)
        builder.inspections[run].tests.append(.size(range))
    }

    static let dsize = Keyword(
        "dsize", summary: "Size of one packet's payload; makes the rule a packet rule.", documentation: "payload-keywords.html#dsize"
    ) { option, builder throws(RuleError) in
        try builder.requireOnce(option, "dsize")
        builder.packetTests.append(.integer(.payloadSize, try IntegerGrammar.range(option.text, "dsize", max: 65535)))
        builder.needsPacket(option, "dsize")
    }
}
