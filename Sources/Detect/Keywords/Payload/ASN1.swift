import RuleLanguage

/// `asn1`: Snort's checks of ASN.1 in payloads.
enum ASN1Keyword {
    static let asn1 = Keyword(
        "asn1", summary: "Checks of ASN.1 lengths in the payload.", documentation: "payload-keywords.html#asn1"
    ) { option, builder throws(RuleError) in
        var test = ASN1Test()
        for part in option.text.parts(separatedBy: 44) {
            let words = part.words
            switch (words.first?.text, words.count) {
            case ("bitstring_overflow", 1): test.bitstringOverflow = true
            case ("double_overflow", 1): test.doubleOverflow = true
            case ("oversize_length", 2):
                guard let length = words[1].decimal, let value = UInt32(exactly: length) else {
                    throw RuleError("asn1: oversize_length \"\(words[1].text)\", expected a number", at: words[1])
                }
                test.oversizeLength = value
            case ("absolute_offset", 2), ("relative_offset", 2):
                guard let offset = words[1].signedNumber, (-65535...65535).contains(offset) else {
                    throw RuleError("asn1: \(words[0].text) \"\(words[1].text)\", expected -65535 to 65535", at: words[1])
                }
                if words[0].text == "absolute_offset" { test.absoluteOffset = offset } else { test.relativeOffset = offset }
            default:
                throw RuleError(
                    "asn1: \"\(part.text)\", expected bitstring_overflow, double_overflow, oversize_length n, "
                        + "absolute_offset n or relative_offset n",
                    at: part)
            }
        }
        builder.add(.asn1(test))
    }
}
