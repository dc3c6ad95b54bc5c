/// Names of numbers in IKE, as EVE shows them (IANA "Internet Key Exchange (IKE) Attributes" and "IKEv2 Parameters").
enum IKENames {
    static func exchange(_ type: UInt8) -> StaticString? {
        switch type {
        case 0: "Unknown Exchange Type"
        case 1: "Base"
        case 2: "Identity Protection"
        case 3: "Authentication Only"
        case 4: "Aggressive"
        case 5: "Informational"
        case 6: "Transaction (Config Mode)"
        case 32: "Quick Mode"
        case 33: "New Group Mode"
        default: nil
        }
    }

    private static let attributes = [
        "unknown", "alg_enc", "alg_hash", "alg_auth", "alg_dh", "sa_group_type", "sa_group_prime", "sa_group_generator_one",
        "sa_group_generator_two", "sa_group_curve_a", "sa_group_curve_b", "sa_life_type", "sa_life_duration", "alg_prf", "sa_key_length",
        "sa_field_size", "sa_group_order",
    ]

    static func attribute(_ type: UInt16) -> String { Int(type) < attributes.count ? attributes[Int(type)] : attributes[0] }

    private static let ciphers = [
        "EncDesCbc", "EncIdeaCbc", "EncBlowfishCbc", "EncRc5R16B64Cbc", "EncTripleDesCbc", "EncCastCbc", "EncAesCbc", "EncCamelliaCbc",
    ]
    private static let hashes = ["HashMd5", "HashSha", "HashTiger", "HashSha2_256", "HashSha2_384", "HashSha2_512"]
    private static let methods = [
        "AuthPreSharedKey", "AuthDssSignatures", "AuthRsaSignatures", "AuthEncryptionWithRsa", "AuthRevisedEncryptionWithRsa",
        "AuthReserved", "AuthReserved", "AuthReserved", "AuthEcdsaSha256", "AuthEcdsaSha384", "AuthEcdsaSha512",
    ]
    private static let groups = [
        "GroupDefault768BitModp", "GroupAlternate1024BitModpGroup", "GroupEc2nOnGp2p155", "GroupEc2nOnGp2p185", "GroupModp1536Bit",
        "GroupEc2nOverGf2p163", "GroupEc2nOverGf2p163", "GroupEc2nOverGf2p283", "GroupEc2nOverGf2p283", "GroupEc2nOverGf2p409",
        "GroupEc2nOverGf2p409", "GroupEc2nOverGf2p571", "GroupEc2nOverGf2p571", "GroupModp2048Bit", "GroupModp3072Bit", "GroupModp4096Bit",
        "GroupModp6144Bit", "GroupModp8192Bit", "GroupRandomEcp256", "GroupRandomEcp384", "GroupRandomEcp521",
        "GroupModp1024With160BitPrime", "GroupModp2048With224BitPrime", "GroupModp2048With256BitPrime", "GroupRandomEcp192",
        "GroupRandomEcp224", "GroupBrainpoolEcp224", "GroupBrainpoolEcp256", "GroupBrainpoolEcp384", "GroupBrainpoolEcp512",
    ]
    private static let lifeTypes = ["LifeTypeSeconds", "LifeTypeKilobytes"]

    /// The name of an attribute's value; `Unknown` where numbers have none.
    static func value(_ attribute: IKEAttribute) -> String {
        let names: [String]
        switch attribute.type {
        case 1: names = ciphers
        case 2: names = hashes
        case 3: names = methods
        case 4: names = groups
        case 11: names = lifeTypes
        default: return "Unknown"
        }
        let index = Int(attribute.value) - 1
        return names.indices.contains(index) ? names[index] : "Unknown"
    }

    /// Payload types of version 1; nil for those without a name.
    static func payload1(_ type: UInt8) -> String? {
        let names = [
            "None", "SecurityAssociation", "Proposal", "Transform", "KeyExchange", "Identification", "Certificate", "CertificateRequest",
            "Hash", "Signature", "Nonce", "Notification", "Delete", "VendorID", nil, "SaKekPayload", "SaTekPayload", "KeyDownload",
            "SequenceNumber", "ProofOfPossession", "NatDiscovery", "NatOriginalAddress", "GroupAssociatedPolicy",
        ]
        return Int(type) < names.count ? names[Int(type)] : nil
    }

    /// Payload types of version 2.
    static func payload2(_ type: UInt8) -> String {
        if type == 0 { return "NoNextPayload" }
        let names = [
            "SecurityAssociation", "KeyExchange", "IdentInitiator", "IdentResponder", "Certificate", "CertificateRequest", "Authentication",
            "Nonce", "Notify", "Delete", "VendorID", "TrafficSelectorInitiator", "TrafficSelectorResponder", "EncryptedAndAuthenticated",
            "Configuration", "ExtensibleAuthentication", "GenericSecurePasswordMethod", "GroupIdentification", "GroupSecurityAssociation",
            "KeyDownload", "EncryptedAndAuthenticatedFragment",
        ]
        let index = Int(type) - 33
        return names.indices.contains(index) ? names[index] : unnamed("IkePayloadType", UInt16(type))
    }

    private static func unnamed(_ kind: String, _ number: UInt16) -> String {
        "\(kind)(\(number) / 0x\(String(number, radix: 16)))"
    }

    private static func name(_ number: UInt16, _ kind: String, _ names: [UInt16: String]) -> String {
        names[number] ?? unnamed(kind, number)
    }

