import AppLayer
import Bytes

/// The prefilters of port groups as one worker has met them: made when the first packet of a kind with such ports comes.
///
/// What tells packets apart in rule headers besides ports (direction, state, application protocol, whether the ends are inside or outside)
/// is decided here, once for each kind of packet: the others' rules are not searched for at all.
final class PortViews {
    /// What decides, besides ports, which rules can concern a packet.
    struct Kind {
        var traits: PacketTraits
        /// Nil where protocols are not told apart: without a flow.
        var proto: AppProtocol?
        /// See ``HeaderTable/ends(_:_:)``.
        var ends: UInt8
    }

    private let groups: PortGroups
    private let rules: RuleSet
    private var packets = Views()
    private var streams = Views()
    /// What some rule here does not want of a packet; in other traits packets do not differ.
    private let traits: PacketTraits
    /// By number of an application protocol: the class of those that the rules here do not tell apart.
    private let classes: FrozenTable<UInt8>
    /// By group number: some rule of the group, or of all ports, looks at streams.
    private let looksAtStreams: [Bool]

    init(_ groups: PortGroups, _ rules: RuleSet) {
        self.groups = groups
        self.rules = rules
        let own = groups.rules.map { list in
            groups.ipProtocol == 6
                && list.contains { [.stream, .packetAndStream].contains(rules.facts[Int($0)].kind) }
        }
        looksAtStreams = own
        var traits = PacketTraits()
        var protocolSets: Set<UInt16> = []
        for rule in groups.rules.joined() {
            let entry = rules.headers.entries[Int(rule)]
            traits.formUnion(entry.forbidden)
            if !entry.isSpecial { protocolSets.insert(entry.protocols) }
        }
        self.traits = traits
        classes = rules.headers.classes(protocolSets)
    }

    /// What tells kinds apart, as a number below 2^32.
    @inline(__always)
    private func key(_ kind: Kind) -> UInt64 {
        UInt64(kind.traits.intersection(traits).rawValue) << 13 | UInt64(kind.ends) << 9
            | UInt64(kind.proto.map { UInt16(classes[Int($0.rawValue)]) } ?? 256)
    }

    /// Calls `body` with what searches a packet of this kind, with these ports and so many bytes of payload; rarely twice.
    @inline(__always)
    func eachForPackets(source: Port, destination: Port, _ kind: Kind, size: Int, _ body: (Prefilter) -> Void) {
        let (one, two) = groups.numbers(source: source, destination: destination)
        let first = one != 0 ? one : two
        let sizes = PayloadSizes(of: size)
        packets.lend(forPackets(first, isWhole: true, kind, sizes), body)
        if one != 0, two != 0, two != one { packets.lend(forPackets(two, isWhole: false, kind, sizes), body) }
    }

    /// The same for what searches a stream.
    @inline(__always)
    func eachForStreams(source: Port, destination: Port, _ kind: Kind, _ body: (Prefilter) -> Void) {
        let (one, two) = groups.numbers(source: source, destination: destination)
        let first = one != 0 ? one : two
        streams.lend(forStreams(first, isWhole: true, kind), body)
        if one != 0, two != 0, two != one { streams.lend(forStreams(two, isWhole: false, kind), body) }
    }

    /// Whether a rule looks at the streams of these ports.
    func looksAtStreams(source: Port, destination: Port) -> Bool {
        let (one, two) = groups.numbers(source: source, destination: destination)
        return looksAtStreams[0] || looksAtStreams[one] || looksAtStreams[two]
    }

    /// - Parameter isWhole: with the rules for all ports.
    /// - Returns: a place in ``packets``.
    @inline(__always)
    private func forPackets(_ group: Int, isWhole: Bool, _ kind: Kind, _ sizes: PayloadSizes) -> Int {
        let key = UInt64(group) << 40 | UInt64(sizes.rawValue) << 33 | (isWhole ? 1 << 32 : 0) | key(kind)
        return packets[key] ?? makeForPackets(group, isWhole, kind, sizes, key)
    }

    @inline(__always)
    private func forStreams(_ group: Int, isWhole: Bool, _ kind: Kind) -> Int {
        let key = UInt64(group) << 40 | (isWhole ? 1 << 32 : 0) | key(kind)
        return streams[key] ?? makeForStreams(group, isWhole, kind, key)
    }

