/// Every protocol that the sensor speaks: one line each.
public enum ProtocolRegistry {
    public static let all: [ProtocolDescriptor] = [
        HTTP1Parser.descriptor,
        HTTP2Parser.descriptor,
        HTTP2Parser.dnsDescriptor,
        WebSocketParser.descriptor,
        QUICParser.descriptor,
        DNSParser.descriptor,
        TLSParser.descriptor,
        SSHParser.descriptor,
        SMTPParser.descriptor,
        SIPParser.descriptor,
        FTPParser.descriptor,
        FTPDataParser.descriptor,
        MQTTParser.descriptor,
        DCERPCParser.descriptor,
        LDAPParser.descriptor,
        DNP3Parser.descriptor,
        PgSQLParser.descriptor,
        RFBParser.descriptor,
        SMBParser.descriptor,
        KerberosParser.descriptor,
        ModbusParser.descriptor,
        ENIPParser.descriptor,
        RDPParser.descriptor,
        POP3Parser.descriptor,
        IMAPParser.descriptor,
        TelnetParser.descriptor,
        IKEParser.descriptor,
        NTPParser.descriptor,
        SNMPParser.descriptor,
        DHCPParser.descriptor,
        TFTPParser.descriptor,
        MDNSProtocol.descriptor,
        LLMNRProtocol.descriptor,
        BitTorrentDHTParser.descriptor,
        NFSParser.descriptor,
    ]

    /// The name in rules and EVE: `unknown`, `failed`, or the descriptor's.
    public static func name(_ proto: AppProtocol) -> String {
        names[Int(proto.rawValue)]
    }

    /// By the protocol's number; asked for with every event.
    private static let names: [String] = {
        var names = [String](repeating: "unknown", count: 256)
        for descriptor in all { names[Int(descriptor.appProtocol.rawValue)] = descriptor.name }
        names[Int(AppProtocol.failed.rawValue)] = "failed"
        return names
    }()
}
