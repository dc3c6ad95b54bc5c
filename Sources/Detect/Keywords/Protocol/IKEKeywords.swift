import AppLayer
import RuleLanguage

/// `ike.chosen_sa_attribute`: a number of the security association that the responder chose.
enum IKEKeywords {
    static let chosenAttribute = Keyword(
        "ike.chosen_sa_attribute", summary: "A number of the chosen security association: `alg_hash=2`.",
        documentation: "ike-keywords.html#ike-chosen-sa-attribute"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 61)
        guard parts.count == 2, let value = parts[1].decimal, value <= UInt64(UInt32.max) else {
            throw RuleError(
                "ike.chosen_sa_attribute: \"\(option.text.text)\", expected an attribute and its number: alg_hash=2", at: option.text)
        }
        guard let buffer = BufferID.ikeAttribute(parts[0].text) else {
            let names = IKEFields.chosenAttributes.joined(separator: ", ")
            throw RuleError("ike.chosen_sa_attribute: \"\(parts[0].text)\", expected one of \(names)", at: parts[0])
        }
        try builder.bind(to: [.ike], keyword: "ike.chosen_sa_attribute", at: option.offset)
        builder.packetTests.append(.transactionNumber(buffer, IntegerRange(.equal(value))))
    }
}
