import AppLayer
import RuleLanguage

/// `cip_service`: service, class and attribute of a CIP message.
enum CIPKeyword {
    static let service = Keyword(
        "cip_service", summary: "A CIP message with that service, and optionally class and attribute: `75`, `16,246,6`.",
        documentation: "enip-keyword.html#cip-service"
    ) { option, builder throws(RuleError) in
        try builder.bind(to: [.enip], keyword: "cip_service", at: option.offset)
        let parts = option.text.parts(separatedBy: 44)
        guard parts.count <= 3, let service = parts[0].decimal, service < 0x80 else {
            throw RuleError("cip_service: \"\(option.text.text)\", expected a service up to 127, then class and attribute", at: option.text)
        }
        var numbers: [UInt32?] = [nil, nil]
        for (index, part) in parts.dropFirst().enumerated() {
            let isNegated = index == 1 && part.first == 33
            guard let number = (isNegated ? part.rest : part).decimal, number <= 0xffff_ffff else {
                throw RuleError("cip_service: \"\(part.text)\" is no number", at: part)
            }
            // As in Suricata, a negated attribute is any.
            if !isNegated { numbers[index] = UInt32(number) }
        }
        builder.packetTests.append(
            .transaction(CIPServiceTest(service: UInt8(service), classNumber: numbers[0], attribute: numbers[1])))
    }
}
