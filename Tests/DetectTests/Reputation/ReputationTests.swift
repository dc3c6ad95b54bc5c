import Bytes
import RuleLanguage
import Testing

@testable import Detect

@Suite struct ReputationTests {
    private let table = HostReputation(
        categories: ("cats", Array("# list\n1,BadHosts,Known bad hosts\n2,CnC,Command and control\nx,y\n".utf8)),
        files: [
            (
                "rep",
                Array("ip,category,score\n10.0.0.0/8,1,20\n10.1.0.0/16,1,50\n10.1.2.3,1,127\n2001:db8::/32,2,9\n10.1.2.3,2,200\n".utf8)
            )
        ])

    private func value(_ text: String, _ category: UInt8) throws -> UInt8? { table.value(try #require(IPAddress(text)), category) }

    @Test func theSmallestNetworkWins() throws {
        #expect(try value("10.9.9.9", 1) == 20)
        #expect(try value("10.1.9.9", 1) == 50)
        #expect(try value("10.1.2.3", 1) == 127)
        #expect(try value("192.0.2.1", 1) == nil)
        #expect(try value("2001:db8::7", 2) == 9)
        #expect(try value("10.1.2.3", 2) == nil)
    }

    @Test func badLinesAreTold() {
        #expect(table.problems.count == 2)
        #expect(table.problems[0].hasPrefix("cats:4:"))
        #expect(table.problems[1].hasPrefix("rep:6:"))
    }

    private func load(_ options: String) -> LoadedRules {
        var settings = RuleLoaderOptions()
        settings.reputation = table
        var loader = RuleLoader(options: settings)
        loader.load(text: "alert ip any any -> any any (\(options) sid:1;)", name: "r")
        return loader.finish()
    }

    @Test func sidesAndConditions() throws {
        let bad = try #require(IPAddress("10.1.2.3"))
        let other = try #require(IPAddress("192.0.2.1"))
        func holds(_ options: String) throws -> Bool {
            guard case .reputation(let test) = try #require(load(options).signatures.first).packetTests[0] else { return false }
            return test.holds(bad, other)
        }
        #expect(try holds("iprep:any,BadHosts,>,100;"))
        #expect(try holds("iprep:src,BadHosts,=,127;"))
        #expect(try !holds("iprep:dst,BadHosts,>,0;"))
        #expect(try !holds("iprep:both,BadHosts,>,0;"))
        #expect(try holds("iprep:any,BadHosts,isnotset;"))
        #expect(try !holds("iprep:src,BadHosts,isnotset;"))
        #expect(try holds("iprep:src,BadHosts,isset;"))
    }

    @Test func reputationAloneIsAboutHeaders() throws {
        #expect(try #require(load("iprep:any,BadHosts,>,1;").signatures.first).kind == .headerOnly)
    }

    @Test(arguments: [
        ("iprep:any,Nothing,>,1;", #"iprep: no category "Nothing" in reputation-categories-file"#),
        ("iprep:all,BadHosts,>,1;", #"iprep: "all", expected any, src, dst or both"#),
        ("iprep:any,BadHosts,>,128;", #"iprep: value "128", expected 0 to 127"#),
        ("iprep:any,BadHosts,~,1;", #"iprep: "~" is no operator, expected <, >, =, <=, >= or !="#),
        ("geoip:VN;", "geoip without a GeoIP2 database, expected geoip-database in the configuration"),
    ])
    func refuses(_ options: String, _ message: String) {
        #expect(load(options).issues.first?.message == message)
    }

    @Test func aDatabaseThatIsNotThere() {
        #expect(throws: CountryDatabaseError.self) { try CountryDatabase(path: "/nowhere.mmdb") }
    }
}
