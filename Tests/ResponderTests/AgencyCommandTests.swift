import Foundation
import Incidents
import Testing
import Trust

@Suite struct AgencyCommandTests {
    @Test func anAgencyFromTheFirstDayToTheLast() throws {
        let desk = try Desk()
        #expect(try desk.run("agency", "add", "XA1", "--name", "Xã Một", "--kind", "commune", "--parent", "NONE").code == 4)
        let added = try desk.run(
            "agency", "add", "XA1", "--name", "Xã Một", "--kind", "commune", "--parent", "SNV", "--network", "10.20.10.128/25")
        #expect(added.code == 0 && added.output.contains("lies within 10.20.10.0/24 of SNV"))
        #expect(try desk.run("agency", "add", "XA1", "--name", "x").code == 4)
        #expect(try desk.run("agency", "add", "X 2", "--name", "x").code == 2)
        let overlap = try desk.run("agency", "network", "add", "XA1", "10.20.10.0/24")
        #expect(overlap.code == 4 && overlap.errors.contains("the narrower one wins"))
        #expect(try desk.run("agency", "network", "add", "XA1", "10.20.10.1/24").code == 2)
        #expect(try desk.run("agency", "network", "add", "XA1", "--vlan", "30").code == 0)
        #expect(try desk.run("agency", "network", "remove", "XA1", "--vlan", "31").code == 3)
        #expect(try desk.run("agency", "edit", "XA1", "--level", "2", "--decision", "7/QĐ").code == 0)
        #expect(try desk.run("agency", "contact", "add", "XA1", "Trực ban", "--phone", "0299 123", "--always").code == 0)
        #expect(try desk.run("clock", "list").output.contains("CONTACT_24"))
        #expect(try desk.run("agency", "asset", "add", "XA1", "Một cửa", "--type", "one_stop_desk", "--address", "10.20.10.130").code == 0)
        let shown = try desk.run("agency", "show", "XA1").output
        for text in ["Belongs to  SNV", "24/7  Trực ban", "0299 123", "VLAN 30", "one_stop_desk", "2 (7/QĐ)", "agency.added"] {
            #expect(shown.contains(text), "\(text)")
        }
        #expect(try desk.run("agency", "list", "--tree").output == "SNV  Home Affairs\n  XA1  Xã Một\n")
        #expect(try desk.run("agency", "remove", "SNV", "--reason", "x").code == 4)
        #expect(try desk.run("agency", "remove", "XA1", "--reason", "merged").code == 0)
        #expect(try desk.run("agency", "show", "XA1").code == 3)
        #expect(try desk.run("audit", "verify").code == 0)
    }

    @Test func whatIsExportedIsImportedAgain() throws {
        let desk = try Desk()
        _ = try desk.run("agency", "link", "add", "SNV", "VNPT", "--sensor", "gw", "--bandwidth", "300")
        let file = desk.folder + "/out.yaml"
        #expect(try desk.run("agency", "export", file).code == 0)
        #expect(try desk.run("agency", "import", file).output == "The registry is unchanged.\n")
        let text = try String(contentsOfFile: file, encoding: .utf8)
        let changed = try desk.write(text.replacing("Home Affairs", with: "Interior") + "  - {code: XA9, name: Xã Chín}\n", to: "new.yaml")
        #expect(try desk.run("agency", "import", changed, "--dry-run").output == "+ XA9\n~ SNV\n")
        #expect(try desk.run("agency", "import", changed).code == 0)
        #expect(try desk.run("agency", "export").output.contains("Interior"))
        #expect(try desk.run("agency", "import", desk.folder + "/none.yaml").code == 1)
    }

    /// The desk's sensor was heard of when its alert was written, in November 2026, whatever the day of the test is.
    @Test func coverageNamesLinksWithoutASensor() throws {
        let desk = try Desk()
        #expect(try desk.run("agency", "coverage").output.contains("No Internet link"))
        _ = try desk.run("agency", "link", "add", "SNV", "VNPT")
        let result = try desk.run("agency", "coverage", "--json")
        let json = try JSONValue(parsing: result.output)
        #expect(result.code == 1 && json["links"] == 1 && json["covered"] == 0)
        #expect(try desk.run("sensor", "status", "--json").output.contains("\"active\""))
    }
}
