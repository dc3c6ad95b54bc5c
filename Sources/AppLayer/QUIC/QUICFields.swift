import Bytes

extension BufferID {
    static let quicVersion = BufferID(.quic, 1)
    static let quicSNI = BufferID(.quic, 2)
    static let quicUserAgent = BufferID(.quic, 3)
    static let quicCYUHash = BufferID(.quic, 4)
    static let quicCYUString = BufferID(.quic, 5)
}

/// What rules can look at in QUIC besides JA3 and JA4, which it shares with TLS.
enum QUICFields {
    /// Indices into ``events``.
    enum Event: UInt8, CaseIterable { case failedDecrypt, errorOnData, errorOnHeader, cryptoFragmentTooLong }

    static let events = ["failed_decrypt", "error_on_data", "error_on_header", "crypto_frag_too_long"]

    static let buffers: [BufferDescriptor] = [
        .init(.quicVersion, "quic.version", directions: .both, progress: (1, 1)),
        .init(.quicSNI, "quic.sni", directions: .toServer, progress: (1, 1)),
        .init(.quicUserAgent, "quic.ua", directions: .toServer, progress: (1, 1)),
        .init(.quicCYUHash, "quic.cyu.hash", shape: .multiple, directions: .toServer, progress: (1, 1)),
        .init(.quicCYUString, "quic.cyu.string", shape: .multiple, directions: .toServer, progress: (1, 1)),
    ]
}
