import Bytes
import RuleLanguage

/// `flowbits` and `flowint`.
enum FlowBitsKeywords {
    static let flowbits = Keyword(
        "flowbits", summary: "Marks on the flow: set, unset, toggle, isset, isnotset, noalert.",
        documentation: "flow-keywords.html#flowbits"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        let command = parts[0].lowercasedText
        if command == "noalert" {
            guard parts.count == 1 else { throw RuleError("flowbits:noalert takes no name", at: parts[1]) }
            builder.isSilent = true
            return
        }
        guard parts.count == 2 else { throw RuleError("flowbits: \"\(option.text.text)\", expected command,name", at: option.text) }
        var names: [String] = []
        for name in parts[1].parts(separatedBy: 124) {
            guard !name.isEmpty, !name.contains(where: ASCII.isSpace) else {
                throw RuleError("flowbits: \"\(name.text)\" is no name, expected one without blanks", at: name)
            }
            names.append(name.text)
        }
        switch command {
        case "isset": builder.stateTests.append(.flowbits(names: names, isSet: true))
        case "isnotset": builder.stateTests.append(.flowbits(names: names, isSet: false))
        case "set", "unset", "toggle":
            guard names.count == 1 else {
                throw RuleError("flowbits: \(command) takes one name, \"|\" is for isset and isnotset", at: parts[1])
            }
            builder.effects.append(.flowbits(names: names, command == "set" ? .set : command == "unset" ? .unset : .toggle))
        default: throw RuleError("flowbits: \"\(parts[0].text)\", expected set, unset, toggle, isset, isnotset or noalert", at: parts[0])
        }
    }

    static let flowint = Keyword(
        "flowint", summary: "Counters on the flow: `name,+,1`, `name,>,5`, `name,isset`.", documentation: "flow-keywords.html#flowint"
    ) { option, builder throws(RuleError) in
        let parts = option.text.parts(separatedBy: 44)
        guard parts.count == 2 || parts.count == 3, !parts[0].isEmpty else {
            throw RuleError("flowint: \"\(option.text.text)\", expected name,operator,value or name,isset", at: option.text)
        }
        let name = parts[0].text
        if parts.count == 2 {
            switch parts[1].lowercasedText {
            case "isset": builder.stateTests.append(.flowint(name: name, .isSet))
            case "notset", "isnotset": builder.stateTests.append(.flowint(name: name, .isNotSet))
            default: throw RuleError("flowint: \"\(parts[1].text)\", expected isset or notset", at: parts[1])
            }
            return
        }
        let operand: FlowIntOperand
        if let number = parts[2].decimal {
            guard let small = UInt32(exactly: number) else {
                throw RuleError("flowint: \(number) is too large, expected at most \(UInt32.max)", at: parts[2])
            }
            operand = .constant(small)
        } else {
            guard !parts[2].isEmpty else { throw RuleError("flowint: no value, expected a number or a name", at: parts[2]) }
            operand = .variable(parts[2].text)
        }
        func compare(_ comparison: IntegerComparison) { builder.stateTests.append(.flowint(name: name, .compare(comparison, operand))) }
        switch parts[1].text {
        case "+": builder.effects.append(.flowint(name: name, .add(operand)))
        case "-": builder.effects.append(.flowint(name: name, .subtract(operand)))
        case "=": builder.effects.append(.flowint(name: name, .assign(operand)))
        case "==": compare(.equal)
        case "!=": compare(.notEqual)
        case "<": compare(.less)
        case "<=": compare(.lessOrEqual)
        case ">": compare(.greater)
        case ">=": compare(.greaterOrEqual)
        default: throw RuleError("flowint: \"\(parts[1].text)\" is no operator, expected +, -, =, ==, !=, <, <=, > or >=", at: parts[1])
        }
    }
}
