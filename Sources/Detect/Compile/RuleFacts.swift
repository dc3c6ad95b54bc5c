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

/// Payloads by size: those in which a rule can hold (`dsize`), one bit each.
struct PayloadSizes: OptionSet, BitwiseCopyable, Sendable {
    let rawValue: UInt8

    static let empty = PayloadSizes(rawValue: 1 << 0)
    static let every = PayloadSizes(rawValue: 0b1111)

    /// The largest payload of each class.
    private static let ends: [UInt64] = [0, 64, 300, .max]

    init(rawValue: UInt8) { self.rawValue = rawValue }

    /// The class of a payload.
    @inline(__always)
    init(of size: Int) { rawValue = size <= 64 ? size <= 0 ? 1 : 2 : size <= 300 ? 4 : 8 }

    /// Those that have payloads in a range.
    init(_ range: IntegerRange) {
        var classes: UInt8 = 0
        var start: UInt64 = 0
        for (number, end) in PayloadSizes.ends.enumerated() {
            if range.lowerBound <= end, range.upperBound ?? .max >= start { classes |= 1 << UInt8(number) }
            start = end &+ 1
        }
        rawValue = classes
    }
}

/// What the engine asks of every rule, whether or not a packet concerns it. The rest is in the rule's ``Program``, made when first needed.
struct RuleFacts: BitwiseCopyable, Sendable {
    var id: SignatureID
    var kind: SignatureKind
    var directions: FlowDirections
    var flags: RuleFlags
    var payloadSizes: PayloadSizes
    /// Its place in load order.
    var record: UInt32
}
