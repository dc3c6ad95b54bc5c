import AppLayer
import Bytes
import Decode

/// What a packet is, as far as rule headers ask: one bit each, so that a rule can say in one word what it does not want.
struct PacketTraits: OptionSet, Sendable {
    let rawValue: UInt32

    static let tcp = PacketTraits(rawValue: 1 << 0)
    static let udp = PacketTraits(rawValue: 1 << 1)
    static let icmp = PacketTraits(rawValue: 1 << 2)
    static let icmpv6 = PacketTraits(rawValue: 1 << 3)
    static let otherProtocol = PacketTraits(rawValue: 1 << 4)
    static let ipv4 = PacketTraits(rawValue: 1 << 5)
    static let ipv6 = PacketTraits(rawValue: 1 << 6)
    static let withoutFlow = PacketTraits(rawValue: 1 << 7)
    static let toServer = PacketTraits(rawValue: 1 << 8)
    static let toClient = PacketTraits(rawValue: 1 << 9)
    static let established = PacketTraits(rawValue: 1 << 10)
    static let notEstablished = PacketTraits(rawValue: 1 << 11)
    static let rebuilt = PacketTraits(rawValue: 1 << 12)
    static let notRebuilt = PacketTraits(rawValue: 1 << 13)

    static let everyProtocol: PacketTraits = [.tcp, .udp, .icmp, .icmpv6, .otherProtocol]

    static func of(ipProtocol: UInt8) -> PacketTraits {
        switch ipProtocol {
        case 6: .tcp
        case 17: .udp
        case 1: .icmp
        case 58: .icmpv6
        default: .otherProtocol
        }
    }

    init(rawValue: UInt32) { self.rawValue = rawValue }

    /// Of a packet with IP.
    init(_ packet: borrowing Packet, _ facts: FlowFacts?) {
        if let facts {
            self.init(packet, facts.direction, isEstablished: facts.isEstablished)
        } else {
            self = PacketTraits(packet).union(.withoutFlow)
        }
    }

    /// Of a packet of a flow.
    init(_ packet: borrowing Packet, _ direction: FlowDirection, isEstablished: Bool) {
        self = PacketTraits(packet)
            .union(direction == .toServer ? .toServer : .toClient).union(isEstablished ? .established : .notEstablished)
    }

    private init(_ packet: borrowing Packet) {
        self = PacketTraits.of(ipProtocol: packet.ipProtocol)
            .union(packet.ipVersion == 6 ? .ipv6 : .ipv4).union(packet.flags.contains(.rebuilt) ? .rebuilt : .notRebuilt)
    }
}

/// The headers of all rules, flat: most rules that a packet does not concern are told by one word of memory.
struct HeaderTable: ~Copyable, Sendable {
    struct Entry: BitwiseCopyable, Sendable {
        /// A packet with one of these is none for the rule.
        var forbidden: PacketTraits
        /// Numbers of address and port sets; 0 is any.
        var source: UInt32
        var destination: UInt32
        var sourcePorts: UInt32
        var destinationPorts: UInt32
        /// Number of the set of application protocols; 0 is any.
        var protocols: UInt16
        /// The entry does not say all: the rule itself is to be asked.
        var isSpecial: Bool

        init(
            forbidden: PacketTraits, source: UInt32, destination: UInt32, sourcePorts: UInt32, destinationPorts: UInt32, protocols: UInt16,
            isSpecial: Bool
        ) {
            self.forbidden = forbidden
            self.source = source
            self.destination = destination
            self.sourcePorts = sourcePorts
            self.destinationPorts = destinationPorts
            self.protocols = protocols
            self.isSpecial = isSpecial
        }

        init(_ signature: Signature, _ sets: inout RuleSets) {
            self.init(
                forbidden: HeaderTable.forbidden(signature),
                source: sets.number(signature.source), destination: sets.number(signature.destination),
                sourcePorts: sets.number(signature.sourcePorts), destinationPorts: sets.number(signature.destinationPorts),
                protocols: sets.number(signature.proto.appProtocols), isSpecial: HeaderTable.isSpecial(signature))
        }
    }

