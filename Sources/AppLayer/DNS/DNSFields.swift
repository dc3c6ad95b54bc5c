import Bytes

extension BufferID {
    public static var dnsQuery: BufferID { BufferID(.dns, 1) }
    public static var dnsQueryNames: BufferID { BufferID(.dns, 2) }
    public static var dnsAnswerNames: BufferID { BufferID(.dns, 3) }
    public static var dnsAuthorityNames: BufferID { BufferID(.dns, 4) }
    public static var dnsAdditionalNames: BufferID { BufferID(.dns, 5) }
    public static var dnsResponseNames: BufferID { BufferID(.dns, 6) }
    public static var dnsOpcode: BufferID { BufferID(.dns, 32) }
    public static var dnsResponseCode: BufferID { BufferID(.dns, 33) }
    public static var dnsRecordType: BufferID { BufferID(.dns, 34) }
}

/// What rules can ask of DNS.
public enum DNSFields {
    /// DNS over HTTP/2 has them too.
    static let buffers = declaredBuffers.map { $0.shared(with: [.doh2]) }
    public static let numberFields = declaredNumbers.map { $0.shared(with: [.doh2]) }

    private static let declaredBuffers: [BufferDescriptor] = [
        BufferDescriptor(.dnsQuery, "dns.query", aliases: ["dns_query"], shape: .multiple, directions: .toServer, progress: (1, 1)),
        BufferDescriptor(.dnsQueryNames, "dns.queries.rrname", shape: .multiple, directions: .both, progress: (1, 1)),
        BufferDescriptor(.dnsAnswerNames, "dns.answers.rrname", shape: .multiple, directions: .both, progress: (1, 1)),
        BufferDescriptor(.dnsAuthorityNames, "dns.authorities.rrname", shape: .multiple, directions: .both, progress: (1, 1)),
        BufferDescriptor(.dnsAdditionalNames, "dns.additionals.rrname", shape: .multiple, directions: .both, progress: (1, 1)),
        BufferDescriptor(.dnsResponseNames, "dns.response.rrname", shape: .multiple, directions: .toClient, progress: (1, 1)),
    ]

    /// Numbers for `dns.opcode`, `dns.rcode` and `dns.rrtype`.
    private static let declaredNumbers: [NumberField] = [
        NumberField(.dnsOpcode, "dns.opcode", directions: .both, progress: (1, 1), maximum: 15),
        NumberField(.dnsResponseCode, "dns.rcode", directions: .both, progress: (1, 1), maximum: 65535, symbols: DNSResponseCode.names),
        NumberField(
            .dnsRecordType, "dns.rrtype", directions: .both, progress: (1, 1), isMultiple: true, maximum: 65535,
            symbols: DNSRecordType.names),
    ]

    /// Indices into the descriptor's events.
    enum Event: UInt8, CaseIterable {
        case malformedData, notRequest, notResponse, zFlagSet, invalidOpcode, nameTooLong, infiniteLoop, tooManyLabels
        case invalidAdditionals, invalidAuthorities
    }

    static let events = [
        "malformed_data", "not_request", "not_response", "z_flag_set", "invalid_opcode", "name_too_long", "infinite_loop",
        "too_many_labels", "invalid_additionals", "invalid_authorities",
    ]
}
