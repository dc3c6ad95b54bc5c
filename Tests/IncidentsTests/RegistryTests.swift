import Bytes
import Incidents
import Testing

/// The registry: what belongs to an agency, how it changes, and that the past stays as it was.
@Suite struct RegistryTests {
    private static let full = """
        agencies:
          - {code: TINH, name: Tỉnh, kind: province}
          - code: SYT
            name: "Sở Y tế \\"A\\""
            name_en: Health
            kind: department
            parent: TINH
            address: "1 Đường Lê Lợi"
            level: 3
            decision: 12/QĐ-UBND
            networks: [{cidr: 10.20.0.0/16}, {vlan: 50}, {cidr: "2001:db8::/32", vlan: 7, interface: eth1}]
            internet_links: [{name: FPT, sensor: gw, provider: FPT Telecom, bandwidth_mbps: 200}]
            contacts: [{name: Trực ban, title: Văn thư, phone: "0299", email: truc@syt.example, always: true}]
            assets: [{name: Cổng, type: portal, address: 10.20.1.80, hostname: syt.example, level: 3, decision: 12/QĐ, description: web}]
          - {code: XA1, name: Xã Một, kind: commune, parent: TINH, networks: [{cidr: 10.20.30.0/24}]}
        """

    private func directory(_ text: String = full) throws -> AgencyDirectory { try AgencyDirectory.parse(text, file: "a.yaml") }

    @Test func everythingComesBackFromTheDatabaseAndFromYAML() throws {
        let store = try Scene().store()
        let directory = try directory()
        try store.importAgencies(directory, from: "a.yaml", by: Hand("Lan"))
        let stored = try store.agencyDirectory()
        #expect(stored.agencies == directory.agencies.sorted { $0.code < $1.code })
        #expect(try AgencyDirectory.parse(stored.yaml, file: "b.yaml") == stored)
        #expect(stored.asset(at: try #require(IPAddress("10.20.1.80")), of: "SYT")?.name == "Cổng")
        let surroundings = stored.surroundings(of: try #require(IPPrefix("10.20.30.0/24")))
        #expect(surroundings.map(\.agency.code) == ["SYT"])
    }

    @Test func interfacesTellSameBlocksApart() throws {
        let directory = try directory(
            """
            agencies:
              - {code: A, name: A, networks: [{cidr: 192.168.1.0/24, interface: eth1}, {interface: eth3}]}
              - {code: B, name: B, networks: [{cidr: 192.168.1.0/24, interface: eth2}, {vlan: 9, interface: eth4}]}
            """)
        func code(_ address: String, _ interface: String?, _ vlans: [UInt16] = []) -> String? {
            IPAddress(address).flatMap { directory.agency(of: $0, vlans: vlans, interface: interface)?.code }
        }
        #expect(code("192.168.1.5", "eth1") == "A" && code("192.168.1.5", "eth2") == "B" && code("192.168.1.5", nil) == nil)
        #expect(code("172.16.0.1", "eth3") == "A" && code("172.16.0.1", "eth4", [9]) == "B" && code("172.16.0.1", "eth4") == nil)
        #expect(code("198.51.100.1", "eth3") == nil)
    }

    @Test(arguments: [
        (
            "{code: A, name: A, networks: [{cidr: 10.0.0.0/8, interface: eth1}]}, {code: B, name: B, networks: [{cidr: 10.0.0.0/8, vlan: 5}]}",
            "10.0.0.0/8"
        ),
        ("{code: A, name: A, networks: [{interface: eth1}]}, {code: B, name: B, networks: [{vlan: 5, interface: eth1}]}", "eth1"),
        ("{code: A, name: A, parent: B}, {code: B, name: B, parent: A}", "above itself"),
        ("{code: A, name: A, parent: C}", "C is not in the registry"),
    ])
    func whatCannotBeIsRefusedWithAReason(list: String, reason: String) {
        let error = #expect(throws: HouseRuleError.self) { try directory("agencies: [\(list)]") }
        #expect(error?.english.contains(reason) == true)
    }

    @Test(arguments: [
        ("kind: commune", "kind: district", "there is no district level"),
        ("type: portal", "type: portl", "expected one of document_system"),
        ("code: XA1", "code: \"X A\"", "expected letters, digits"), ("always: true", "always: 24", "expected true or false"),
        ("{vlan: 50}", "{vlan: 0}", "agencies[1].networks[1].vlan: expected a whole number"), ("phone:", "tel:", "unknown key tel"),
        ("address: 10.20.1.80", "address: 10.20.1", "expected an address"),
    ])
    func brokenFilesNameThePlace(original: String, changed: String, problem: String) {
        let error = #expect(throws: ContentError.self) { try directory(Self.full.replacing(original, with: changed)) }
        #expect(error?.description.contains(problem) == true && error?.line != nil, "\(String(describing: error))")
    }

    @Test func changesAreEventsWithWhoAndWhat() throws {
        let scene = try Scene()
        let store = try scene.store()
        try store.importAgencies(directory(), from: "a.yaml", by: Hand("Lan"))
        var agency = try #require(try store.agencies().first { $0.code == "XA1" })
        #expect(try !store.save(agency, isNew: false, by: Hand("Minh")))
        agency.contacts = [AgencyContact(name: "Trực", phone: "0299 1", isAlwaysReachable: true)]
        #expect(try store.save(agency, isNew: false, by: Hand("Minh")))
        #expect(throws: HouseRuleError.agencyExists(code: "XA1")) { try store.save(agency, isNew: true, by: Hand("Minh")) }
        agency.networks.append(AgencyNetwork(prefix: IPPrefix("10.20.0.0/16")))
        #expect(throws: HouseRuleError.self) { try store.save(agency, isNew: false, by: Hand("Minh")) }
        #expect(throws: HouseRuleError.agencyHasParts(code: "TINH", parts: ["SYT", "XA1"])) {
            try store.removeAgency("TINH", reason: "x", by: Hand("Minh"))
        }
        try store.removeAgency("XA1", reason: "sáp nhập", by: Hand("Minh"))
        #expect(throws: NotFoundError(.agency, "XA1")) { try store.removeAgency("XA1", reason: "x", by: Hand("Minh")) }
        let events = try store.events(subject: "agency/XA1")
        #expect(events.map(\.kind) == ["agency.changed", "agency.removed"] && events.allSatisfy { $0.actor == "Minh" })
        #expect(events[0].body.contains("0299 1") && events[1].body.contains("sáp nhập"))
        #expect(try store.auditLedger().findings.isEmpty)
    }

