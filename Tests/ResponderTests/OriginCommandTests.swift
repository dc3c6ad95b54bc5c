import Foundation
import TestSupport
import Testing

/// Reports that name countries by databases of addresses.
@Suite struct OriginCommandTests {
    @Test func reportNamesCountriesByAMaxMindDatabase() throws {
        let desk = try Desk()
        #expect(try desk.run("incident", "confirm", "VG-2026-0001").code == 0)
        var countries = MaxMindFile(), networks = MaxMindFile()
        countries.add("198.51.100.0/24", country: "VN")
        networks.add(
            "198.51.100.0/24", .map([("autonomous_system_number", .uint32(45_899)), ("autonomous_system_organization", .text("VNPT"))]))
        let folder = desk.folder + "/geoip"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let first = countries.bytes(type: "Test-Country", built: 1_793_500_000)
        try Data(first).write(to: URL(fileURLWithPath: folder + "/country.mmdb"))
        try Data(networks.bytes(type: "Test-ASN", built: 1_793_500_000)).write(to: URL(fileURLWithPath: folder + "/asn.mmdb"))
        let report = try desk.run("report", "weekly", "--week", "2026-W47", "--preview", language: "vi")
        #expect(report.code == 0, "\(report.errors)")
        #expect(report.output.contains("Test-ASN, 2026-11-01; Test-Country, 2026-11-01"))
        #expect(report.output.contains("AS45899 VNPT") && report.output.contains(">VN<"))
        // A broken one is one line that names the file.
        try Data(first.dropLast(60)).write(to: URL(fileURLWithPath: folder + "/country.mmdb"))
        for language in ["vi", "en"] {
            let broken = try desk.run("report", "weekly", "--week", "2026-W47", "--preview", language: language)
            #expect(broken.code == 1 && broken.output.isEmpty, "\(broken.code) \(broken.errors)")
            #expect(
                broken.errors.split(separator: "\n").count == 1 && broken.errors.contains(folder + "/country.mmdb: "), "\(broken.errors)")
        }
        let absent = try desk.run("report", "weekly", "--week", "2026-W47", "--preview", "--geoip", folder + "/none.mmdb")
        #expect(absent.code == 1 && absent.errors.contains("none.mmdb"))
    }
}