    @inline(never)
    private func makeForPackets(_ group: Int, _ isWhole: Bool, _ kind: Kind, _ sizes: PayloadSizes, _ key: UInt64) -> Int {
        var builder = Prefilter.Builder()
        let isTCP = groups.ipProtocol == 6
        eachRule(group, isWhole, kind) { rule, facts in
            guard !isTCP || facts.kind != .stream, !facts.payloadSizes.isDisjoint(with: sizes) else { return }
            // Nothing stands in an empty payload.
            if sizes == .empty, rules.payloadChoices.isSought(rule) { return }
            rules.payloadChoices.add(rule, to: &builder)
        }
        return packets.insert(rules.payloadChoices.compile(builder), key)
    }

    @inline(never)
    private func makeForStreams(_ group: Int, _ isWhole: Bool, _ kind: Kind, _ key: UInt64) -> Int {
        var builder = Prefilter.Builder()
        if groups.ipProtocol == 6 {
            eachRule(group, isWhole, kind) { rule, facts in
                if facts.kind == .stream || facts.kind == .packetAndStream { rules.payloadChoices.add(rule, to: &builder) }
            }
        }
        return streams.insert(rules.payloadChoices.compile(builder), key)
    }

    private func eachRule(_ group: Int, _ isWhole: Bool, _ kind: Kind, _ body: (UInt32, RuleFacts) -> Void) {
        func go(_ list: [UInt32]) {
            for rule in list where rules.headers.mayConcern(kind, Int(rule)) { body(rule, rules.facts[Int(rule)]) }
        }
        if isWhole { go(groups.rules[0]) }
        if !isWhole || group != 0 { go(groups.rules[group]) }
    }

    /// Prefilters by what they are for.
    private struct Views: ~Copyable {
        /// More kinds of packets than this at a time do not come up in a network; memory stays bounded where they are made to.
        private static let most = 512

        private var list = LentList<Prefilter>()
        /// Places in the list by group and kind.
        private var places = ViewPlaces()

        init() {}

        @inline(__always)
        subscript(key: UInt64) -> Int? { places[key] }

        @inline(__always)
        func lend(_ place: Int, _ body: (Prefilter) -> Void) { list.with(place, body) }

        mutating func insert(_ prefilter: Prefilter, _ key: UInt64) -> Int {
            if list.count >= Views.most {
                list.removeAll()
                places = ViewPlaces()
            }
            list.append(prefilter)
            places.insert(key, list.count - 1)
            return list.count - 1
        }
    }
}

/// Places in a list by a number: open addressing, a load and a comparison where the number is known.
private struct ViewPlaces: ~Copyable {
    /// Keys plus one and values in turn; a key of 0 is an empty place.
    private var table = ScratchTable<UInt64>(repeating: 0, count: 512)
    private var count = 0

    @inline(__always)
    private func home(_ key: UInt64) -> Int {
        Int(truncatingIfNeeded: (key &* 0x9e37_79b9_7f4a_7c15) >> 32) & (table.count / 2 - 1)
    }

    @inline(__always)
    subscript(key: UInt64) -> Int? {
        var at = home(key)
        while true {
            let known = table[2 * at]
            if known == key + 1 { return Int(table[2 * at + 1]) }
            if known == 0 { return nil }
            at = (at + 1) & (table.count / 2 - 1)
        }
    }

    mutating func insert(_ key: UInt64, _ place: Int) {
        if (count + 1) * 4 > table.count { grow() }
        count += 1
        var at = home(key)
        while table[2 * at] != 0 { at = (at + 1) & (table.count / 2 - 1) }
        table[2 * at] = key + 1
        table[2 * at + 1] = UInt64(place)
    }

    private mutating func grow() {
        var larger = ViewPlaces(table: ScratchTable(repeating: 0, count: table.count * 2))
        for at in 0..<table.count / 2 where table[2 * at] != 0 { larger.insert(table[2 * at] - 1, Int(table[2 * at + 1])) }
        self = larger
    }

    init() {}

    private init(table: consuming ScratchTable<UInt64>) { self.table = table }
}
