import AppLayer
import RuleLanguage

/// `dnp3_ind` and `dnp3_obj`.
enum DNP3Keywords {
    static let indications = Keyword(
        "dnp3_ind", summary: "One of these internal indications of a DNP3 response is set: `device_restart,need_time`.",
        documentation: "dnp3-keywords.html#dnp3-ind"
    ) { option, builder throws(RuleError) in
        try builder.bind(to: [.dnp3], keyword: "dnp3_ind", at: option.offset)
        var mask: UInt64 = 0
        for name in option.text.parts(separatedBy: 44) {
            if let number = name.number, number <= 0xffff {
                mask |= number
                continue
            }
            let text = name.lowercasedText
            guard let indication = DNP3Fields.indications.first(where: { $0.name == text }) else {
                let names = DNP3Fields.indications.map(\.name).joined(separator: ", ")
                throw RuleError("dnp3_ind: \"\(name.text)\", expected \(names)", at: name)
            }
            mask |= indication.mask
        }
        builder.packetTests.append(.transactionBits(.dnp3Indications, mask: mask, isNegated: false))
    }

    static let object = Keyword(
        "dnp3_obj", summary: "A DNP3 message has an object of that group and variation: `60,2`.",
        documentation: "dnp3-keywords.html#dnp3-obj"
    ) { option, builder throws(RuleError) in
        try builder.bind(to: [.dnp3], keyword: "dnp3_obj", at: option.offset)
        let parts = option.text.parts(separatedBy: 44)
        guard parts.count == 2, let group = parts[0].number, let variation = parts[1].number, group <= 255, variation <= 255 else {
            throw RuleError("dnp3_obj: \"\(option.text.text)\", expected group and variation, each from 0 to 255", at: option.text)
        }
        builder.packetTests.append(.transactionNumber(.dnp3Objects, IntegerRange(.equal(group << 8 | variation))))
    }
}
