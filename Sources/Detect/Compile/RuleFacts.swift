import AppLayer
import Bytes

/// What is true of a rule, one bit each.
struct RuleFlags: OptionSet, BitwiseCopyable, Sendable {
    let rawValue: UInt16

    static let hasEffects = RuleFlags(rawValue: 1 << 0)
    static let hasStateTests = RuleFlags(rawValue: 1 << 1)
    /// It looks at a transaction and at the payload.
    static let isMixed = RuleFlags(rawValue: 1 << 2)
    /// It looks at nothing but a transaction's progress.
    static let isBareStep = RuleFlags(rawValue: 1 << 3)
    static let looksAtFiles = RuleFlags(rawValue: 1 << 4)
    static let storesFiles = RuleFlags(rawValue: 1 << 5)
    static let usesMagic = RuleFlags(rawValue: 1 << 6)
    static let tagsFlows = RuleFlags(rawValue: 1 << 7)
    static let tagsHosts = RuleFlags(rawValue: 1 << 8)
    static let isTransactional = RuleFlags(rawValue: 1 << 9)
    /// One run of contents on the payload without places of their own: found across two pieces of a stream it means what it means in one.
    static let mayLieAcrossPieces = RuleFlags(rawValue: 1 << 10)
}

/// What the engine asks of every rule, whether or not a packet concerns it. The rest is in the rule's ``Program``, made when first needed.
struct RuleFacts: BitwiseCopyable, Sendable {
    var id: SignatureID
    var kind: SignatureKind
    var directions: FlowDirections
    var flags: RuleFlags
    /// Its place in load order.
    var record: UInt32
}
