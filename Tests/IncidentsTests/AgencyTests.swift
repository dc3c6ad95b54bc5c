import Bytes
import Incidents
import Testing

@Suite struct AgencyTests {
    private func code(_ directory: AgencyDirectory, _ address: String, _ vlans: [UInt16] = []) -> String? {
        IPAddress(address).flatMap { directory.agency(of: $0, vlans: vlans)?.code }
    }

    @Test func mostSpecificNetworkWins() throws {
        let directory = try Scene.directory()
        #expect(code(directory, "10.20.10.7") == "SNV")
        // A routed packet is seen on the other side's VLAN; the block alone decides.
        #expect(code(directory, "10.20.10.7", [20]) == "SNV")
        #expect(code(directory, "10.20.99.1") == "TTDL")
        #expect(code(directory, "203.0.113.80") == "TTDL")
        #expect(code(directory, "192.0.2.1") == nil)
        #expect(code(directory, "2001:db8::1") == nil)
    }

    @Test func sameBlockOnTwoVLANs() throws {
        let directory = try AgencyDirectory.parse(
            """
            agencies:
              - {code: A, name: A, networks: [{cidr: 192.168.1.0/24, vlan: 10}]}
              - {code: B, name: B, networks: [{cidr: 192.168.1.0/24, vlan: 20}, {vlan: 30}]}
            """, file: "a.yaml")
        #expect(code(directory, "192.168.1.5", [10]) == "A")
        #expect(code(directory, "192.168.1.5", [20]) == "B")
        #expect(code(directory, "192.168.1.5") == nil)
        #expect(code(directory, "172.16.0.1", [30]) == "B")
        #expect(code(directory, "198.51.100.1", [30]) == nil)
    }

    @Test(arguments: [
        "[{code: A, name: A, networks: [{cidr: 10.0.0.0/8}]}, {code: B, name: B, networks: [{cidr: 10.0.0.0/8}]}]",
        "[{code: A, name: A, networks: [{vlan: 5}]}, {code: B, name: B, networks: [{vlan: 5}]}]",
        "[{code: A, name: A, networks: [{cidr: 10.0.0.0/8, vlan: 5}]}, {code: B, name: B, networks: [{cidr: 10.0.0.0/8}]}]",
        "[{code: A, name: A, networks: [{cidr: 10.0.0.0/8}]}, {code: B, name: B, networks: [{cidr: 10.0.0.0/8, vlan: 5}]}]",
    ])
    func overlapIsRefused(list: String) {
        let error = #expect(throws: HouseRuleError.self) { try AgencyDirectory.parse("agencies: \(list)", file: "a.yaml") }
        guard case .overlap(_, "A", "B") = error else {
            Issue.record("\(String(describing: error))")
            return
        }
    }

    @Test func nestedBlocksAreNoOverlap() throws {
        let directory = try AgencyDirectory.parse(
            "agencies: [{code: A, name: A, networks: [{cidr: 10.0.0.0/8}]}, {code: B, name: B, networks: [{cidr: 10.1.0.0/16}]}]",
            file: "a.yaml")
        #expect(code(directory, "10.1.2.3") == "B")
    }

    @Test(arguments: [
        ("agencies: [{name: A}]", "a.yaml:1: agencies[0]: the key code is missing"), ("{}", "the key agencies is missing"),
        ("agencies: [{code: A, name: A, level: 9}]", "agencies[0].level: expected a whole number from 1 to 5"),
        ("agencies: [{code: A, name: A, networks: [{cidr: 10.0.0.300/8}]}]", "networks[0].cidr: expected an address block"),
        ("agencies: [{code: A, name: A, networks: [{cidr: 10.0.0.1/8}]}]", "write 10.0.0.0/8"),
        ("agencies: [{code: A, name: A, networks: [{}]}]", "expected a cidr, a vlan, an interface, or several of them"),
        ("agencies: [{code: A, name: A}, {code: A, name: B}]", "A stands twice"),
        ("agencies: [{code: A, name: A, vlan: 4}]", "unknown key vlan"),
    ])
    func brokenFiles(text: String, complaint: String) {
        let error = #expect(throws: ContentError.self) { try AgencyDirectory.parse(text, file: "a.yaml") }
        #expect(error?.description.contains(complaint) == true, "\(error?.description ?? "")")
    }

    @Test func importIsIdempotentAndRecorded() throws {
        let store = try Scene().store()
        #expect(try store.importAgencies(Scene.directory(), from: "agencies.yaml", by: Hand("Lan")))
        #expect(try !store.importAgencies(Scene.directory(), from: "agencies.yaml", by: Hand("Lan")))
        #expect(try store.agencyDirectory().agencies == Scene.directory().agencies.sorted { $0.code < $1.code })
        let smaller = try AgencyDirectory(Scene.directory().agencies.filter { $0.code != "STC" })
        #expect(try store.importAgencies(smaller, from: "agencies.yaml", by: Hand("Lan")))
        #expect(try store.agencies().map(\.code) == ["SNV", "TTDL"])
        #expect(try store.events(subject: "agency").map(\.kind) == ["agency.imported", "agency.imported"])
    }
}
