import Bytes

extension BufferID {
    public static let dnsQuery = BufferID(.dns, 1)
    static let dnsQueries = BufferID(.dns, 2)
    static let dnsAnswers = BufferID(.dns, 3)
    static let dnsAuthorities = BufferID(.dns, 4)
    static let dnsAdditionals = BufferID(.dns, 5)
    static let dnsResponse = BufferID(.dns, 6)
    /// Numbers: eight bytes, big-endian.
    public static let dnsOpcode = BufferID(.dns, 7)
    public static let dnsResponseCode = BufferID(.dns, 8)
    public static let dnsRecordType = BufferID(.dns, 9)
}

/// What rules can look at in DNS (rule-semantics D1–D3).
enum DNSFields {
    static let buffers: [BufferDescriptor] = [
        .init(.dnsQuery, "dns.query", aliases: ["dns_query"], shape: .multiple, directions: .toServer, progress: (1, 1)),
        .init(.dnsQueries, "dns.queries.rrname", shape: .multiple, directions: .both, progress: (1, 1)),
        .init(.dnsAnswers, "dns.answers.rrname", shape: .multiple, directions: .both, progress: (1, 1)),
        .init(.dnsAuthorities, "dns.authorities.rrname", shape: .multiple, directions: .both, progress: (1, 1)),
        .init(.dnsAdditionals, "dns.additionals.rrname", shape: .multiple, directions: .both, progress: (1, 1)),
        .init(.dnsResponse, "dns.response.rrname", shape: .multiple, directions: .toClient, progress: (1, 1)),
    ]

    static let malformedData: UInt8 = 0
    static let notRequest: UInt8 = 1
    static let notResponse: UInt8 = 2
    static let zFlagSet: UInt8 = 3
    static let invalidOpcode: UInt8 = 4
    static let events = ["malformed_data", "not_request", "not_response", "z_flag_set", "invalid_opcode"]
}