    /// What was attributed stays attributed, whatever becomes of the registry.
    @Test func thePastStaysAsItWas() throws {
        let scene = try Scene()
        let before = try scene.incidents([alert(0, "198.51.100.7", "10.20.10.2", classType: "network-scan")])
        #expect(before.map(\.agency) == ["SNV"])
        let store = try scene.store()
        var snv = try #require(try store.agencies().first { $0.code == "SNV" })
        snv.networks = []
        snv.name = "Sở Nội vụ mới"
        try store.save(snv, isNew: false, by: Hand("Lan"))
        try store.removeAgency("STC", reason: "sáp nhập", by: Hand("Lan"))
        #expect(try store.incidents().map(\.agency) == ["SNV"] && store.alerts(AlertFilter()).map(\.agency) == ["SNV"])
        try store.removeAgency("SNV", reason: "sáp nhập", by: Hand("Lan"))
        #expect(try store.incidents().map(\.agency) == ["SNV"] && store.alerts(AlertFilter()).map(\.agency) == ["SNV"])
    }

    /// A sensor that runs sees the registry change; one that starts again does not take people's changes back.
    @Test func aRunningSensorFollowsTheRegistry() throws {
        let scene = try Scene()
        let store = try scene.store()
        let writer = try scene.writer(store)
        _ = writer.submit(alert(0, "198.51.100.7", "10.20.30.2", classType: "network-scan"))
        while try store.incidents().isEmpty {}
        try store.save(
            Agency(code: "XA1", name: "Xã Một", nameEnglish: "Commune", networks: [AgencyNetwork(prefix: IPPrefix("10.20.30.0/24"))]),
            isNew: true,
            by: Hand("Lan"))
        _ = writer.submit(alert(10, "198.51.100.8", "10.20.30.2", classType: "network-scan"))
        try writer.close()
        #expect(try store.incidents().map(\.agency) == ["XA1", "TTDL"])
        #expect(try !store.importAgencies(Scene.directory(), from: "agencies.yaml", once: true, by: Hand("sensor:gw")))
        #expect(try store.agencies().contains { $0.code == "XA1" })
        #expect(try store.importAgencies(directory(), from: "other.yaml", once: true, by: Hand("sensor:gw")))
    }
}
