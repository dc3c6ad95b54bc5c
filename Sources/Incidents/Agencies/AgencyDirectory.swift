import Bytes

/// Finds the agency that an address belongs to: the most specific network that contains it.
public struct AgencyDirectory: Sendable, Hashable {
    public let agencies: [Agency]
    /// Longest prefix first; among equal prefixes, those on a VLAN first.
    private let networks: [(network: AgencyNetwork, agency: Int)]

    /// - Throws: ``HouseRuleError/overlap(network:first:second:)`` when two agencies claim the same network.
    public init(_ agencies: [Agency]) throws(HouseRuleError) {
        self.agencies = agencies
        var networks: [(network: AgencyNetwork, agency: Int)] = []
        for (index, agency) in agencies.enumerated() {
            for network in agency.networks { networks.append((network, index)) }
        }
        var owners: [AgencyNetwork: Int] = [:]
        var vlanless: [IPPrefix: Int] = [:]
        for (network, index) in networks {
            // The same block may exist on several VLANs, but then each owner must say on which.
            let other =
                owners[network]
                ?? network.prefix.flatMap { prefix in
                    network.vlan == nil
                        ? networks.first { $0.network.prefix == prefix && $0.agency != index }?.agency : vlanless[prefix]
                }
            if let other, other != index {
                let text = [network.prefix?.description, network.vlan.map { "VLAN \($0)" }].compactMap { $0 }.joined(separator: " ")
                throw .overlap(network: text, first: agencies[min(other, index)].code, second: agencies[max(other, index)].code)
            }
            owners[network] = index
            if let prefix = network.prefix, network.vlan == nil { vlanless[prefix] = index }
        }
        self.networks = networks.enumerated().sorted { a, b in
            let lengths = (AgencyDirectory.bits(a.element.network), AgencyDirectory.bits(b.element.network))
            if lengths.0 != lengths.1 { return lengths.0 > lengths.1 }
            let vlans = (a.element.network.vlan != nil, b.element.network.vlan != nil)
            return vlans.0 == vlans.1 ? a.offset < b.offset : vlans.0
        }.map(\.element)
    }

    /// Nobody's directory.
    public static let empty: AgencyDirectory = AgencyDirectory()

    private init() {
        agencies = []
        networks = []
    }

    /// The agency of an address.
    ///
    /// A block that only one agency has is enough, whatever the VLAN: a routed packet is seen on either side's VLAN. Where several
    /// agencies have the same block, the VLAN decides. A network without a block takes private addresses on its VLAN.
    public func agency(of address: IPAddress, vlans: [UInt16] = []) -> Agency? {
        var fallback: Int?
        var fallbackBits = -1
        for (network, index) in networks {
            let bits = AgencyDirectory.bits(network)
            if fallback != nil && bits < fallbackBits { break }
            if let prefix = network.prefix {
                guard prefix.contains(address) else { continue }
            } else if !address.isPrivate {
                continue
            }
            guard let vlan = network.vlan else { return agencies[index] }
            if vlans.contains(vlan) { return agencies[index] }
            guard let prefix = network.prefix else { continue }
            let isOnly = networks.allSatisfy { $0.network.prefix != prefix || $0.agency == index }
            if isOnly && fallback == nil {
                fallback = index
                fallbackBits = bits
            }
        }
        return fallback.map { agencies[$0] }
    }

    /// The address is of an agency, or not routed on the Internet.
    public func isInternal(_ address: IPAddress, vlans: [UInt16] = []) -> Bool {
        address.isPrivate || agency(of: address, vlans: vlans) != nil
    }

    /// Bits of the block in the 128-bit form, so that both families compare; 0 where there is no block.
    private static func bits(_ network: AgencyNetwork) -> Int {
        network.prefix.map { Int($0.length) + ($0.first.isV4 ? 96 : 0) + 1 } ?? 0
    }

    public static func == (a: AgencyDirectory, b: AgencyDirectory) -> Bool { a.agencies == b.agencies }
    public func hash(into hasher: inout Hasher) { hasher.combine(agencies) }

    /// Reads `agencies.yaml`. Throws ``ContentError``, or ``HouseRuleError`` when two agencies claim the same network.
    public static func load(file: String) throws -> AgencyDirectory { try AgencyDirectory(agencies(in: ContentValue.load(file: file))) }

    /// Reads the text of an `agencies.yaml`.
    public static func parse(_ text: String, file: String) throws -> AgencyDirectory {
        try AgencyDirectory(agencies(in: ContentValue.parse(text, file: file)))
    }

    private static func agencies(in root: ContentValue) throws(ContentError) -> [Agency] {
        try root.allow(keys: ["agencies", "schema"])
        var agencies: [Agency] = []
        var codes: Set<String> = []
        for entry in try root.require("agencies").list() {
            try entry.allow(keys: ["code", "name", "name_en", "level", "networks", "internet_links"])
            let code = try entry.require("code").text()
            guard codes.insert(code).inserted else { throw try entry.require("code").error("\(code) stands twice") }
            let name = try entry.require("name").text()
            var agency = Agency(code: code, name: name, nameEnglish: try entry["name_en"]?.text() ?? name)
            if let level = entry["level"] { agency.level = try level.integer(1...5) }
            if let networks = entry["networks"] {
                for network in try networks.list() { agency.networks.append(try self.network(network)) }
            }
            if let links = entry["internet_links"] {
                for link in try links.list() {
                    try link.allow(keys: ["name", "sensor"])
                    agency.links.append(InternetLink(name: try link.require("name").text(), sensor: try link["sensor"]?.text()))
                }
            }
            agencies.append(agency)
        }
        return agencies
    }

    private static func network(_ entry: ContentValue) throws(ContentError) -> AgencyNetwork {
        try entry.allow(keys: ["cidr", "vlan"])
        var prefix: IPPrefix?
        if let cidr = entry["cidr"] {
            let text = try cidr.text()
            prefix = IPPrefix(text)
            guard let parsed = prefix else { throw cidr.error("expected an address block such as 10.20.30.0/24, found \(text)") }
            guard let address = IPAddress(String(text.prefix { $0 != "/" })), parsed.first == address else {
                throw cidr.error("\(text) has bits set past its length; write \(parsed)")
            }
        }
        var vlan: UInt16?
        if let entry = entry["vlan"] { vlan = UInt16(try entry.integer(1...4094)) }
        guard prefix != nil || vlan != nil else { throw entry.error("expected a cidr, a vlan, or both") }
        return AgencyNetwork(prefix: prefix, vlan: vlan)
    }
}
