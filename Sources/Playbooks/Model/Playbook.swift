import Digest
import Trust

/// A CACAO 2.0 playbook as far as this program uses it. Everything else is kept in ``source``.
public struct Playbook: Sendable {
    /// `playbook--<uuid>`.
    public var id: String
    public var name: String
    /// English name, from the label `en:`; nil where the author gave none.
    public var description: String?
    /// Which incident categories it is for, from labels `category:MALWARE`.
    public var labels: [String]
    public var created: String
    public var modified: String
    public var validFrom: String?
    public var validUntil: String?
    public var revoked: Bool
    public var variables: [String: Variable]
    public var start: StepID
    /// The step that failures go to which no step handles.
    public var exceptionHandler: StepID?
    public var workflow: [StepID: WorkflowStep]
    /// Agents and targets by their id.
    public var agents: [String: AgentTarget]
    public var authentication: [String: AuthenticationInfo]
    /// Names of extensions by their id.
    public var extensions: [String: String]
    /// What may be done with it: `TLP:AMBER`, or a statement.
    public var markings: [String]
    /// As they stand in the document.
    public var signatures: [JSONValue]
    /// The whole document, for what is not modelled and for the digest.
    public var source: JSONValue

    /// SHA-256 over the canonical JSON (RFC 8785): the same for a playbook written as JSON or as YAML.
    public func digest() throws(CanonicalJSONError) -> SHA256Digest { try source.canonicalDigest() }

    /// Whether anything in it is done without a person.
    public var isAutomatic: Bool { reachable.contains { ($0.type as? ActionStep)?.isAutomatic ?? false } }

    /// What stands behind a label such as `category:`, `name-en:`.
    public func labels(_ prefix: String) -> [String] {
        labels.filter { $0.hasPrefix(prefix + ":") }.map { String($0.dropFirst(prefix.count + 1)) }
    }

    /// The steps in the order in which a reader meets them: from the start, branches before what follows them, each once.
    public var reachable: [WorkflowStep] {
        var seen: Set<StepID> = []
        var result: [WorkflowStep] = []
        var waiting: [StepID] = [exceptionHandler, start].compactMap { $0 }
        while let id = waiting.popLast() {
            guard seen.insert(id).inserted, let step = workflow[id] else { continue }
            result.append(step)
            waiting += step.successors.reversed().map(\.id)
        }
        return result
    }
}

/// The id of a workflow step: `action--<uuid>`.
public struct StepID: Hashable, Comparable, Sendable, CustomStringConvertible {
    public let rawValue: String

    public init(_ rawValue: String) { self.rawValue = rawValue }

    public var description: String { rawValue }
    public static func < (a: StepID, b: StepID) -> Bool { a.rawValue < b.rawValue }
}

/// A variable's declaration (CACAO 10.18).
public struct Variable: Sendable, Hashable {
    /// From `variable-type-ov`: `string`, `integer`, `ipv4-addr` …; others are kept.
    public var type: String
    public var description: String?
    /// Nil is unknown, which is not the same as empty.
    public var value: String?
    public var isConstant: Bool
    /// The value comes from outside when the run starts.
    public var isExternal: Bool
}

/// A step of the workflow: what all types share, and what the type says.
public struct WorkflowStep: Sendable {
    public var id: StepID
    public var name: String
    public var description: String?
    /// Milliseconds to wait before it starts.
    public var delay: Int
    /// Milliseconds after which it has failed; nil for the engine's limit.
    public var timeout: Int?
    public var variables: [String: Variable]
    public var onCompletion: StepID?
    public var onSuccess: StepID?
    public var onFailure: StepID?
    /// What the extension of this program says; of no effect where the author did not use it.
    public var policy: StepPolicy
    public var type: any StepType

    /// The name to show: its own, or its type.
    public var title: String { name.isEmpty ? Swift.type(of: type).name : name }

    /// Where it can lead, with the property that says so.
    public var successors: [(property: String, id: StepID)] {
        type.branches
            + [("on_completion", onCompletion), ("on_success", onSuccess), ("on_failure", onFailure)].compactMap { property, id in
                id.map { (property, $0) }
            }
    }
}