    private static let encryptionNames: [UInt16: String] = [
        1: "ENCR_DES_IV64", 2: "ENCR_DES", 3: "ENCR_3DES", 4: "ENCR_RC5", 5: "ENCR_IDEA", 6: "ENCR_CAST", 7: "ENCR_BLOWFISH",
        8: "ENCR_3IDEA", 9: "ENCR_DES_IV32", 11: "ENCR_NULL", 12: "ENCR_AES_CBC", 13: "ENCR_AES_CTR", 14: "ENCR_AES_CCM_8",
        15: "ENCR_AES_CCM_12", 16: "ENCR_AES_CCM_16", 18: "ENCR_AES_GCM_8", 19: "ENCR_AES_GCM_12", 20: "ENCR_AES_GCM_16",
        21: "ENCR_NULL_AUTH_AES_GMAC", 23: "ENCR_CAMELLIA_CBC", 24: "ENCR_CAMELLIA_CTR", 25: "ENCR_CAMELLIA_CCM_8",
        26: "ENCR_CAMELLIA_CCM_12", 27: "ENCR_CAMELLIA_CCM_16", 28: "ENCR_CHACHA20_POLY1305",
    ]

    static func encryption(_ id: UInt16) -> String { name(id, "IkeTransformEncType", encryptionNames) }

    private static let functionNames: [UInt16: String] = [
        0: "PRF_NULL", 1: "PRF_HMAC_MD5", 2: "PRF_HMAC_SHA1", 3: "PRF_HMAC_TIGER", 4: "PRF_AES128_XCBC", 5: "PRF_HMAC_SHA2_256",
        6: "PRF_HMAC_SHA2_384", 7: "PRF_HMAC_SHA2_512", 8: "PRF_AES128_CMAC",
    ]

    static func function(_ id: UInt16) -> String { name(id, "IkeTransformPRFType", functionNames) }

    private static let integrityNames: [UInt16: String] = [
        0: "NONE", 1: "AUTH_HMAC_MD5_96", 2: "AUTH_HMAC_SHA1_96", 3: "AUTH_DES_MAC", 4: "AUTH_KPDK_MD5", 5: "AUTH_AES_XCBC_96",
        6: "AUTH_HMAC_MD5_128", 7: "AUTH_HMAC_SHA1_160", 8: "AUTH_AES_CMAC_96", 9: "AUTH_AES_128_GMAC", 10: "AUTH_AES_192_GMAC",
        11: "AUTH_AES_256_GMAC", 12: "AUTH_HMAC_SHA2_256_128", 13: "AUTH_HMAC_SHA2_384_192", 14: "AUTH_HMAC_SHA2_512_256",
    ]

    static func integrity(_ id: UInt16) -> String { name(id, "IkeTransformAuthType", integrityNames) }

    private static let groupNames: [UInt16: String] = [
        0: "None", 1: "Modp768", 2: "Modp1024", 5: "Modp1536", 14: "Modp2048", 15: "Modp3072", 16: "Modp4096", 17: "Modp6144",
        18: "Modp8192", 19: "Ecp256", 20: "Ecp384", 21: "Ecp521", 22: "Modp1024s160", 23: "Modp2048s224", 24: "Modp2048s256",
        25: "Ecp192", 26: "Ecp224", 27: "BrainpoolP224r1", 28: "BrainpoolP256r1", 29: "BrainpoolP384r1", 30: "BrainpoolP512r1",
        31: "Curve25519", 32: "Curve448",
    ]

    static func group(_ id: UInt16) -> String { name(id, "IkeTransformDHType", groupNames) }

    static func sequenceNumbers(_ id: UInt16) -> String { name(id, "IkeTransformESNType", [0: "NoESN", 1: "ESN"]) }

    private static let notificationNames: [UInt16: String] = [
        1: "UNSUPPORTED_CRITICAL_PAYLOAD", 4: "INVALID_IKE_SPI", 5: "INVALID_MAJOR_VERSION", 7: "INVALID_SYNTAX",
        9: "INVALID_MESSAGE_ID", 11: "INVALID_SPI", 14: "NO_PROPOSAL_CHOSEN", 17: "INVALID_KE_PAYLOAD",
        24: "AUTHENTICATION_FAILED", 34: "SINGLE_PAIR_REQUIRED", 35: "NO_ADDITIONAL_SAS", 36: "INTERNAL_ADDRESS_FAILURE",
        37: "FAILED_CP_REQUIRED", 38: "TS_UNACCEPTABLE", 39: "INVALID_SELECTORS", 43: "TEMPORARY_FAILURE", 44: "CHILD_SA_NOT_FOUND",
        16384: "INITIAL_CONTACT", 16385: "SET_WINDOW_SIZE", 16386: "ADDITIONAL_TS_POSSIBLE", 16387: "IPCOMP_SUPPORTED",
        16388: "NAT_DETECTION_SOURCE_IP", 16389: "NAT_DETECTION_DESTINATION_IP", 16390: "COOKIE", 16391: "USE_TRANSPORT_MODE",
        16392: "HTTP_CERT_LOOKUP_SUPPORTED", 16393: "REKEY_SA", 16394: "ESP_TFC_PADDING_NOT_SUPPORTED",
        16395: "NON_FIRST_FRAGMENTS_ALSO",
    ]

    static func notification(_ type: UInt16) -> String { name(type, "NotifyType", notificationNames) }
}
