/// What happens to traffic that the sensor cannot follow (Suricata's exception policies).
public enum ExceptionPolicy: String, Sendable, CaseIterable {
    case ignore
    case passPacket = "pass_packet"
    case passFlow = "pass_flow"
    case bypass
    case dropPacket = "drop_packet"
    case dropFlow = "drop_flow"
    case reject

    /// As configuration files write it.
    var written: String { rawValue.split(separator: "_").joined(separator: "-") }

    /// The same for a single packet, where there is no flow to decide on.
    var forPacket: ExceptionPolicy {
        switch self {
        case .passFlow, .bypass: .passPacket
        case .dropFlow: .dropPacket
        default: self
        }
    }
}

/// What could not be followed.
public enum ExceptionTarget: UInt8, Sendable, CaseIterable {
    case defragMemory, sessionMemory, reassemblyMemory, flowMemory, midstream, applicationError

    /// In `flow.exception_policy` of EVE.
    public var name: StaticString {
        switch self {
        case .defragMemory: "defrag_memcap"
        case .sessionMemory: "stream_session_memcap"
        case .reassemblyMemory: "stream_reassembly_memcap"
        case .flowMemory: "flow_memcap"
        case .midstream: "stream_midstream"
        case .applicationError: "app_layer_error"
        }
    }

    /// Where its counters stand under `exception_policy`.
    var counter: String {
        switch self {
        case .defragMemory: "defrag.memcap"
        case .sessionMemory: "tcp.ssn_memcap"
        case .reassemblyMemory: "tcp.reassembly"
        case .flowMemory: "flow.memcap"
        case .midstream: "tcp.midstream"
        case .applicationError: "app_layer.error"
        }
    }

    var key: String {
        switch self {
        case .defragMemory: "defrag.memcap-policy"
        case .sessionMemory: "stream.memcap-policy"
        case .reassemblyMemory: "stream.reassembly.memcap-policy"
        case .flowMemory: "flow.memcap-policy"
        case .midstream: "stream.midstream-policy"
        case .applicationError: "app-layer.error-policy"
        }
    }

    /// A policy can decide on the flow, which is there when the exception comes up.
    var hasFlow: Bool { self != .defragMemory && self != .flowMemory }
}

/// The policies of the configuration. What none was written for depends on whether the sensor shows what an inline one would do.
public struct ExceptionPolicies: Sendable {
    private var written: [ExceptionTarget: ExceptionPolicy?] = [:]
    private var master: ExceptionPolicy??
    private var usesMidstream = false

    public init() {}

    init(_ tree: ConfigurationTree) throws(ConfigurationError) {
        usesMidstream = tree.flag("stream.midstream") ?? false
        if let text = tree.text("exception-policy") { master = .some(try ExceptionPolicies.read(text, "exception-policy")) }
        for target in ExceptionTarget.allCases {
            if let text = tree.text(target.key) { written[target] = try ExceptionPolicies.read(text, target.key) }
        }
        if case .some(.some(let policy)) = written[.midstream], policy == .passPacket || policy == .dropPacket {
            throw ConfigurationError("stream.midstream-policy", "\"\(policy.written)\" decides on single packets, not on flows")
        }
    }

    /// nil for `auto`.
    private static func read(_ text: String, _ key: String) throws(ConfigurationError) -> ExceptionPolicy? {
        if text == "auto" { return nil }
        guard let policy = ExceptionPolicy.allCases.first(where: { $0.written == text }) else {
            let all = ["auto"] + ExceptionPolicy.allCases.map(\.written)
            throw ConfigurationError(key, "\"\(text)\" is none of \(all.joined(separator: ", "))")
        }
        return policy
    }

    func policy(_ target: ExceptionTarget, isInline: Bool) -> ExceptionPolicy {
        let automatic = isInline && !(target == .midstream && usesMidstream) ? ExceptionPolicy.dropFlow : .ignore
        var policy = automatic
        if let own = written[target] {
            policy = own ?? automatic
        } else if let master {
            policy = master ?? automatic
            if target == .midstream, policy == .passPacket || policy == .dropPacket { policy = automatic }
        }
        return target.hasFlow ? policy : policy.forPacket
    }
}
