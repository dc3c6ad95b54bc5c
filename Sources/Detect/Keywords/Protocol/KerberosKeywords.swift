import AppLayer
import Bytes
import RuleLanguage

/// `krb5.ticket_encryption`: by name, by number, or by strength.
enum KerberosKeywords {
    static let ticketEncryption = Keyword(
        "krb5.ticket_encryption", summary: "The ticket's algorithm: `weak`, `!weak`, or names and numbers such as `rc4-hmac,-128`.",
        documentation: "kerberos-keywords.html#krb5-ticket-encryption"
    ) { option, builder throws(RuleError) in
        try builder.bind(to: [.krb5], keyword: option.name.text, at: option.offset)
        let text = option.text.text
        if text == "weak" || text == "!weak" {
            let wanted: UInt64 = text == "weak" ? 1 : 2
            builder.packetTests.append(.transactionNumbers(.krb5TicketStrength, [wanted...wanted]))
            return
        }
        var ranges: [ClosedRange<UInt64>] = []
        for part in option.text.parts(separatedBy: 44) {
            // Blanks separate as well as commas.
            for item in part.parts(separatedBy: 32) where !item.isEmpty {
                guard let number = KerberosNames.encryptions.first(where: { $0.name == item.text })?.number ?? Int32(item.text) else {
                    throw RuleError("\(option.name.text): \"\(item.text)\", expected weak, a name such as rc4-hmac or a number", at: item)
                }
                let value = UInt64(bitPattern: Int64(number))
                ranges.append(value...value)
            }
        }
        guard !ranges.isEmpty else {
            throw RuleError("\(option.name.text) is empty, expected weak, a name such as rc4-hmac or a number", at: option.offset)
        }
        builder.packetTests.append(.transactionNumbers(.krb5TicketEncryption, ranges))
    }
}
