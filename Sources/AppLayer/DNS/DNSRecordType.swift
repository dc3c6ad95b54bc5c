/// Resource record types by number (IANA "Domain Name System (DNS) Parameters").
enum DNSRecordType {
    static let a: UInt16 = 1
    static let ns: UInt16 = 2
    static let cname: UInt16 = 5
    static let soa: UInt16 = 6
    static let null: UInt16 = 10
    static let ptr: UInt16 = 12
    static let mx: UInt16 = 15
    static let txt: UInt16 = 16
    static let aaaa: UInt16 = 28
    static let srv: UInt16 = 33
    static let opt: UInt16 = 41
    static let sshfp: UInt16 = 44

    static let names: [(name: String, value: UInt64)] = [
        ("A", 1), ("NS", 2), ("MD", 3), ("MF", 4), ("CNAME", 5), ("SOA", 6), ("MB", 7), ("MG", 8), ("MR", 9), ("NULL", 10), ("WKS", 11),
        ("PTR", 12), ("HINFO", 13), ("MINFO", 14), ("MX", 15), ("TXT", 16), ("RP", 17), ("AFSDB", 18), ("X25", 19), ("ISDN", 20),
        ("RT", 21), ("NSAP", 22), ("NSAPPTR", 23), ("SIG", 24), ("KEY", 25), ("PX", 26), ("GPOS", 27), ("AAAA", 28), ("LOC", 29),
        ("NXT", 30), ("SRV", 33), ("ATMA", 34), ("NAPTR", 35), ("KX", 36), ("CERT", 37), ("A6", 38), ("DNAME", 39), ("OPT", 41),
        ("APL", 42), ("DS", 43), ("SSHFP", 44), ("IPSECKEY", 45), ("RRSIG", 46), ("NSEC", 47), ("DNSKEY", 48), ("DHCID", 49),
        ("NSEC3", 50), ("NSEC3PARAM", 51), ("TLSA", 52), ("HIP", 55), ("CDS", 59), ("CDNSKEY", 60), ("SVCB", 64), ("HTTPS", 65),
        ("SPF", 99),
        ("TKEY", 249), ("TSIG", 250), ("IXFR", 251), ("AXFR", 252), ("MAILB", 253), ("MAILA", 254), ("ANY", 255), ("URI", 256),
        ("CAA", 257),
    ]

    /// The type's name, or its number in decimal.
    static func name(_ type: UInt16) -> String { Int(type) < byNumber.count ? byNumber[Int(type)] : String(type) }

    private static let byNumber: [String] = {
        var list = (0..<258).map { String($0) }
        for entry in names { list[Int(entry.value)] = entry.name }
        return list
    }()
}

/// Response codes (RFC 6895 §2.3).
enum DNSResponseCode {
    static let names: [(name: String, value: UInt64)] = [
        ("NOERROR", 0), ("FORMERR", 1), ("SERVFAIL", 2), ("NXDOMAIN", 3), ("NOTIMP", 4), ("REFUSED", 5), ("YXDOMAIN", 6), ("YXRRSET", 7),
        ("NXRRSET", 8), ("NOTAUTH", 9), ("NOTZONE", 10), ("BADVERS", 16), ("BADSIG", 16), ("BADKEY", 17), ("BADTIME", 18),
        ("BADMODE", 19), ("BADNAME", 20), ("BADALG", 21), ("BADTRUNC", 22),
    ]

    static func name(_ code: UInt8) -> String {
        names.first { $0.value == UInt64(code) }?.name ?? "RCODE-\(code)"
    }
}
