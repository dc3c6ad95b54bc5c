/// State tests and effects of a rule with names turned into numbers.
struct CompiledState: Sendable {
    enum Test: Sendable {
        case bits([Int], isSet: Bool)
        case integer(Int, FlowIntTest, operand: Int?)
        case hostBit(Int, BitTrack, isSet: Bool)
    }

    enum Effect: Sendable {
        case bits([Int], BitChange)
        case integer(Int, FlowIntChange, operand: Int?)
        case hostBit(Int, BitTrack, BitChange, expireSeconds: UInt32)
        case tag(TagSpec)
        case silence(Silence)
        case bypass
    }

    var tests: [Test] = []
    var effects: [Effect] = []
}

/// Gives names numbers, the same name the same number throughout the rule set.
struct StateCompiler: Sendable {
    private(set) var bitNames: [String] = []
    private(set) var integerNames: [String] = []
    private var bits: [String: Int] = [:]
    private var integers: [String: Int] = [:]

    private mutating func bit(_ name: String) -> Int {
        if let known = bits[name] { return known }
        bits[name] = bitNames.count
        bitNames.append(name)
        return bitNames.count - 1
    }

    private mutating func integer(_ name: String) -> Int {
        if let known = integers[name] { return known }
        integers[name] = integers.count
        integerNames.append(name)
        return integers.count - 1
    }

    /// xbits and hostbits have name spaces of their own. Their numbers come from the names alone (FNV-1a, 64 bits): what is set outlives the
    /// rule set that set it.
    private func hostBit(_ name: String, _ kind: String) -> Int {
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in (kind + " " + name).utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        return Int(truncatingIfNeeded: hash)
    }

    /// Gives numbers to the names of a rule, in the order in which it uses them.
    mutating func note(bits: [String], integers: [String]) {
        for name in bits { _ = bit(name) }
        for name in integers { _ = integer(name) }
    }

    private mutating func operand(_ operand: FlowIntOperand) -> Int? {
        if case .variable(let name) = operand { return integer(name) }
        return nil
    }

    mutating func compile(_ signature: Signature) -> CompiledState {
        var state = CompiledState()
        for test in signature.stateTests {
            switch test {
            case .flowbits(let names, let isSet): state.tests.append(.bits(names.map { bit($0) }, isSet: isSet))
            case .flowint(let name, let test):
                var other: Int?
                if case .compare(_, let value) = test { other = operand(value) }
                state.tests.append(.integer(integer(name), test, operand: other))
            case .xbits(let name, let track, let isSet): state.tests.append(.hostBit(hostBit(name, "x"), track, isSet: isSet))
            case .hostbits(let name, let track, let isSet): state.tests.append(.hostBit(hostBit(name, "h"), track, isSet: isSet))
            }
        }
        for effect in signature.effects {
            switch effect {
            case .flowbits(let names, let change): state.effects.append(.bits(names.map { bit($0) }, change))
            case .flowint(let name, let change):
                let other: Int? =
                    switch change {
                    case .add(let value), .subtract(let value), .assign(let value): operand(value)
                    }
                state.effects.append(.integer(integer(name), change, operand: other))
            case .xbits(let name, let track, let change, let seconds):
                state.effects.append(.hostBit(hostBit(name, "x"), track, change, expireSeconds: seconds))
            case .hostbits(let name, let track, let change, let seconds):
                state.effects.append(.hostBit(hostBit(name, "h"), track, change, expireSeconds: seconds))
            case .tag(let spec): state.effects.append(.tag(spec))
            case .silence(let what): state.effects.append(.silence(what))
            case .bypass: state.effects.append(.bypass)
            }
        }
        return state
    }
}
