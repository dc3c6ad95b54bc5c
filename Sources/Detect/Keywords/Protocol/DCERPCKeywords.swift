import AppLayer
import Bytes
import RuleLanguage

/// `dcerpc.iface` and `dcerpc.opnum`, with their old names.
enum DCERPCKeywords {
    static let interface = keyword("dcerpc.iface", interfaceSummary, readInterface)
    static let oldInterface = keyword("dce_iface", "Old name of `dcerpc.iface`.", readInterface)
    static let operation = keyword("dcerpc.opnum", operationSummary, readOperation)
    static let oldOperation = keyword("dce_opnum", "Old name of `dcerpc.opnum`.", readOperation)

    private static let interfaceSummary = "The call's interface: UUID, optionally `,<version` (`<`, `>`, `=`, `!`) and `,any_frag`."
    private static let operationSummary = "The call's number: `15`, `15,17`, `9-12`."

    private typealias Reader = @Sendable (RuleOption, inout RuleBuilder) throws(RuleError) -> Void

    private static func keyword(_ name: String, _ summary: String, _ read: @escaping Reader) -> Keyword {
        Keyword(name, summary: summary, documentation: "dcerpc-keywords.html") { option, builder throws(RuleError) in
            try builder.bind(to: [.dcerpc, .smb], keyword: name, at: option.offset)
            try read(option, &builder)
        }
    }

    @Sendable private static func readInterface(_ option: RuleOption, _ builder: inout RuleBuilder) throws(RuleError) {
        let name = option.name.text
        let parts = option.text.parts(separatedBy: 44)
        let digits = parts[0].filter { $0 != 45 }
        guard parts[0].count == 36, digits.count == 32 else {
            throw RuleError("\(name): \"\(parts[0].text)\" is no UUID, expected 8-4-4-4-12 hexadecimal digits", at: parts[0])
        }
        var uuid: [UInt8] = []
        for index in stride(from: 0, to: 32, by: 2) {
            guard let high = ASCII.hexValue(digits[index]), let low = ASCII.hexValue(digits[index + 1]) else {
                throw RuleError("\(name): \"\(parts[0].text)\" is no UUID, expected 8-4-4-4-12 hexadecimal digits", at: parts[0])
            }
            uuid.append(high << 4 | low)
        }
        var test = DCERPCInterfaceTest(uuid: uuid)
        for part in parts.dropFirst() {
            if part.text == "any_frag" {
                test.anyFragment = true
                continue
            }
            guard let operation = DCERPCInterfaceTest.Comparison(rawValue: String(part.text.prefix(1))),
                let version = part.rest.trimmed.decimal, version <= 65535
            else { throw RuleError("\(name): \"\(part.text)\", expected <, >, = or ! and a version, or any_frag", at: part) }
            test.version = (operation, UInt16(version))
        }
        builder.packetTests.append(.dcerpcInterface(test))
    }

    @Sendable private static func readOperation(_ option: RuleOption, _ builder: inout RuleBuilder) throws(RuleError) {
        var ranges: [ClosedRange<UInt64>] = []
        for part in option.text.parts(separatedBy: 44) {
            let ends = part.parts(separatedBy: 45)
            guard ends.count <= 2, let first = ends[0].decimal, let last = ends[ends.count - 1].decimal, first <= last, last <= 65535 else {
                throw RuleError("\(option.name.text): \"\(part.text)\", expected a number up to 65535 or a range such as 9-12", at: part)
            }
            ranges.append(first...last)
        }
        builder.packetTests.append(.transactionNumbers(.dcerpcOperation, ranges))
    }
}
