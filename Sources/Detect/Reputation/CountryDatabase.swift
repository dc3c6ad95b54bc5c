import Bytes
import CMaxMindDB

/// Why a GeoIP2 database cannot be used.
public struct CountryDatabaseError: Error, Sendable, CustomStringConvertible {
    public let path: String
    public let reason: String
    public var description: String { "\(path): \(reason)" }
}

/// A MaxMind database (GeoIP2, GeoLite2) that tells in which country an address is.
@safe public final class CountryDatabase: Sendable {
    // Opened in init, closed in deinit, only read in between; libmaxminddb allows look-ups from several threads at once.
    private nonisolated(unsafe) let handle: UnsafeMutablePointer<MMDB_s>

    public init(path: String) throws(CountryDatabaseError) {
        let memory = UnsafeMutablePointer<MMDB_s>.allocate(capacity: 1)
        let status = unsafe MMDB_open(path, UInt32(MMDB_MODE_MMAP), memory)
        guard status == MMDB_SUCCESS else {
            unsafe memory.deallocate()
            throw CountryDatabaseError(path: path, reason: unsafe String(cString: MMDB_strerror(status)))
        }
        unsafe handle = memory
    }

    deinit {
        unsafe MMDB_close(handle)
        unsafe handle.deallocate()
    }

    /// What it calls itself: `GeoLite2-Country`.
    public var type: String { unsafe handle.pointee.metadata.database_type.map { unsafe String(cString: $0) } ?? "" }

    /// When it was made, seconds since 1970.
    public var built: Int64 { Int64(clamping: unsafe handle.pointee.metadata.build_epoch) }

    /// The ISO 3166 code of the country that an address is in, as two bytes in one number; nil where the database does not say.
    public func country(of address: IPAddress) -> UInt16? {
        guard var entry = unsafe entry(of: address) else { return nil }
        var data = unsafe MMDB_entry_data_s()
        let status = unsafe CountryDatabase.read(&entry, &data)
        guard status == MMDB_SUCCESS, unsafe data.has_data, unsafe data.type == UInt32(MMDB_DATA_TYPE_UTF8_STRING),
            unsafe data.data_size == 2, let text = unsafe data.utf8_string
        else { return nil }
        return UInt16(UInt8(bitPattern: unsafe text[0])) << 8 | UInt16(UInt8(bitPattern: unsafe text[1]))
    }

    /// Number and name of the autonomous system that an address is in, where the database is one of those: `AS45899 VNPT Corp`.
    public func network(of address: IPAddress) -> String? {
        guard let entry = unsafe entry(of: address) else { return nil }
        var number = unsafe MMDB_entry_data_s()
        var name = unsafe MMDB_entry_data_s()
        guard unsafe CountryDatabase.read("autonomous_system_number", entry, &number), unsafe number.type == UInt32(MMDB_DATA_TYPE_UINT32)
        else { return nil }
        let system = "AS\(unsafe number.uint32)"
        guard unsafe CountryDatabase.read("autonomous_system_organization", entry, &name),
            unsafe name.type == UInt32(MMDB_DATA_TYPE_UTF8_STRING), let text = unsafe name.utf8_string
        else { return system }
        let bytes = unsafe UnsafeRawBufferPointer(start: text, count: Int(min(name.data_size, 200)))
        return unsafe system + " " + String(decoding: bytes, as: UTF8.self)
    }

    private static func read(_ key: String, _ entry: MMDB_entry_s, _ data: inout MMDB_entry_data_s) -> Bool {
        unsafe key.withCString { key in
            var entry = unsafe entry
            var path: [UnsafePointer<CChar>?] = unsafe [key, nil]
            return unsafe MMDB_aget_value(&entry, &data, &path) == MMDB_SUCCESS && data.has_data
        }
    }

    private func entry(of address: IPAddress) -> MMDB_entry_s? {
        var problem: Int32 = 0
        let found: MMDB_lookup_result_s
        if address.isV4 {
            var place = sockaddr_in()
            place.sin_family = sa_family_t(AF_INET)
            place.sin_addr.s_addr = address.v4.bigEndian
            unsafe found = unsafe withUnsafeMutablePointer(to: &place) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe MMDB_lookup_sockaddr(handle, $0, &problem)
                }
            }
        } else {
            var place = sockaddr_in6()
            place.sin6_family = sa_family_t(AF_INET6)
            unsafe withUnsafeMutableBytes(of: &place.sin6_addr) { bytes in
                unsafe bytes.storeBytes(of: address.high.bigEndian, as: UInt64.self)
                unsafe bytes.storeBytes(of: address.low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            unsafe found = unsafe withUnsafeMutablePointer(to: &place) { pointer in
                unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    unsafe MMDB_lookup_sockaddr(handle, $0, &problem)
                }
            }
        }
        guard problem == MMDB_SUCCESS, unsafe found.found_entry else { return nil }
        return unsafe found.entry
    }

    /// Looks at `country.iso_code`.
    private static func read(_ entry: inout MMDB_entry_s, _ data: inout MMDB_entry_data_s) -> Int32 {
        unsafe "country".withCString { first in
            unsafe "iso_code".withCString { second in
                var path: [UnsafePointer<CChar>?] = unsafe [first, second, nil]
                return unsafe MMDB_aget_value(&entry, &data, &path)
            }
        }
    }
}

/// `geoip`.
public struct CountryTest: Sendable {
    public var side: AddressSide
    /// Codes as ``CountryDatabase/country(of:)`` gives them.
    public var codes: [UInt16]
    public var isNegated: Bool
    public var database: CountryDatabase

    /// An address whose country nobody knows is in none, also where the test is negated.
    func holds(_ source: IPAddress, _ destination: IPAddress) -> Bool {
        side.holds(source, destination) { address in
            guard let country = database.country(of: address) else { return false }
            return codes.contains(country) != isNegated
        }
    }
}
