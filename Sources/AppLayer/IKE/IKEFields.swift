import Bytes

extension BufferID {
    static let ikeInitiatorSPI = BufferID(.ike, 1)
    static let ikeResponderSPI = BufferID(.ike, 2)
    static let ikeVendor = BufferID(.ike, 3)
    static let ikeKeyExchange = BufferID(.ike, 4)
    static let ikeNonce = BufferID(.ike, 5)
    static let ikeExchangeType = BufferID(.ike, 6)
    static let ikeKeyExchangeLength = BufferID(.ike, 7)
    static let ikeNonceLength = BufferID(.ike, 8)

    /// The number of an attribute of the association that the responder chose; nil where rules have no name for it.
    public static func ikeAttribute(_ name: String) -> BufferID? {
        IKEFields.chosenAttributes.firstIndex(of: name).map { BufferID(.ike, 32 + UInt8($0)) }
    }
}

/// What rules can look at in IKE.
public enum IKEFields {
    /// Names that `ike.chosen_sa_attribute` knows.
    public static let chosenAttributes = [
        "alg_enc", "alg_hash", "alg_auth", "alg_dh", "alg_prf", "sa_group_type", "sa_life_type", "sa_life_duration", "sa_key_length",
        "sa_field_size",
    ]

    static let buffers: [BufferDescriptor] = [
        .init(.ikeInitiatorSPI, "ike.init_spi", directions: .toServer, progress: (1, 1)),
        .init(.ikeResponderSPI, "ike.resp_spi", directions: .toClient, progress: (1, 1)),
        .init(.ikeVendor, "ike.vendor", shape: .multiple, directions: .toServer, progress: (1, 1)),
        .init(.ikeKeyExchange, "ike.key_exchange_payload", directions: .both, progress: (1, 1)),
        .init(.ikeNonce, "ike.nonce_payload", directions: .both, progress: (1, 1)),
    ]

    static let numbers: [NumberField] = [
        NumberField(.ikeExchangeType, "ike.exchtype", directions: .both, progress: (1, 1), maximum: 255),
        NumberField(
            .ikeKeyExchangeLength, "ike.key_exchange_payload_length", directions: .both, progress: (1, 1), maximum: UInt64(UInt32.max)),
        NumberField(.ikeNonceLength, "ike.nonce_payload_length", directions: .both, progress: (1, 1), maximum: UInt64(UInt32.max)),
    ]

    /// Indices into the descriptor's events.
    enum Event: UInt8 {
        case malformedData, noEncryption, weakCryptoEncryption, weakCryptoFunction, weakCryptoGroup, weakCryptoAuthentication
        case weakCryptoNoGroup, weakCryptoNoAuthentication, invalidProposal, unknownProposal, payloadExtraData, multipleServerProposal
    }

    static let events = [
        "malformed_data", "no_encryption", "weak_crypto_enc", "weak_crypto_prf", "weak_crypto_dh", "weak_crypto_auth", "weak_crypto_no_dh",
        "weak_crypto_no_auth", "invalid_proposal", "unknown_proposal", "payload_extra_data", "multiple_server_proposal",
    ]
}
