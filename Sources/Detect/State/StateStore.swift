import Bytes
import Flow

/// What rules have set: bits and numbers of the worker's flows, and its way to the bits of hosts that all workers share.
final class StateStore {
    private struct FlowState {
        var generation: UInt32
        var bits: Set<Int> = []
        var integers: [Int: UInt32] = [:]
        var variables: [(name: String, value: [UInt8])] = []
    }

    private var flows: [UInt32: FlowState] = [:]
    private let shared: SharedState
    private let turn: WorkerTurn
    /// Bits of hosts that were cleared to make room for this worker's.
    private(set) var evictedBits: UInt64 = 0

    init(shared: SharedState, turn: WorkerTurn) {
        self.shared = shared
        self.turn = turn
    }

    private func bits(_ flow: FlowID) -> Set<Int> {
        guard let state = flows[flow.index], state.generation == flow.generation else { return [] }
        return state.bits
    }

    /// Whether anything is kept about a flow.
    func knows(_ flow: FlowID) -> Bool { flows[flow.index] != nil }

    /// The numbers of the bits that are set on a flow, in ascending order.
    func setBits(_ flow: FlowID) -> [Int] { bits(flow).sorted() }

    /// The numbers of a flow, by the number of their name.
    func integers(_ flow: FlowID) -> [(number: Int, value: UInt32)] {
        guard let state = flows[flow.index], state.generation == flow.generation else { return [] }
        return state.integers.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    func variables(_ flow: FlowID) -> [(name: String, value: [UInt8])] {
        guard let state = flows[flow.index], state.generation == flow.generation else { return [] }
        return state.variables
    }

    /// Keeps the last value of each name, up to 64 names.
    func setVariable(_ flow: FlowID, _ name: String, _ value: [UInt8]) {
        var state = current(flow)
        if let known = state.variables.firstIndex(where: { $0.name == name }) {
            state.variables[known].value = value
        } else if state.variables.count < 64 {
            state.variables.append((name, value))
        }
        flows[flow.index] = state
    }

    func forget(_ flow: FlowID) { flows[flow.index] = nil }

    func holds(_ test: CompiledState.Test, flow: FlowID?, source: IPAddress, destination: IPAddress, now: Timestamp) -> Bool {
        switch test {
        case .bits(let numbers, let isSet):
            guard let flow else { return false }
            let set = bits(flow)
            return numbers.contains { set.contains($0) == isSet }
        case .integer(let number, let test, let operand):
            guard let flow else { return false }
            let integers = flows[flow.index].flatMap { $0.generation == flow.generation ? $0.integers : nil } ?? [:]
            let value = integers[number]
            switch test {
            case .isSet: return value != nil
            case .isNotSet: return value == nil
            case .compare(let comparison, let other):
                guard let value, let want = resolve(other, operand, integers) else { return false }
                switch comparison {
                case .equal: return value == want
                case .notEqual: return value != want
                case .less: return value < want
                case .lessOrEqual: return value <= want
                case .greater: return value > want
                case .greaterOrEqual: return value >= want
                }
            }
        case .hostBit(let bit, let track, let isSet):
            turn.wait()
            return shared.withLock { $0.hostBits.isSet(bit, track, source, destination, now) } == isSet
        }
    }

    private func resolve(_ operand: FlowIntOperand, _ number: Int?, _ integers: [Int: UInt32]) -> UInt32? {
        switch operand {
        case .constant(let value): value
        case .variable: number.flatMap { integers[$0] }
        }
    }

    func apply(_ effect: CompiledState.Effect, flow: FlowID?, source: IPAddress, destination: IPAddress, now: Timestamp) {
        switch effect {
        case .bits(let numbers, let change):
            guard let flow else { return }
            var state = current(flow)
            for number in numbers {
                switch change {
                case .set: state.bits.insert(number)
                case .unset: state.bits.remove(number)
                case .toggle: if state.bits.remove(number) == nil { state.bits.insert(number) }
                }
            }
            flows[flow.index] = state
        case .integer(let number, let change, let operand):
            guard let flow else { return }
            var state = current(flow)
            switch change {
            case .assign(let other): state.integers[number] = resolve(other, operand, state.integers) ?? state.integers[number]
            case .add(let other): state.integers[number] = (state.integers[number] ?? 0) &+ (resolve(other, operand, state.integers) ?? 0)
            case .subtract(let other):
                let value = state.integers[number] ?? 0
                let less = resolve(other, operand, state.integers) ?? 0
                state.integers[number] = value >= less ? value - less : 0
            }
            flows[flow.index] = state
        case .hostBit(let bit, let track, let change, let seconds):
            turn.wait()
            evictedBits &+= shared.withLock {
                let before = $0.hostBits.evicted
                $0.hostBits.change(bit, track, change, seconds, source, destination, now)
                return $0.hostBits.evicted - before
            }
        case .tag, .silence, .bypass: break
        }
    }

    /// Takes over what another rule set's rules have set, by name.
    func adopt(_ old: StateStore, bits: [Int?], integers: [Int?]) {
        for (index, state) in old.flows {
            var state = state
            state.bits = Set(state.bits.compactMap { bits[$0] })
            state.integers = Dictionary(
                state.integers.compactMap { number, value in integers[number].map { ($0, value) } }, uniquingKeysWith: { $1 })
            flows[index] = state
        }
    }

    private func current(_ flow: FlowID) -> FlowState {
        if let state = flows[flow.index], state.generation == flow.generation { return state }
        return FlowState(generation: flow.generation)
    }
}
