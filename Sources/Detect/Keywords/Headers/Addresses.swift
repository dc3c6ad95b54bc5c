import Bytes
import RuleLanguage

/// `ip.src`, `ip.dst`, `iprep`, `geoip`: who the packet is from and to.
enum AddressKeywords {
    static let source = buffer("ip.src", .sourceAddress, "Sticky buffer: the source address, 4 or 16 bytes.", "ip-src")
    static let destination = buffer("ip.dst", .destinationAddress, "Sticky buffer: the destination address, 4 or 16 bytes.", "ip-dst")

    private static func buffer(_ name: String, _ header: PacketHeader, _ summary: String, _ anchor: String) -> Keyword {
        Keyword(name, value: .none, summary: summary, documentation: "header-keywords.html#\(anchor)") {
            option, builder throws(RuleError) in
            try builder.select(header, option)
        }
    }

    static let reputation = Keyword(
        "iprep", readsFiles: true, summary: "Reputation of the addresses: `any|src|dst|both,CATEGORY,<|>|=|…,0-127` or `…,isset|isnotset`.",
        documentation: "ip-reputation-rules.html#iprep"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        guard parts.count == 3 || parts.count == 4 else {
            throw RuleError("iprep: \(parts.count) parts, expected any, src, dst or both,category,operator,value", at: option.text)
        }
        guard let side = AddressSide(rawValue: parts[0].text) else {
            throw RuleError("iprep: \"\(parts[0].text)\", expected any, src, dst or both", at: parts[0])
        }
        guard let table = builder.frontEnd.reputation else {
            throw RuleError("iprep without reputation lists, expected reputation-categories-file in the configuration", at: option.offset)
        }
        guard let category = table.category(parts[1].text) else {
            throw RuleError("iprep: no category \"\(parts[1].text)\" in reputation-categories-file", at: parts[1])
        }
        let condition: ReputationTest.Condition
        switch (parts[2].text, parts.count) {
        case ("isset", 3): condition = .isSet
        case ("isnotset", 3): condition = .isNotSet
        case (_, 4): condition = .value(try comparison(parts[2], parts[3]))
        default: throw RuleError("iprep: \"\(parts[2].text)\", expected isset, isnotset, or an operator and a value", at: parts[2])
        }
        builder.packetTests.append(
            .reputation(ReputationTest(side: side, category: category, condition: condition, table: table)))
    }

    private static func comparison(_ symbol: ArraySlice<UInt8>, _ text: ArraySlice<UInt8>) throws(RuleError) -> IntegerRange {
        guard let value = text.decimal, value <= HostReputation.largestValue else {
            throw RuleError("iprep: value \"\(text.text)\", expected 0 to \(HostReputation.largestValue)", at: text)
        }
        switch symbol.text {
        case "<": return IntegerRange(.less(value))
        case ">": return IntegerRange(.greater(value))
        case "=": return IntegerRange(.equal(value))
        case "<=": return IntegerRange(.lessOrEqual(value))
        case ">=": return IntegerRange(.greaterOrEqual(value))
        case "!", "!=": return IntegerRange(.notEqual(value))
        default: throw RuleError("iprep: \"\(symbol.text)\" is no operator, expected <, >, =, <=, >= or !=", at: symbol)
        }
    }

    static let country = Keyword(
        "geoip", readsFiles: true,
        summary: "Country of the addresses: `[any|src|dst|both,]CC,…`, `!` before the first code for none of them.",
        documentation: "header-keywords.html#geoip"
    ) { option, builder throws(RuleError) in
        guard let database = builder.frontEnd.countries else {
            throw RuleError("geoip without a GeoIP2 database, expected geoip-database in the configuration", at: option.offset)
        }
        var parts = option.text.parts(separatedBy: 44)[...]
        var side = AddressSide.any
        if parts.count > 1, let named = parts.first.flatMap({ AddressSide(rawValue: $0.text) }) {
            side = named
            parts = parts.dropFirst()
        }
        var test = CountryTest(side: side, codes: [], isNegated: false, database: database)
        for part in parts {
            let code = part.first == 33 ? part.rest.trimmed : part
            if part.first == 33 { test.isNegated = true }
            guard code.count == 2, code.allSatisfy({ ASCII.isAlphanumeric($0) }) else {
                throw RuleError("geoip: \"\(code.text)\" is no country, expected two letters such as VN", at: part)
            }
            test.codes.append(UInt16(code[code.startIndex]) << 8 | UInt16(code[code.startIndex + 1]))
        }
        builder.packetTests.append(.country(test))
    }
}
