import Bytes

/// What rules have noted about a flow, for the `metadata` object of its events.
public struct FlowVariables: Sendable {
    /// Names of the flowbits that are set.
    public var flowbits: [String] = []
    /// Entropies that rules computed, by the buffer's name; of each the last one.
    public var entropies: [(name: String, value: Double)] = []
    /// What expressions captured on the flow and on the packet, in order.
    public var flowVariables: [(name: String, value: [UInt8])] = []
    public var packetVariables: [(name: String, value: [UInt8])] = []
    /// Numbers of `flowint`.
    public var integers: [(name: String, value: UInt32)] = []

    public init() {}

    var isEmptyBesidesBits: Bool { entropies.isEmpty && flowVariables.isEmpty && packetVariables.isEmpty && integers.isEmpty }

    public var isEmpty: Bool {
        flowbits.isEmpty && entropies.isEmpty && flowVariables.isEmpty && packetVariables.isEmpty && integers.isEmpty
    }
}

extension EventWriter {
    /// `metadata`, when there is anything in it.
    func metadata(_ variables: FlowVariables) {
        guard configuration.metadata, !variables.isEmpty else { return }
        let bits = variables.flowbits.filter { !$0.hasPrefix("traffic/id/") && !$0.hasPrefix("traffic/label/") }
        if bits.count < variables.flowbits.count {
            file.json.key("traffic")
            file.json.beginObject()
            labels("id", "traffic/id/", variables.flowbits)
            labels("label", "traffic/label/", variables.flowbits)
            file.json.endObject()
            if bits.isEmpty, variables.isEmptyBesidesBits { return }
        }
        file.json.key("metadata")
        file.json.beginObject()
        pairs("flowvars", variables.flowVariables)
        if !bits.isEmpty {
            file.json.key("flowbits")
            file.json.beginArray()
            for name in bits { file.json.string(name) }
            file.json.endArray()
        }
        if !variables.integers.isEmpty {
            file.json.key("flowints")
            file.json.beginObject()
            for (name, value) in variables.integers {
                file.json.key(dynamic: name)
                file.json.number(UInt64(value))
            }
            file.json.endObject()
        }
        pairs("pktvars", variables.packetVariables)
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

    /// Flowbits that say what kind of traffic a flow is.
    private func labels(_ key: StaticString, _ prefix: String, _ bits: [String]) {
        let names = bits.filter { $0.hasPrefix(prefix) }
        guard !names.isEmpty else { return }
        file.json.key(key)
        file.json.beginArray()
        for name in names { file.json.string(String(name.dropFirst(prefix.count))) }
        file.json.endArray()
    }

    private func pairs(_ key: StaticString, _ values: [(name: String, value: [UInt8])]) {
        guard !values.isEmpty else { return }
        file.json.key(key)
        file.json.beginArray()
        for (name, value) in values {
            file.json.beginObject()
            file.json.key(dynamic: name)
            file.json.string(value)
            file.json.endObject()
        }
        file.json.endArray()
    }
}
