import Bytes
import Detect
import Foundation
import Incidents
import Reports

extension CountryDatabase: AddressOrigins {
    public var label: String {
        let type = type
        return "\(type.isEmpty ? "MMDB" : type), \(LocalTime.iso(Timestamp(seconds: built)).prefix(10))"
    }

    public func country(of address: IPAddress) -> String? {
        guard let code: UInt16 = country(of: address) else { return nil }
        return String(decoding: [UInt8(code >> 8), UInt8(code & 0xff)], as: UTF8.self)
    }
}

extension MakingOptions {
    /// Where databases of addresses lie when nobody names one: the unit's own, what geoipupdate and Debian's tor-geoipdb install.
    static func originFolders(_ state: String) -> [String] {
        [state + "/geoip", "/etc/vonggac/geoip", "/var/lib/GeoIP", "/usr/share/GeoIP", "/usr/share/tor"]
    }

    /// What is named, or the files of the first folder that has any; nil where there are none.
    func origins() throws -> (any AddressOrigins)? {
        var files = geoip
        for folder in Self.originFolders(session.folder) where files.isEmpty {
            let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).sorted()
            files = names.filter { $0.hasSuffix(".mmdb") || $0.hasSuffix(".csv") || $0 == "geoip" || $0 == "geoip6" }.map {
                "\(folder)/\($0)"
            }
        }
        guard !files.isEmpty else { return nil }
        return CombinedOrigins(
            try files.map { file -> any AddressOrigins in
                guard file.hasSuffix(".mmdb") else { return try RangeFile(file: file) }
                do { return try CountryDatabase(path: file) } catch let error as CountryDatabaseError {
                    throw ContentError(file: error.path, line: nil, key: "", problem: error.reason)
                }
            })
    }
}