    let entries: FrozenTable<Entry>
    let addressSets: [AddressSet]
    let portSets: [PortSet]
    /// Whether a set of application protocols (its number times 256) holds a protocol (plus its number).
    private let protocolSets: FrozenTable<Bool>
    /// The two address sets that rules name most: what is inside and what is outside. 0 where there is none.
    private let inside: UInt32
    private let outside: UInt32

    /// - Parameter entries: in evaluation order; what they number stands in `sets`.
    init(_ entries: [Entry], _ sets: RuleSets) {
        var uses = [Int](repeating: 0, count: sets.addresses.count)
        for entry in entries {
            uses[Int(entry.source)] += 1
            uses[Int(entry.destination)] += 1
        }
        let common = uses.indices.dropFirst().sorted { uses[$0] > uses[$1] }
        inside = UInt32(common.first ?? 0)
        outside = UInt32(common.dropFirst().first ?? 0)
        self.entries = FrozenTable(entries)
        addressSets = sets.addresses
        portSets = sets.ports
        protocolSets = FrozenTable(
            sets.protocols.flatMap { list in (0...255).map { list.isEmpty || list.contains(AppProtocol(rawValue: $0)) } })
    }

    @inline(__always)
    func admits(_ proto: AppProtocol, _ entry: Entry) -> Bool { protocolSets[Int(entry.protocols) << 8 | Int(proto.rawValue)] }

    /// Which of the two most common address sets hold the source (bits 0 and 1) and the destination (bits 2 and 3) of a packet.
    @inline(__always)
    func ends(_ memory: borrowing HeaderMemory, _ packet: borrowing Packet) -> UInt8 {
        var ends: UInt8 = 0
        if memory.isSource(inside, self, packet) { ends |= 1 }
        if memory.isSource(outside, self, packet) { ends |= 2 }
        if memory.isDestination(inside, self, packet) { ends |= 4 }
        if memory.isDestination(outside, self, packet) { ends |= 8 }
        return ends
    }

    /// By number of an application protocol: the class of those that all of some sets of protocols hold or none does.
    func classes(_ sets: Set<UInt16>) -> FrozenTable<UInt8> {
        let sets = sets.sorted()
        var numbers: [[Bool]: UInt8] = [:]
        var classes: [UInt8] = []
        for proto in 0..<256 {
            let held = sets.map { protocolSets[Int($0) << 8 | proto] }
            // There are no more classes than protocols.
            let number = numbers[held] ?? UInt8(truncatingIfNeeded: numbers.count)
            numbers[held] = number
            classes.append(number)
        }
        return FrozenTable(classes)
    }

    /// False where the header of a rule refuses all packets of a kind.
    func mayConcern(_ kind: PortViews.Kind, _ rule: Int) -> Bool {
        let entry = entries[rule]
        guard entry.forbidden.isDisjoint(with: kind.traits) else { return false }
        if entry.isSpecial { return true }
        if entry.protocols != 0, let proto = kind.proto, !admits(proto, entry) { return false }
        func refuses(_ set: UInt32, _ held: UInt8) -> Bool {
            set != 0 && (set == inside && held & 1 == 0 || set == outside && held & 2 == 0)
        }
        return !refuses(entry.source, kind.ends) && !refuses(entry.destination, kind.ends >> 2)
    }

    fileprivate static func forbidden(_ signature: Signature) -> PacketTraits {
        var forbidden = PacketTraits()
        let proto = signature.proto
        if !proto.ipProtocols.isEmpty {
            forbidden = .everyProtocol
            for number in proto.ipProtocols { forbidden.subtract(.of(ipProtocol: number)) }
        }
        for case .ipProtocol(let numbers, let isNegated) in signature.packetTests {
            for number: UInt8 in [6, 17, 1, 58] where numbers.contains(number) == isNegated { forbidden.formUnion(.of(ipProtocol: number)) }
        }
        if let version = proto.ipVersion { forbidden.formUnion(version == 6 ? .ipv4 : .ipv6) }
        if !signature.directions.contains(.toServer) { forbidden.formUnion(.toServer) }
        if !signature.directions.contains(.toClient) { forbidden.formUnion(.toClient) }
        if !proto.appProtocols.isEmpty { forbidden.formUnion(.withoutFlow) }
        let flow = signature.flow
        if flow.state != nil || flow.direction != nil { forbidden.formUnion(.withoutFlow) }
        if let direction = flow.direction { forbidden.formUnion(direction == .toServer ? .toClient : .toServer) }
        switch flow.state {
        case .established: forbidden.formUnion(.notEstablished)
        case .notEstablished: forbidden.formUnion(.established)
        case .stateless, nil: break
        }
        if flow.onlyFragments { forbidden.formUnion(.notRebuilt) }
        if flow.noFragments { forbidden.formUnion(.rebuilt) }
        return forbidden
    }

