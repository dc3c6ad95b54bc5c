import Bytes
import Decode
import RuleLanguage

/// Keywords on the TCP header.
enum TCPHeaderKeywords {
    private static func integer(_ names: (String, String), _ field: PacketField, max: UInt64, _ summary: String, _ documentation: String)
        -> Keyword
    {
        Keyword(names.0, names.1, summary: summary, documentation: documentation) { option, builder throws(RuleError) in
            builder.packetTests.append(.integer(field, try IntegerGrammar.range(option.text, names.0, max: max)))
            builder.needsPacket(option, names.0)
        }
    }

    static let seq = integer(("seq", "tcp.seq"), .tcpSequence, max: UInt64(UInt32.max), "TCP sequence number.", "header-keywords.html#seq")
    static let ack = integer(
        ("ack", "tcp.ack"), .tcpAcknowledgment, max: UInt64(UInt32.max), "TCP acknowledgment number.", "header-keywords.html#ack")
    static let window = integer(("window", "tcp.window"), .tcpWindow, max: 65535, "TCP window.", "header-keywords.html#window")
    static let mss = integer(
        ("tcp.mss", "tcp-mss"), .tcpMSS, max: 65535, "TCP maximum segment size option.", "header-keywords.html#tcp-mss")
    static let windowScale = integer(
        ("tcp.wscale", "tcp-wscale"), .tcpWindowScale, max: 255, "TCP window scale option.", "header-keywords.html#tcp-wscale")

    static let flags = Keyword(
        "flags", "tcp.flags", summary: "TCP flags F S R P A U E C (or 1 2), 0 for none, with `+`, `*`, `!` and a mask.",
        documentation: "header-keywords.html#tcp-flags"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        guard parts.count <= 2 else { throw RuleError("flags: too many parts, expected flags and a mask", at: parts[2]) }
        var mode = FlagsMode.exactly
        let wanted = try bits(parts[0], mode: &mode)
        var noMode = FlagsMode.exactly
        let ignored = parts.count == 2 ? try bits(parts[1], mode: &noMode) : []
        builder.packetTests.append(.tcpFlags(wanted, mode: mode, ignored: ignored))
        builder.needsPacket(option, "flags")
    }

    private static func bits(_ text: ArraySlice<UInt8>, mode: inout FlagsMode) throws(RuleError) -> TCPFlags {
        guard !text.isEmpty else { throw RuleError("flags: no flag, expected F, S, R, P, A, U, E, C or 0", at: text) }
        var result: TCPFlags = []
        var hasFlag = false
        for index in text.indices {
            var flag: TCPFlags = []
            switch ASCII.uppercased(text[index]) {
            case UInt8(ascii: "F"): flag = .fin
            case UInt8(ascii: "S"): flag = .syn
            case UInt8(ascii: "R"): flag = .rst
            case UInt8(ascii: "P"): flag = .psh
            case UInt8(ascii: "A"): flag = .ack
            case UInt8(ascii: "U"): flag = .urg
            case UInt8(ascii: "E"), UInt8(ascii: "2"): flag = .ece
            case UInt8(ascii: "C"), UInt8(ascii: "1"): flag = .cwr
            case UInt8(ascii: "0"): flag = []
            case UInt8(ascii: "+"), UInt8(ascii: "*"), UInt8(ascii: "!"):
                guard mode == .exactly else { throw RuleError("flags: two modifiers, expected one of +, * or !", at: index) }
                mode = text[index] == UInt8(ascii: "+") ? .all : text[index] == UInt8(ascii: "*") ? .any : .none
                continue
            default: throw RuleError("flags: \"\(text[index...index].text)\", expected F, S, R, P, A, U, E, C or 0", at: index)
            }
            hasFlag = true
            result.insert(flag)
        }
        guard hasFlag else { throw RuleError("flags: no flag, expected F, S, R, P, A, U, E, C or 0", at: text) }
        return result
    }
}
