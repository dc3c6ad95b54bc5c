import Bytes
import RuleLanguage

/// `xbits` and `hostbits`: marks that outlive the flow.
enum XBitsKeywords {
    private static func name(_ text: ArraySlice<UInt8>, _ keyword: String) throws(RuleError) -> String {
        guard !text.isEmpty, !text.contains(where: ASCII.isSpace) else {
            throw RuleError("\(keyword): \"\(text.text)\" is no name, expected one without blanks", at: text)
        }
        return text.text
    }

    static let xbits = Keyword(
        "xbits", summary: "Marks on addresses: `set|unset|toggle|isset|isnotset,name,track ip_src|ip_dst|ip_pair[,expire n]`.",
        documentation: "xbits.html"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        if parts.count == 1, parts[0].text == "noalert" {
            builder.isSilent = true
            return
        }
        guard parts.count == 3 || parts.count == 4 else {
            throw RuleError("xbits: \(parts.count) parts, expected command,name,track ip_src|ip_dst|ip_pair and expire n", at: option.text)
        }
        let name = try name(parts[1], "xbits")
        let trackWords = parts[2].words
        let track: BitTrack
        switch (trackWords.first?.text, trackWords.last?.text, trackWords.count) {
        case ("track", "ip_src", 2): track = .source
        case ("track", "ip_dst", 2): track = .destination
        case ("track", "ip_pair", 2): track = .pair
        case ("track", "tx", 2): track = .transaction
        default: throw RuleError("xbits: \"\(parts[2].text)\", expected track ip_src, ip_dst, ip_pair or tx", at: parts[2])
        }
        var expire: UInt32 = 30
        if parts.count == 4 {
            let words = parts[3].words
            guard words.count == 2, words[0].text == "expire", let seconds = words[1].decimal, seconds > 0,
                let small = UInt32(exactly: seconds)
            else {
                throw RuleError("xbits: \"\(parts[3].text)\", expected expire and a number of seconds", at: parts[3])
            }
            expire = small
        }
        switch parts[0].text {
        case "isset": builder.stateTests.append(.xbits(name: name, track: track, isSet: true))
        case "isnotset": builder.stateTests.append(.xbits(name: name, track: track, isSet: false))
        case "set": builder.effects.append(.xbits(name: name, track: track, .set, expireSeconds: expire))
        case "unset": builder.effects.append(.xbits(name: name, track: track, .unset, expireSeconds: expire))
        case "toggle": builder.effects.append(.xbits(name: name, track: track, .toggle, expireSeconds: expire))
        default: throw RuleError("xbits: \"\(parts[0].text)\", expected set, unset, toggle, isset or isnotset", at: parts[0])
        }
    }

    static let hostbits = Keyword(
        "hostbits", summary: "Marks on one host: `set|unset|toggle|isset|isnotset,name[,src|dst]`.",
        difference: "`both` is refused.", documentation: "flow-keywords.html"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        if parts.count == 1, parts[0].text == "noalert" {
            builder.isSilent = true
            return
        }
        guard parts.count == 2 || parts.count == 3 else {
            throw RuleError("hostbits: \(parts.count) parts, expected command,name and src or dst", at: option.text)
        }
        let name = try name(parts[1], "hostbits")
        var track = BitTrack.source
        if parts.count == 3 {
            switch parts[2].text {
            case "src": track = .source
            case "dst": track = .destination
            default: throw RuleError("hostbits: \"\(parts[2].text)\", expected src or dst", at: parts[2])
            }
        }
        switch parts[0].text {
        case "isset": builder.stateTests.append(.hostbits(name: name, track: track, isSet: true))
        case "isnotset": builder.stateTests.append(.hostbits(name: name, track: track, isSet: false))
        case "set": builder.effects.append(.hostbits(name: name, track: track, .set, expireSeconds: 300))
        case "unset": builder.effects.append(.hostbits(name: name, track: track, .unset, expireSeconds: 300))
        case "toggle": builder.effects.append(.hostbits(name: name, track: track, .toggle, expireSeconds: 300))
        default: throw RuleError("hostbits: \"\(parts[0].text)\", expected set, unset, toggle, isset or isnotset", at: parts[0])
        }
    }
}
