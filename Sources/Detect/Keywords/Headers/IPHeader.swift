import Bytes
import Decode
import RuleLanguage

/// Keywords on the IP header.
enum IPHeaderKeywords {
    private static func integer(_ name: String, _ field: PacketField, max: UInt64, _ summary: String, _ documentation: String) -> Keyword {
        Keyword(name, summary: summary, documentation: documentation) { option, builder throws(RuleError) in
            builder.packetTests.append(.integer(field, try IntegerGrammar.range(option.text, name, max: max)))
            builder.needsPacket(option, name)
        }
    }

    static let ttl = integer("ttl", .ttl, max: 255, "Time to live or hop limit.", "header-keywords.html#ttl")
    static let tos = integer("tos", .tos, max: 255, "Type of service or traffic class.", "header-keywords.html#tos")
    static let id = integer("id", .ipID, max: 65535, "IP identification.", "header-keywords.html#id")
    static let fragoffset = integer("fragoffset", .fragmentOffset, max: 65535, "Fragment offset.", "header-keywords.html#fragoffset")

    static let sameip = Keyword(
        "sameip", value: .none, summary: "Source and destination address are the same.", documentation: "header-keywords.html#sameip"
    ) { option, builder throws(RuleError) in
        builder.packetTests.append(.sameAddress)
        builder.needsPacket(option, "sameip")
    }

    static let ipProto = Keyword(
        "ip_proto", summary: "Protocol number or name of the IP packet.", documentation: "header-keywords.html#ip-proto"
    ) { option, builder throws(RuleError) in
        var text = option.text
        let symbol = text.first ?? 0
        if symbol == 33 || symbol == 60 || symbol == 62 { text = text.rest.trimmed }
        let number: UInt8
        if let value = text.decimal, let small = UInt8(exactly: value) {
            number = small
        } else if let value = names[text.lowercasedText] {
            number = value
        } else {
            throw RuleError("ip_proto: \"\(text.text)\" is no protocol, expected 0 to 255 or a name such as tcp", at: text)
        }
        switch symbol {
        case 60:
            guard number > 0 else { throw RuleError("ip_proto: nothing is below 0", at: text) }
            builder.packetTests.append(.ipProtocol(Array(0..<number), isNegated: false))
        case 62:
            guard number < 255 else { throw RuleError("ip_proto: nothing is above 255", at: text) }
            builder.packetTests.append(.ipProtocol(Array((number + 1)...255), isNegated: false))
        default: builder.packetTests.append(.ipProtocol([number], isNegated: symbol == 33))
        }
    }

    private static let names: [String: UInt8] = [
        "icmp": 1, "igmp": 2, "ipencap": 4, "tcp": 6, "egp": 8, "igp": 9, "udp": 17, "ipv6": 41, "ipv6-route": 43, "ipv6-frag": 44,
        "rsvp": 46,
        "gre": 47, "esp": 50, "ah": 51, "icmpv6": 58, "ipv6-icmp": 58, "ipv6-nonxt": 59, "ipv6-opts": 60, "eigrp": 88, "ospf": 89,
        "pim": 103,
        "ipcomp": 108, "vrrp": 112, "l2tp": 115, "sctp": 132,
    ]

    static let ipopts = Keyword(
        "ipopts", summary: "An option of the IPv4 header: rr, lsrr, ssrr, ts, sec, esec, satid, eol, nop or any.",
        documentation: "header-keywords.html#ipopts"
    ) { option, builder throws(RuleError) in
        guard let wanted = options[option.text.lowercasedText] else {
            throw RuleError(
                "ipopts: \"\(option.text.text)\" is no option, expected rr, lsrr, ssrr, ts, sec, esec, satid, eol, nop or any",
                at: option.text)
        }
        builder.packetTests.append(.ipOptions(wanted))
        builder.needsPacket(option, "ipopts")
    }

    private static let options: [String: IPOptions] = [
        "rr": .recordRoute, "lsrr": .looseSourceRoute, "ssrr": .strictSourceRoute, "ts": .timestamp, "sec": .security,
        "esec": .extendedSecurity, "satid": .streamIdentifier, "eol": .endOfList, "nop": .noOperation, "any": IPOptions(rawValue: .max),
    ]

    static let fragbits = Keyword(
        "fragbits", summary: "Fragmentation bits M, D, R with `+`, `*`, `!`.", documentation: "header-keywords.html#fragbits"
    ) { option, builder throws(RuleError) in
        var bits: FragmentBits = []
        var mode = FlagsMode.exactly
        for index in option.text.indices {
            switch option.text[index] {
            case UInt8(ascii: "M"), UInt8(ascii: "m"): bits.insert(.more)
            case UInt8(ascii: "D"), UInt8(ascii: "d"): bits.insert(.dont)
            case UInt8(ascii: "R"), UInt8(ascii: "r"): bits.insert(.reserved)
            case UInt8(ascii: "+"): mode = .all
            case UInt8(ascii: "*"): mode = .any
            case UInt8(ascii: "!"): mode = .none
            case 32: continue
            default: throw RuleError("fragbits: \"\(option.text[index...index].text)\", expected M, D, R with +, * or !", at: index)
            }
        }
        guard !bits.isEmpty else { throw RuleError("fragbits without a bit, expected M, D or R", at: option.text) }
        builder.packetTests.append(.fragmentBits(bits, mode: mode))
        builder.needsPacket(option, "fragbits")
    }
}