    /// IP protocols without a bit of their own, and rules on both sides of a transaction.
    fileprivate static func isSpecial(_ signature: Signature) -> Bool {
        signature.isTransactional
            || signature.proto.ipProtocols.contains { PacketTraits.of(ipProtocol: $0) == .otherProtocol }
    }
}

/// Which address and port sets hold the packet at hand; each is asked once per packet, however many rules name it.
struct HeaderMemory: ~Copyable {
    /// Per set: the round in which it was asked, and the answer in the last bit.
    private let sources: ScratchTable<UInt64>
    private let destinations: ScratchTable<UInt64>
    private let sourcePorts: ScratchTable<UInt64>
    private let destinationPorts: ScratchTable<UInt64>
    private var round: UInt64 = 1

    init(_ table: borrowing HeaderTable) {
        sources = ScratchTable(repeating: 0, count: table.addressSets.count)
        destinations = ScratchTable(repeating: 0, count: table.addressSets.count)
        sourcePorts = ScratchTable(repeating: 0, count: table.portSets.count)
        destinationPorts = ScratchTable(repeating: 0, count: table.portSets.count)
    }

    /// Another packet.
    mutating func begin() { round &+= 1 }

    @inline(__always)
    private func known(_ memory: borrowing ScratchTable<UInt64>, _ number: UInt32) -> Bool? {
        let known = memory[Int(number)]
        return known >> 1 == round ? known & 1 != 0 : nil
    }

    @inline(__always)
    private func keep(_ memory: borrowing ScratchTable<UInt64>, _ number: UInt32, _ holds: Bool) -> Bool {
        memory[Int(number)] = round << 1 | (holds ? 1 : 0)
        return holds
    }

    @inline(__always)
    func addressesHold(_ entry: HeaderTable.Entry, _ table: borrowing HeaderTable, _ packet: borrowing Packet) -> Bool {
        guard holds(entry.source, sources, table, packet.source) else { return false }
        return holds(entry.destination, destinations, table, packet.destination)
    }

    @inline(__always)
    func isSource(_ set: UInt32, _ table: borrowing HeaderTable, _ packet: borrowing Packet) -> Bool {
        holds(set, sources, table, packet.source)
    }

    @inline(__always)
    func isDestination(_ set: UInt32, _ table: borrowing HeaderTable, _ packet: borrowing Packet) -> Bool {
        holds(set, destinations, table, packet.destination)
    }

    @inline(__always)
    func portsHold(_ entry: HeaderTable.Entry, _ table: borrowing HeaderTable, _ packet: borrowing Packet, _ hasPorts: Bool) -> Bool {
        guard entry.sourcePorts | entry.destinationPorts != 0 else { return true }
        guard hasPorts, holds(entry.sourcePorts, sourcePorts, table, packet.sourcePort) else { return false }
        return holds(entry.destinationPorts, destinationPorts, table, packet.destinationPort)
    }

    @inline(__always)
    private func holds(
        _ number: UInt32, _ memory: borrowing ScratchTable<UInt64>, _ table: borrowing HeaderTable, _ address: IPAddress
    ) -> Bool {
        if number == 0 { return true }
        if let known = known(memory, number) { return known }
        return keep(memory, number, table.addressSets[Int(number)].contains(address))
    }

    @inline(__always)
    private func holds(_ number: UInt32, _ memory: borrowing ScratchTable<UInt64>, _ table: borrowing HeaderTable, _ port: Port) -> Bool {
        if number == 0 { return true }
        if let known = known(memory, number) { return known }
        return keep(memory, number, table.portSets[Int(number)].contains(port))
    }
}
