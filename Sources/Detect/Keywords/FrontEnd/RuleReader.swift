import AppLayer
import Bytes
import RuleLanguage

/// Reads one rule after the other with everything that they share.
struct RuleReader: Sendable {
    enum Outcome: Sendable {
        case loaded([Signature], [RuleError])
        /// `requires` is not met.
        case skipped(RuleError)
    }

    let frontEnd: FrontEnd
    /// The rule read last depends on files beside the rule files.
    private(set) var hasReadFiles = false
    private var addresses: [String: AddressSet] = [:]
    private var ports: [String: PortSet] = [:]

    init(frontEnd: FrontEnd) { self.frontEnd = frontEnd }

    private mutating func addressSet(_ text: ArraySlice<UInt8>) throws(RuleError) -> AddressSet {
        let key = text.text
        if let known = addresses[key] { return known }
        let resolved = try frontEnd.variables.resolveAddresses(text)
        var set = AddressSet(ranges: resolved.ranges.map { .init(first: $0.lowerBound, last: $0.upperBound) }, isAny: resolved.isAny)
        set.hasNegation = resolved.hasNegation
        addresses[key] = set
        return set
    }

    private mutating func portSet(_ text: ArraySlice<UInt8>) throws(RuleError) -> PortSet {
        let key = text.text
        if let known = ports[key] { return known }
        let resolved = try frontEnd.variables.resolvePorts(text)
        let set = PortSet(ranges: resolved.ranges, isAny: resolved.isAny)
        ports[key] = set
        return set
    }

    /// Reads a logical line. `order` is the number of the rule in load order.
    mutating func read(_ line: LogicalLine, file: String, order: Int) throws(RuleError) -> Outcome {
        hasReadFiles = false
        try line.check()
        let rule = try RuleText(line.bytes)
        for option in rule.options where option.name.count == 8 && option.name.lowercasedText == "requires" {
            if let reason = RequiresKeyword.unmet(option, frontEnd) { return .skipped(RuleError(reason, at: option.offset)) }
        }
        let action = try RuleReader.action(rule.action)
        var builder = RuleBuilder(frontEnd: frontEnd, file: file, proto: try HeaderProtocols.selector(rule.proto, frontEnd))
        let source = try addressSet(rule.source)
        let sourcePorts = try portSet(rule.sourcePorts)
        let destination = try addressSet(rule.destination)
        let destinationPorts = try portSet(rule.destinationPorts)
        let direction = try RuleReader.direction(rule.direction)
        builder.isTransactional = direction == .transaction
        if builder.proto.atFlowStart { builder.packetTests.append(.flowStart) }
        if let hook = builder.proto.hook { builder.packetTests.append(.transaction(ProgressTest(.reached, hook))) }

        for option in rule.options { try apply(option, &builder) }
        guard builder.id.signature != 0 else { throw RuleError("sid is missing, expected sid:n; in every rule", at: rule.action) }

        let entry = frontEnd.classifications.entries[builder.classType.isEmpty ? "" : builder.classType.lowercased()]
        let info = SignatureInfo(
            message: builder.message, classType: builder.classType, classText: entry?.text ?? "",
            priority: builder.priority ?? entry?.priority ?? 3, references: builder.references, metadata: builder.metadata,
            target: builder.target,
            position: line.position(of: rule.action.startIndex, file: file), text: String(decoding: line.bytes, as: UTF8.self))
        var signature = try builder.finish(info, end: rule.action.startIndex)
        signature.action = action
        signature.source = source
        signature.sourcePorts = sourcePorts
        signature.destination = destination
        signature.destinationPorts = destinationPorts
        signature.loadOrder = order
        signature.kind = Signature.kind(signature, builder)
        var result = [signature]
        if direction == .both, source != destination || sourcePorts != destinationPorts {
            signature.source = destination
            signature.sourcePorts = destinationPorts
            signature.destination = source
            signature.destinationPorts = sourcePorts
            result.append(signature)
        }
        return .loaded(result, builder.warnings)
    }

    private mutating func apply(_ option: RuleOption, _ builder: inout RuleBuilder) throws(RuleError) {
        let name = option.name.lowercasedText
        switch frontEnd.words[name] {
        case .keyword(let keyword):
            if keyword.readsFiles { hasReadFiles = true }
            try keyword.apply(option, to: &builder)
        case .buffer(let buffer):
            if !builder.isTransactional, let value = option.value, !value.isEmpty {
                throw RuleError("\(name) takes no value, expected \"\(name);\"", at: value)
            }
            try builder.select(buffer, option)
        case .number(let field): try NumberKeyword.apply(field, option, &builder)
        case .modifier(let buffer): try builder.moveContent(to: buffer, option)
        case nil where ["lua", "luajit", "luaxform"].contains(name):
            throw RuleError("\(name): rules that run Lua scripts are not supported; write the test with other keywords", at: option.offset)
        case nil: throw RuleError("unknown keyword \"\(option.name.text)\"", at: option.offset)
        }
    }

    private static func action(_ word: ArraySlice<UInt8>) throws(RuleError) -> RuleAction {
        switch word.text {
        case "alert": return .alert
        case "pass": return .pass
        case "drop": return .drop
        case "reject", "rejectsrc": return .reject
        case "rejectdst": return .rejectDestination
        case "rejectboth": return .rejectBoth
        case "config": return .config
        default: throw RuleError("unknown action \"\(word.text)\", expected alert, pass, drop, reject or config", at: word)
        }
    }

    private enum Direction { case one, both, transaction }

    private static func direction(_ word: ArraySlice<UInt8>) throws(RuleError) -> Direction {
        switch word.text {
        case "->": return .one
        case "<>": return .both
        case "=>": return .transaction
        case "<-": throw RuleError("direction <- does not exist, expected -> with the ends swapped", at: word)
        default: throw RuleError("\"\(word.text)\" is no direction, expected ->, <> or =>", at: word)
        }
    }
}
