import Flow

/// What rules note about a flow besides its bits.
extension Detector {
    /// The entropies that rules have computed on a flow, of each buffer the last one.
    public func entropies(_ flow: FlowID) -> [(name: String, value: Double)] { flowEntropies.isEmpty ? [] : flowEntropies[flow] ?? [] }

    /// Keeps what the evaluator has computed for the flow at hand.
    func noteEntropies() {
        guard !evaluator.entropies.isEmpty else { return }
        if let flow = facts?.id {
            var known = flowEntropies[flow] ?? []
            for (name, value) in evaluator.entropies {
                if let index = known.firstIndex(where: { $0.name == name }) {
                    known[index].value = value
                } else {
                    known.append((name, value))
                }
            }
            flowEntropies[flow] = known
        }
        evaluator.entropies = []
    }
}
