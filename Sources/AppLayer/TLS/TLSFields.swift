import Bytes

extension BufferID {
    public static var tlsSNI: BufferID { BufferID(.tls, 1) }
    public static var tlsCertSubject: BufferID { BufferID(.tls, 2) }
    public static var tlsCertIssuer: BufferID { BufferID(.tls, 3) }
    public static var tlsCertSerial: BufferID { BufferID(.tls, 4) }
    public static var tlsCertFingerprint: BufferID { BufferID(.tls, 5) }
    public static var tlsCerts: BufferID { BufferID(.tls, 6) }
    public static var tlsSubjectAltName: BufferID { BufferID(.tls, 7) }
    public static var tlsALPN: BufferID { BufferID(.tls, 8) }
    public static var tlsRandom: BufferID { BufferID(.tls, 9) }
    public static var tlsRandomTime: BufferID { BufferID(.tls, 10) }
    public static var tlsRandomBytes: BufferID { BufferID(.tls, 11) }
    public static var ja3Hash: BufferID { BufferID(.tls, 12) }
    public static var ja3String: BufferID { BufferID(.tls, 13) }
    public static var ja3sHash: BufferID { BufferID(.tls, 14) }
    public static var ja3sString: BufferID { BufferID(.tls, 15) }
    public static var ja4Hash: BufferID { BufferID(.tls, 16) }
    public static var tlsVersion: BufferID { BufferID(.tls, 32) }
    public static var sslVersion: BufferID { BufferID(.tls, 33) }
    public static var sslState: BufferID { BufferID(.tls, 34) }
    public static var tlsCertChainLength: BufferID { BufferID(.tls, 35) }
    public static var tlsCertNotBefore: BufferID { BufferID(.tls, 36) }
    public static var tlsCertNotAfter: BufferID { BufferID(.tls, 37) }
}

/// What rules can ask of TLS, and the steps of a session.
public enum TLSFields {
    /// Progress to the server: hello, certificate (or none), handshake done, finished.
    static let clientHello: UInt8 = 1
    static let clientCertificate: UInt8 = 2
    static let clientFinished: UInt8 = 4
    /// Progress to the client: hello, certificate (or none), hello done, handshake done, finished.
    static let serverHello: UInt8 = 1
    static let serverCertificate: UInt8 = 2
    static let serverHelloDone: UInt8 = 3
    static let serverFinished: UInt8 = 5

    static let buffers: [BufferDescriptor] = [
        BufferDescriptor(.tlsSNI, "tls.sni", aliases: ["tls_sni"], directions: .toServer, progress: hello),
        BufferDescriptor(.tlsCertSubject, "tls.cert_subject", aliases: ["tls_cert_subject"], directions: .both, progress: certificate),
        BufferDescriptor(.tlsCertIssuer, "tls.cert_issuer", aliases: ["tls_cert_issuer"], directions: .both, progress: certificate),
        BufferDescriptor(.tlsCertSerial, "tls.cert_serial", aliases: ["tls_cert_serial"], directions: .both, progress: certificate),
        BufferDescriptor(
            .tlsCertFingerprint, "tls.cert_fingerprint", aliases: ["tls_cert_fingerprint"], directions: .both, progress: certificate),
        BufferDescriptor(.tlsCerts, "tls.certs", shape: .multiple, directions: .both, progress: certificate),
        BufferDescriptor(.tlsSubjectAltName, "tls.subjectaltname", shape: .multiple, directions: .toClient, progress: certificate),
        BufferDescriptor(.tlsALPN, "tls.alpn", shape: .multiple, directions: .both, progress: hello),
        BufferDescriptor(.tlsRandom, "tls.random", directions: .both, progress: hello),
        BufferDescriptor(.tlsRandomTime, "tls.random_time", directions: .both, progress: hello),
        BufferDescriptor(.tlsRandomBytes, "tls.random_bytes", directions: .both, progress: hello),
        BufferDescriptor(.ja3Hash, "ja3.hash", aliases: ["ja3_hash"], directions: .toServer, progress: hello, alsoIn: [.quic]),
        BufferDescriptor(.ja3String, "ja3.string", aliases: ["ja3_string"], directions: .toServer, progress: hello, alsoIn: [.quic]),
        BufferDescriptor(.ja3sHash, "ja3s.hash", directions: .toClient, progress: hello, alsoIn: [.quic]),
        BufferDescriptor(.ja3sString, "ja3s.string", directions: .toClient, progress: hello, alsoIn: [.quic]),
        BufferDescriptor(.ja4Hash, "ja4.hash", aliases: ["ja4_hash"], directions: .toServer, progress: hello, alsoIn: [.quic]),
    ]

