import Bytes

/// The prefilters of port groups as one worker has met them: made when the first packet with such ports comes.
final class PortViews {
    /// Rules that are searched for together.
    final class View {
        let packets = Prefilter()
        let stream = Prefilter()
    }

    private let groups: PortGroups
    private let choices: PayloadChoices
    private let programs: [Program]
    /// By group number: the rules of the group with those for all ports, and alone.
    private var whole: [View?]
    private var alone: [View?]

    init(_ groups: PortGroups, _ choices: PayloadChoices, _ programs: [Program]) {
        self.groups = groups
        self.choices = choices
        self.programs = programs
        whole = Array(repeating: nil, count: groups.rules.count)
        alone = whole
    }

    /// Calls `body` with what a packet with these ports meets; rarely twice.
    @inline(__always)
    func each(source: Port, destination: Port, _ body: (View) -> Void) {
        let (one, two) = groups.numbers(source: source, destination: destination)
        let first = one != 0 ? one : two
        body(whole[first] ?? makeWhole(first))
        if one != 0, two != 0, two != one { body(alone[two] ?? makeAlone(two)) }
    }

    @inline(never)
    private func makeWhole(_ number: Int) -> View {
        let view = made(number == 0 ? groups.rules[0] : groups.rules[0] + groups.rules[number])
        whole[number] = view
        return view
    }

    @inline(never)
    private func makeAlone(_ number: Int) -> View {
        let view = made(groups.rules[number])
        alone[number] = view
        return view
    }

    private func made(_ rules: [UInt32]) -> View {
        let view = View()
        for rule in rules {
            let kind = programs[Int(rule)].signature.kind
            let isTCP = groups.ipProtocol == 6
            if !isTCP || kind != .stream { choices.add(rule, to: view.packets) }
            if isTCP, kind == .stream || kind == .packetAndStream { choices.add(rule, to: view.stream) }
        }
        choices.compile(view.packets)
        choices.compile(view.stream)
        return view
    }
}
