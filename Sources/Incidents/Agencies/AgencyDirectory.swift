import Bytes

/// Finds the agency that an address belongs to: the most specific network that contains it.
public struct AgencyDirectory: Sendable, Hashable {
    public let agencies: [Agency]
    /// Networks of one block, or those without a block, as they are asked for.
    private struct Entry: Hashable {
        var vlan: UInt16?
        var interface: String?
        var agency: Int

        /// How much it demands beside the block.
        var conditions: Int { (vlan == nil ? 0 : 1) + (interface == nil ? 0 : 1) }

        func holds(_ vlans: [UInt16], _ interface: String?) -> Bool {
            if let vlan, !vlans.contains(vlan) { return false }
            if let own = self.interface, own != interface { return false }
            return true
        }
    }

    /// Lengths of blocks that occur, the longest first, by family.
    private let lengths: (v4: [Int], v6: [Int])
    private let blocks: [IPPrefix: [Entry]]
    /// Networks without a block.
    private let others: [Entry]

    /// - Throws: ``HouseRuleError/overlap(network:first:second:)`` when two agencies claim the same network, and others when the tree of agencies
    ///   is none.
    public init(_ agencies: [Agency]) throws(HouseRuleError) {
        self.agencies = agencies
        try AgencyDirectory.checkTree(agencies)
        var blocks: [IPPrefix: [Entry]] = [:]
        var others: [Entry] = []
        for (index, agency) in agencies.enumerated() {
            for network in agency.networks {
                let entry = Entry(vlan: network.vlan, interface: network.interface, agency: index)
                for other in network.prefix.map({ blocks[$0] ?? [] }) ?? others where other.agency != index {
                    if AgencyDirectory.areApart(entry, other) { continue }
                    throw .overlap(network: network.description, first: agencies[other.agency].code, second: agency.code)
                }
                if let prefix = network.prefix { blocks[prefix, default: []].append(entry) } else { others.append(entry) }
            }
        }
        self.blocks = blocks.mapValues { $0.sorted { $0.conditions > $1.conditions } }
        self.others = others.sorted { $0.conditions > $1.conditions }
        func lengths(_ isV4: Bool) -> [Int] { Set(blocks.keys.filter { $0.first.isV4 == isV4 }.map { Int($0.length) }).sorted(by: >) }
        self.lengths = (lengths(true), lengths(false))
    }

    /// No packet can be in both: the same block may exist on several VLANs or behind several interfaces, but then each owner must say where.
    private static func areApart(_ a: Entry, _ b: Entry) -> Bool {
        if let first = a.vlan, let second = b.vlan, first != second { return true }
        if let first = a.interface, let second = b.interface, first != second { return true }
        return false
    }

    private static func checkTree(_ agencies: [Agency]) throws(HouseRuleError) {
        let parents = Dictionary(agencies.map { ($0.code, $0.parent) }, uniquingKeysWith: { first, _ in first })
        for agency in agencies {
            guard let parent = agency.parent else { continue }
            guard parents[parent] != nil else { throw .unknownParent(code: agency.code, parent: parent) }
            var above = agency.parent
            var seen: Set<String> = [agency.code]
            while let code = above {
                guard seen.insert(code).inserted else { throw .parentCircle(code: agency.code) }
                above = parents[code] ?? nil
            }
        }
    }

    /// Nobody's directory.
    public static let empty: AgencyDirectory = AgencyDirectory()

    private init() {
        agencies = []
        lengths = ([], [])
        blocks = [:]
        others = []
    }

    /// The agency of an address.
    ///
    /// A block that only one agency has is enough, whatever the VLAN or interface: a routed packet is seen on either side's VLAN. Where
    /// several agencies have the same block, VLAN and interface decide. A network without a block takes private addresses on its VLAN or
    /// interface.
    public func agency(of address: IPAddress, vlans: [UInt16] = [], interface: String? = nil) -> Agency? {
        for length in address.isV4 ? lengths.v4 : lengths.v6 {
            guard let prefix = IPPrefix(address, length: length), let entries = blocks[prefix], let first = entries.first else { continue }
            if let found = entries.first(where: { $0.holds(vlans, interface) }) { return agencies[found.agency] }
            if entries.allSatisfy({ $0.agency == first.agency }) { return agencies[first.agency] }
        }
        guard !others.isEmpty, address.isPrivate else { return nil }
        return others.first { $0.holds(vlans, interface) }.map { agencies[$0.agency] }
    }

    /// The address is of an agency, or not routed on the Internet.
    public func isInternal(_ address: IPAddress, vlans: [UInt16] = [], interface: String? = nil) -> Bool {
        address.isPrivate || agency(of: address, vlans: vlans, interface: interface) != nil
    }

    /// Wider blocks of other agencies that a block lies in, the narrowest first: there the more specific one wins.
    public func surroundings(of prefix: IPPrefix) -> [(agency: Agency, prefix: IPPrefix)] {
        blocks.keys.filter { $0 != prefix && $0.first.isV4 == prefix.first.isV4 && $0.length < prefix.length && $0.contains(prefix.first) }
            .sorted { $0.length > $1.length }
            .flatMap { wider in (blocks[wider] ?? []).map { (agencies[$0.agency], wider) } }
    }

    /// The asset that has this address, at the agency that has it.
    public func asset(at address: IPAddress, of agency: String?) -> Asset? {
        agencies.first { $0.code == agency }?.assets.first { $0.address == address }
    }

    public static func == (a: AgencyDirectory, b: AgencyDirectory) -> Bool { a.agencies == b.agencies }
    public func hash(into hasher: inout Hasher) { hasher.combine(agencies) }
}