    static let steps = ProtocolSteps(
        toServer: [
            ("client_in_progress", 0), ("client_hello_done", clientHello), ("client_cert_done", clientCertificate),
            ("client_handshake_done", clientFinished - 1), ("client_finished", clientFinished),
        ],
        toClient: [
            ("server_in_progress", 0), ("server_hello", serverHello), ("server_cert_done", serverCertificate),
            ("server_hello_done", serverHelloDone), ("server_handshake_done", serverFinished - 1), ("server_finished", serverFinished),
        ])

    private static let hello = (toServer: clientHello, toClient: serverHello)
    private static let certificate = (toServer: clientCertificate, toClient: serverCertificate)

    /// Numbers for `tls.version`, `ssl_version`, `ssl_state`, `tls.cert_chain_len` and the validity keywords.
    ///
    /// `ssl_version` and `ssl_state` are bits. Times are seconds since 1970 in two's complement.
    public static let numberFields: [NumberField] = [
        NumberField(
            .tlsVersion, "tls.version", directions: .both, progress: hello, maximum: 65535,
            symbols: [("1.0", 0x0301), ("1.1", 0x0302), ("1.2", 0x0303), ("1.3", 0x0304)]),
        NumberField(
            .sslVersion, "ssl_version", directions: .both, progress: hello, maximum: 63,
            symbols: [("sslv2", 1), ("sslv3", 2), ("tls1.0", 4), ("tls1.1", 8), ("tls1.2", 16), ("tls1.3", 32)]),
        NumberField(
            .sslState, "ssl_state", directions: .both, progress: (0, 0), maximum: 31,
            symbols: [("client_hello", 1), ("server_hello", 2), ("client_keyx", 4), ("server_keyx", 8), ("unknown", 16)]),
        NumberField(.tlsCertChainLength, "tls.cert_chain_len", directions: .both, progress: certificate, maximum: .max),
        NumberField(.tlsCertNotBefore, "tls_cert_notbefore", directions: .both, progress: certificate, maximum: .max),
        NumberField(.tlsCertNotAfter, "tls_cert_notafter", directions: .both, progress: certificate, maximum: .max),
    ]

    /// Indices into the descriptor's events.
    enum Event: UInt8, CaseIterable {
        case invalidSSLv2Header, invalidTLSHeader, invalidRecordVersion, invalidRecordType, invalidRecordLength, invalidHandshakeMessage
        case heartbeatMessage, invalidHeartbeatMessage, overflowHeartbeatMessage, dataleakHeartbeatMismatch
        case handshakeInvalidLength, multipleSNIExtensions, invalidSNIType, invalidSNILength, tooManyRecordsInPacket
        case invalidALPN
        case invalidCertificate, certificateInvalidLength, certificateInvalidVersion, certificateInvalidSerial
        case certificateInvalidAlgorithm, certificateInvalidName, certificateInvalidDate, certificateInvalidExtensions
        case certificateInvalidDER, certificateInvalidSubject, certificateInvalidIssuer, certificateInvalidValidity
        case certificateMissingElement, certificateUnknownElement, certificateInvalidString
        case errorMessageEncountered, invalidSSLRecord
    }

    static let events = [
        "INVALID_SSLV2_HEADER", "INVALID_TLS_HEADER", "INVALID_RECORD_VERSION", "INVALID_RECORD_TYPE", "INVALID_RECORD_LENGTH",
        "INVALID_HANDSHAKE_MESSAGE", "HEARTBEAT_MESSAGE", "INVALID_HEARTBEAT_MESSAGE", "OVERFLOW_HEARTBEAT_MESSAGE",
        "DATALEAK_HEARTBEAT_MISMATCH", "HANDSHAKE_INVALID_LENGTH", "MULTIPLE_SNI_EXTENSIONS", "INVALID_SNI_TYPE", "INVALID_SNI_LENGTH",
        "TOO_MANY_RECORDS_IN_PACKET", "INVALID_ALPN", "INVALID_CERTIFICATE", "CERTIFICATE_INVALID_LENGTH",
        "CERTIFICATE_INVALID_VERSION", "CERTIFICATE_INVALID_SERIAL", "CERTIFICATE_INVALID_ALGORITHMIDENTIFIER",
        "CERTIFICATE_INVALID_X509NAME", "CERTIFICATE_INVALID_DATE", "CERTIFICATE_INVALID_EXTENSIONS", "CERTIFICATE_INVALID_DER",
        "CERTIFICATE_INVALID_SUBJECT", "CERTIFICATE_INVALID_ISSUER", "CERTIFICATE_INVALID_VALIDITY", "CERTIFICATE_MISSING_ELEMENT",
        "CERTIFICATE_UNKNOWN_ELEMENT", "CERTIFICATE_INVALID_STRING", "ERROR_MSG_ENCOUNTERED", "INVALID_SSL_RECORD",
    ]
}
