import Bytes
import Detect
import Foundation
import TestSupport
import Testing

/// MaxMind databases (`.mmdb`), which the test writes itself.
@Suite struct CountryDatabaseTests {
    private static let countries: MaxMindFile = {
        var file = MaxMindFile()
        file.add("1.0.0.0/24", country: "AU")
        file.add("198.51.100.0/25", country: "VN")
        file.add("203.0.113.7/32", country: "LA")
        file.add("2001:db8::/32", country: "JP")
        file.add("2001:db9::5/128", country: "KH")
        // Known, but of no country.
        file.add("192.0.2.0/24", .map([("continent", .map([("code", .text("AS"))]))]))
        return file
    }()

    private func opened(_ bytes: [UInt8]) throws -> CountryDatabase {
        let path = NSTemporaryDirectory() + "country-\(UUID().uuidString).mmdb"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        // It is mapped: the name may go.
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try CountryDatabase(path: path)
    }

    private func country(_ text: String, _ database: CountryDatabase) throws -> String? {
        try database.country(of: #require(IPAddress(text))).map { String(decoding: [UInt8($0 >> 8), UInt8($0 & 255)], as: UTF8.self) }
    }

    @Test(arguments: [24, 28, 32]) func namesCountries(recordSize: Int) throws {
        let database = try opened(Self.countries.bytes(type: "Test-Country", built: 1_794_000_000, recordSize: recordSize))
        #expect(database.type == "Test-Country" && database.built == 1_794_000_000)
        for (address, expected) in [
            ("1.0.0.0", "AU"), ("1.0.0.255", "AU"), ("1.0.1.0", nil), ("0.255.255.255", nil), ("198.51.100.127", "VN"),
            ("198.51.100.128", nil), ("203.0.113.7", "LA"), ("203.0.113.6", nil), ("192.0.2.1", nil), ("255.255.255.255", nil),
            ("2001:db8::", "JP"), ("2001:db8:ffff:ffff:ffff:ffff:ffff:ffff", "JP"), ("2001:db9::5", "KH"), ("2001:db9::4", nil),
            ("::", nil),
            ("ffff::", nil),
        ] {
            #expect(try country(address, database) == expected, "\(address)")
        }
        #expect(try database.network(of: #require(IPAddress("1.0.0.1"))) == nil)
    }

    @Test func namesNetworks() throws {
        var file = MaxMindFile()
        let name = "Tập đoàn Bưu chính Viễn thông Việt Nam"
        file.add("198.51.100.0/24", .map([("autonomous_system_number", .uint32(45_899)), ("autonomous_system_organization", .text(name))]))
        file.add("2001:db8::/32", .map([("autonomous_system_number", .uint32(7552))]))
        let database = try opened(file.bytes(type: "Test-ASN", built: 1))
        #expect(try database.network(of: #require(IPAddress("198.51.100.9"))) == "AS45899 \(name)")
        #expect(try database.network(of: #require(IPAddress("2001:db8::9"))) == "AS7552")
        #expect(try database.network(of: #require(IPAddress("198.51.101.9"))) == nil)
        #expect(try country("198.51.100.9", database) == nil)
    }

    /// Neither at the beginning nor later: what is broken gives an error, or no country, and never an end of the program.
    @Test func brokenFilesAreRefused() throws {
        let whole = Self.countries.bytes(type: "Test-Country", built: 1)
        let marker = try #require(whole.lastIndex(of: 0xab))
        for bytes in [[], Array("country,AU\n".utf8), Array(whole[..<marker]), Array(whole[...(marker + 20)]), Array(whole[marker...])] {
            let error = #expect(throws: CountryDatabaseError.self) { try opened(bytes) }
            #expect(error?.reason.isEmpty == false)
        }
        var random = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...4, using: &random) {
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard let database = try? opened(bytes) else { continue }
            for address in ["1.0.0.1", "198.51.100.1", "203.0.113.7", "2001:db8::1", "192.0.2.1"] {
                _ = try country(address, database)
                _ = try database.network(of: #require(IPAddress(address)))
            }
            _ = database.type
        }
    }
}
