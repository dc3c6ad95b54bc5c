import Bytes

/// What rules have noted about a flow, for the `metadata` object of its events.
public struct FlowVariables: Sendable {
    /// Names of the flowbits that are set.
    public var flowbits: [String] = []
    /// Entropies that rules computed, by the buffer's name; of each the last one.
    public var entropies: [(name: String, value: Double)] = []

    public init() {}

    public var isEmpty: Bool { flowbits.isEmpty && entropies.isEmpty }
}

extension EventWriter {
    /// `metadata`, when there is anything in it.
    func metadata(_ variables: FlowVariables) {
        guard configuration.metadata, !variables.isEmpty else { return }
        file.json.key("metadata")
        file.json.beginObject()
        if !variables.flowbits.isEmpty {
            file.json.key("flowbits")
            file.json.beginArray()
            for name in variables.flowbits { file.json.string(name) }
            file.json.endArray()
        }
        if !variables.entropies.isEmpty {
            file.json.key("entropy")
            file.json.beginObject()
            for (name, value) in variables.entropies {
                file.json.key(dynamic: name)
                file.json.number(value)
            }
            file.json.endObject()
        }
        file.json.endObject()
    }
}
