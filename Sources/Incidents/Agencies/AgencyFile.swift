import Bytes
import Wording

// `agencies.yaml`: read, and written so that what is written reads the same.
extension AgencyDirectory {
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
            let agency = try agency(entry)
            guard codes.insert(agency.code).inserted else { throw try entry.require("code").error("\(agency.code) stands twice") }
            agencies.append(agency)
        }
        return agencies
    }

    private static func agency(_ entry: ContentValue) throws(ContentError) -> Agency {
        try entry.allow(keys: [
            "code", "name", "name_en", "kind", "parent", "address", "level", "decision", "networks", "internet_links", "contacts", "assets",
        ])
        let code = try entry.require("code")
        guard isCode(try code.text()) else { throw code.error("expected letters, digits, - and _, at most 32") }
        let name = try entry.require("name").text()
        var agency = Agency(code: try code.text(), name: name, nameEnglish: try entry["name_en"]?.text() ?? name)
        if let kind = entry["kind"] {
            if try kind.text() == "district" { throw kind.error("there is no district level; expected ward, commune or special_zone") }
            agency.kind = try kind.word(Agency.Kind.self)
        }
        agency.parent = try entry["parent"]?.text()
        agency.address = try entry["address"]?.text()
        agency.level = try entry["level"]?.integer(1...5)
        agency.decision = try entry["decision"]?.text()
        for network in try entry["networks"]?.list() ?? [] { agency.networks.append(try self.network(network)) }
        for link in try entry["internet_links"]?.list() ?? [] {
            try link.allow(keys: ["name", "sensor", "provider", "bandwidth_mbps"])
            let name = try link.require("name")
            guard !agency.links.contains(where: { (try? name.text()) == $0.name }) else { throw name.error("the link stands twice") }
            agency.links.append(
                InternetLink(
                    name: try name.text(), sensor: try link["sensor"]?.text(), provider: try link["provider"]?.text(),
                    bandwidthMbps: try link["bandwidth_mbps"]?.integer(1...10_000_000)))
        }
        for contact in try entry["contacts"]?.list() ?? [] {
            try contact.allow(keys: ["name", "title", "phone", "email", "always"])
            agency.contacts.append(
                AgencyContact(
                    name: try contact.require("name").text(), title: try contact["title"]?.text(), phone: try contact["phone"]?.text(),
                    email: try contact["email"]?.text(), isAlwaysReachable: try contact["always"]?.flag() ?? false))
        }
        for asset in try entry["assets"]?.list() ?? [] { agency.assets.append(try self.asset(asset, known: agency.assets)) }
        return agency
    }

    /// Codes stand in names of ledger entries and in commands.
    public static func isCode(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count) && text.utf8.allSatisfy { ASCII.isDigit($0) || ASCII.isLetter($0) || $0 == 45 || $0 == 95 }
    }

    private static func network(_ entry: ContentValue) throws(ContentError) -> AgencyNetwork {
        try entry.allow(keys: ["cidr", "vlan", "interface"])
        var network = AgencyNetwork(prefix: nil)
        if let cidr = entry["cidr"] {
            switch block(try cidr.text()) {
            case .success(let prefix): network.prefix = prefix
            case .failure(let problem): throw cidr.error(problem.text)
            }
        }
        if let vlan = entry["vlan"] { network.vlan = UInt16(try vlan.integer(1...4094)) }
        network.interface = try entry["interface"]?.text()
        guard network != AgencyNetwork(prefix: nil) else { throw entry.error("expected a cidr, a vlan, an interface, or several of them") }
        return network
    }

    /// Why a text is no block of addresses.
    public struct BlockProblem: BilingualError {
        public var text: String
        public var english: String { text }
        public var vietnamese: String { ContentError.phrases.vietnamese(text) ?? text }
    }

    /// Reads a block of addresses as people write it.
    public static func block(_ text: String) -> Result<IPPrefix, BlockProblem> {
        guard let parsed = IPPrefix(text) else {
            return .failure(BlockProblem(text: "expected an address block such as 10.20.30.0/24, found \(text)"))
        }
        guard let address = IPAddress(String(text.prefix { $0 != "/" })), parsed.first == address else {
            return .failure(BlockProblem(text: "\(text) has bits set past its length; write \(parsed)"))
        }
        return .success(parsed)
    }

    private static func asset(_ entry: ContentValue, known: [Asset]) throws(ContentError) -> Asset {
        try entry.allow(keys: ["name", "type", "address", "hostname", "level", "decision", "description"])
        let name = try entry.require("name")
        let text = try name.text()
        guard !known.contains(where: { $0.name == text }) else { throw name.error("the asset stands twice") }
        var asset = Asset(name: text, kind: try entry.require("type").word(Asset.Kind.self))
        if let address = entry["address"] {
            guard let parsed = IPAddress(try address.text()) else {
                throw address.error("expected an address, found \(try address.text())")
            }
            asset.address = parsed
        }
        asset.hostname = try entry["hostname"]?.text()
        asset.level = try entry["level"]?.integer(1...5)
        asset.decision = try entry["decision"]?.text()
        asset.description = try entry["description"]?.text()
        return asset
    }

    /// The text of an `agencies.yaml` with these agencies.
    public var yaml: String {
        var lines = [
            "# Agencies and what belongs to them. Read by: vonggac agency import FILE, and incidents.agencies of the sensor.", "schema: 1",
        ]
        lines.append(agencies.isEmpty ? "agencies: []" : "agencies:")
        func quoted(_ text: String) -> String {
            "\""
                + text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n").replacing("\t", with: "\\t")
                + "\""
        }
        func flow(_ pairs: [(String, String?)]) -> String {
            "{" + pairs.compactMap { key, value in value.map { "\(key): \($0)" } }.joined(separator: ", ") + "}"
        }
        for agency in agencies {
            lines.append("  - code: \(quoted(agency.code))")
            let facts: [(String, String?)] = [
                ("name", quoted(agency.name)), ("name_en", quoted(agency.nameEnglish)), ("kind", agency.kind.rawValue),
                ("parent", agency.parent.map(quoted)), ("address", agency.address.map(quoted)), ("level", agency.level.map { String($0) }),
                ("decision", agency.decision.map(quoted)),
            ]
            lines += facts.compactMap { key, value in value.map { "    \(key): \($0)" } }
            func list(_ key: String, _ entries: [String]) {
                guard !entries.isEmpty else { return }
                lines.append("    \(key):")
                lines += entries.map { "      - \($0)" }
            }
            list(
                "networks",
                agency.networks.map {
                    flow([
                        ("cidr", $0.prefix.map { quoted($0.description) }), ("vlan", $0.vlan.map { String($0) }),
                        ("interface", $0.interface.map(quoted)),
                    ])
                })
            list(
                "internet_links",
                agency.links.map {
                    flow([
                        ("name", quoted($0.name)), ("sensor", $0.sensor.map(quoted)), ("provider", $0.provider.map(quoted)),
                        ("bandwidth_mbps", $0.bandwidthMbps.map { String($0) }),
                    ])
                })
            list(
                "contacts",
                agency.contacts.map {
                    flow([
                        ("name", quoted($0.name)), ("title", $0.title.map(quoted)), ("phone", $0.phone.map(quoted)),
                        ("email", $0.email.map(quoted)), ("always", $0.isAlwaysReachable ? "true" : nil),
                    ])
                })
            list(
                "assets",
                agency.assets.map {
                    flow([
                        ("name", quoted($0.name)), ("type", $0.kind.rawValue), ("address", $0.address.map { quoted($0.description) }),
                        ("hostname", $0.hostname.map(quoted)), ("level", $0.level.map { String($0) }),
                        ("decision", $0.decision.map(quoted)),
                        ("description", $0.description.map(quoted)),
                    ])
                })
        }
        return lines.joined(separator: "\n") + "\n"
    }
}
