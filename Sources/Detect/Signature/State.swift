/// Tests of state that rules share. Names are turned into numbers when the rule set is compiled.
public enum StateTest: Sendable {
    /// `flowbits:isset,a|b` / `isnotset`: any of these.
    case flowbits(names: [String], isSet: Bool)
    case flowint(name: String, FlowIntTest)
    case xbits(name: String, track: BitTrack, isSet: Bool)
    case hostbits(name: String, track: BitTrack, isSet: Bool)
}

public enum FlowIntTest: Sendable {
    case isSet, isNotSet
    case compare(IntegerComparison, FlowIntOperand)
}

public enum IntegerComparison: Sendable { case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual }

public enum FlowIntOperand: Sendable {
    case constant(UInt32)
    case variable(String)
}

public enum BitTrack: UInt8, Sendable { case source, destination, pair, transaction }

/// What a match leaves behind for other rules.
public enum StateEffect: Sendable {
    case flowbits(names: [String], BitChange)
    case flowint(name: String, FlowIntChange)
    case xbits(name: String, track: BitTrack, BitChange, expireSeconds: UInt32)
    case hostbits(name: String, track: BitTrack, BitChange, expireSeconds: UInt32)
    case tag(TagSpec)
    /// Something is not logged (`config`).
    case silence(Silence)
    /// Nothing more of the flow is looked at.
    case bypass
}

/// What `config: logging disable` silences.
public enum Silence: UInt8, Sendable { case transaction, allTransactions, flow }

public enum BitChange: UInt8, Sendable { case set, unset, toggle }

public enum FlowIntChange: Sendable {
    case add(FlowIntOperand), subtract(FlowIntOperand), assign(FlowIntOperand)
}

public struct TagSpec: Sendable, Equatable {
    public enum Scope: UInt8, Sendable { case session, source, destination }
    public enum Metric: UInt8, Sendable { case packets, seconds, bytes }
    public var scope: Scope
    public var count: UInt32
    public var metric: Metric

    public init(scope: Scope, count: UInt32, metric: Metric) {
        self.scope = scope
        self.count = count
        self.metric = metric
    }
}

/// `threshold`, `detection_filter`, or a line of threshold.config.
public struct ThresholdSpec: Sendable, Equatable {
    public enum Kind: Sendable, Equatable {
        case limit, threshold, both, detectionFilter
        case backoff(multiplier: UInt32)
        case rateFilter(newAction: RuleAction, timeoutSeconds: UInt32)
    }
    public enum Track: UInt8, Sendable { case source, destination, both, rule, flow }
    public var kind: Kind
    public var track: Track
    public var count: UInt32
    public var seconds: UInt32

    /// Whether it counts without regard to time.
    var isEndless: Bool {
        if case .backoff = kind { true } else { false }
    }

    public init(kind: Kind, track: Track, count: UInt32, seconds: UInt32) {
        self.kind = kind
        self.track = track
        self.count = count
        self.seconds = seconds
    }
}

/// `suppress` of threshold.config.
public struct Suppression: Sendable {
    public enum Track: UInt8, Sendable { case all, source, destination, either }
    /// 0 stands for every generator or signature.
    public var generator: UInt32
    public var signature: UInt32
    public var track: Track
    public var addresses: AddressSet

    public init(generator: UInt32, signature: UInt32, track: Track, addresses: AddressSet) {
        self.generator = generator
        self.signature = signature
        self.track = track
        self.addresses = addresses
    }
}

/// A threshold of threshold.config for one rule, one generator (signature 0) or all (both 0).
public struct GlobalThreshold: Sendable {
    public var generator: UInt32
    public var signature: UInt32
    public var spec: ThresholdSpec

    public init(generator: UInt32, signature: UInt32, spec: ThresholdSpec) {
        self.generator = generator
        self.signature = signature
        self.spec = spec
    }
}
