import Bytes

extension BufferID {
    static let krb5Client = BufferID(.krb5, 1)
    static let krb5Service = BufferID(.krb5, 2)
    static let krb5MessageType = BufferID(.krb5, 3)
    static let krb5ErrorCode = BufferID(.krb5, 4)
    /// A ticket's algorithm; negative ones as 64-bit two's complement.
    public static var krb5TicketEncryption: BufferID { BufferID(.krb5, 5) }
    /// 1 when the ticket's algorithm is weak, 2 when it is not.
    public static var krb5TicketStrength: BufferID { BufferID(.krb5, 6) }
}

/// What rules can look at in Kerberos. `krb5.ticket_encryption` is a keyword of its own.
enum KerberosFields {
    private static let whole: (UInt8, UInt8) = (1, 1)

    static let buffers: [BufferDescriptor] = [
        .init(.krb5Client, "krb5.cname", aliases: ["krb5_cname"], shape: .multiple, directions: .both, progress: whole),
        .init(.krb5Service, "krb5.sname", aliases: ["krb5_sname"], shape: .multiple, directions: .both, progress: whole),
    ]

    static let numbers: [NumberField] = [
        NumberField(
            .krb5MessageType, "krb5_msg_type", directions: .both, progress: whole, maximum: UInt64(UInt32.max),
            symbols: [
                ("as_req", 10), ("as_rep", 11), ("tgs_req", 12), ("tgs_rep", 13), ("ap_req", 14), ("ap_rep", 15), ("reserved16", 16),
                ("reserved17", 17), ("safe", 20), ("priv", 21), ("cred", 22), ("error", 30),
            ]),
        NumberField(.krb5ErrorCode, "krb5_err_code", directions: .both, progress: whole, maximum: UInt64(UInt32.max)),
    ]

    /// Indices into the descriptor's events.
    enum Event: UInt8 { case malformedData, weakEncryption }

    static let events = ["malformed_data", "weak_encryption"]
}
