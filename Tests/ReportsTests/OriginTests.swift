import Bytes
import Compliance
import Incidents
import Reports
import Testing
import Wording

@Suite struct OriginTests {
    private static let countries = """
        # Last updated based on 2026-11-01 Location Database
        16777216,16777471,AU
        1.0.1.0,1.0.3.255,CN
        "198.51.100.0","198.51.100.255","VN"
        203.0.113.0,203.0.113.127,ZZ
        2001:db8::,2001:db8:ffff:ffff:ffff:ffff:ffff:ffff,JP
        """

    @Test(arguments: [
        ("1.0.0.0", "AU"), ("1.0.0.255", "AU"), ("1.0.1.0", "CN"), ("1.0.4.0", nil), ("198.51.100.7", "VN"), ("203.0.113.5", nil),
        ("2001:db8::5", "JP"), ("2001:db9::", nil), ("0.255.255.255", nil), ("255.255.255.255", nil),
    ])
    func listsSayTheCountry(address: String, country: String?) throws {
        let list = try RangeFile(Self.countries, file: "/x/geoip")
        #expect(try list.country(of: #require(IPAddress(address))) == country)
        #expect(try list.network(of: #require(IPAddress(address))) == nil)
        #expect(list.label == "geoip, 2026-11-01")
    }

    @Test func listsOfNetworks() throws {
        let list = try RangeFile("1.0.0.0,1.0.0.255,13335,\"Example, Inc.\"\n1.0.1.0,1.0.1.255,7,\n", file: "asn.csv")
        #expect(try list.network(of: #require(IPAddress("1.0.0.9"))) == "AS13335 Example, Inc.")
        #expect(try list.network(of: #require(IPAddress("1.0.1.9"))) == "AS7")
        #expect(try list.country(of: #require(IPAddress("1.0.0.9"))) == nil)
    }

    @Test(arguments: [
        ("1.0.0.0,1.0.0.255,AU\nx,y,AU", "l.csv:2"), ("1.0.0.0,1.0.0.255,AU\n1.0.2.0,1.0.1.0,AU", "l.csv:2"),
        ("1.0.0.0,1.0.0.255,AU\n1.0.0.0,::1,AU", "l.csv:2"), ("1.0.0.0,1.0.0.255,AU\n1.0.1.0,1.0.1.255,7,x", "l.csv: "),
    ])
    func brokenListsSayWhere(text: String, place: String) {
        let error = #expect(throws: ContentError.self) { try RangeFile(text, file: "l.csv") }
        #expect(error?.description.hasPrefix(place) == true, "\(String(describing: error))")
    }

    /// The report names countries where it knows them and says by what, and says so where it knows nothing.
    @Test func reportSaysWhereSourcesAre() throws {
        let province = try Province.shared.get()
        var options = try Office.options()
        let data = try WeeklyData(
            from: province.store, period: #require(ReportPeriod(week: Province.week)), profile: ProfileLibrary(folders: []).profile())
        let without = HTMLRenderer.render(WeeklyReport(data, options).document)
        #expect(without.contains("chưa có cơ sở dữ liệu địa lý"))
        options.origins = CombinedOrigins([
            try RangeFile(Self.countries, file: "geoip"), try RangeFile("198.51.100.0,198.51.100.255,45899,VNPT", file: "asn.csv"),
        ])
        let report = WeeklyReport(data, options).document
        let html = HTMLRenderer.render(report)
        #expect(!html.contains("chưa có cơ sở dữ liệu địa lý") && html.contains("geoip, 2026-11-01; asn.csv"))
        #expect(html.contains("AS45899 VNPT") && html.contains("không rõ"))
        let outside = data.sources.filter { !$0.address.isPrivate }
        let inVietnam = outside.count { $0.address.description.hasPrefix("198.51.100.") }
        #expect(inVietnam > 0 && html.contains("VN \(inVietnam)"))
        // Where they are is no part of the numbers.
        #expect(report.metrics == WeeklyReport(data, try Office.options()).document.metrics)
    }
}
