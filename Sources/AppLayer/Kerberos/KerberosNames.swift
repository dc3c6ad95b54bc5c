/// What EVE and rules call types, errors and algorithms of Kerberos.
public enum KerberosNames {
    static let empty = Array("<empty>".utf8)

    static func kind(_ kind: KerberosMessage.Kind) -> String {
        switch kind {
        case .initialRequest: "KRB_AS_REQ"
        case .initialAnswer: "KRB_AS_REP"
        case .ticketRequest: "KRB_TGS_REQ"
        case .ticketAnswer: "KRB_TGS_REP"
        case .applicationRequest: "KRB_AP_REQ"
        case .applicationAnswer: "KRB_AP_REP"
        case .error: "KRB_ERROR"
        }
    }

    /// Algorithms by name, as IANA's registry of Kerberos parameters and RFC 3961 write them.
    public static let encryptions: [(name: String, number: Int32)] = [
        ("des-cbc-crc", 1), ("des-cbc-md4", 2), ("des-cbc-md5", 3), ("des3-cbc-md5", 5), ("des3-cbc-sha1", 7), ("dsaWithSHA1-CmsOID", 9),
        ("md5WithRSAEncryption-CmsOID", 10), ("sha1WithRSAEncryption-CmsOID", 11), ("rc2CBC-EnvOID", 12), ("rsaEncryption-EnvOID", 13),
        ("rsaES-OAEP-ENV-OID", 14), ("des-ede3-cbc-Env-OID", 15), ("des3-cbc-sha1-kd", 16), ("aes128-cts-hmac-sha1-96", 17),
        ("aes256-cts-hmac-sha1-96", 18), ("aes128-cts-hmac-sha256-128", 19), ("aes256-cts-hmac-sha384-192", 20), ("rc4-hmac", 23),
        ("rc4-hmac-exp", 24), ("camellia128-cts-cmac", 25), ("camellia256-cts-cmac", 26), ("subkey-keymaterial", 65), ("rc4-md4", -128),
        ("rc4-plain2", -129), ("rc4-lm", -130), ("rc4-sha", -131), ("des-plain", -132), ("rc4-hmac-OLD", -133), ("rc4-plain-OLD", -134),
        ("rc4-hmac-OLD-exp", -135), ("rc4-plain-OLD-exp", -136), ("rc4-plain", -140), ("rc4-plain-exp", -141),
    ]

    static func encryption(_ number: Int32) -> String {
        encryptions.first { $0.number == number }?.name ?? "EncryptionType(\(number))"
    }

    /// Everything but AES and Camellia is weak or deprecated (RFC 6649, RFC 8429).
    static func isWeak(_ encryption: Int32) -> Bool { !(17...20).contains(encryption) && encryption != 25 && encryption != 26 }

    /// By number (RFC 4120 §7.5.9 and RFC 4556 §3.1.3); empty where there is none.
    private static let errors: [String] = [
        "KDC_ERR_NONE", "KDC_ERR_NAME_EXP", "KDC_ERR_SERVICE_EXP", "KDC_ERR_BAD_PVNO", "KDC_ERR_C_OLD_MAST_KVNO", "KDC_ERR_S_OLD_MAST_KVNO",
        "KDC_ERR_C_PRINCIPAL_UNKNOWN", "KDC_ERR_S_PRINCIPAL_UNKNOWN", "KDC_ERR_PRINCIPAL_NOT_UNIQUE", "KDC_ERR_NULL_KEY",
        "KDC_ERR_CANNOT_POSTDATE", "KDC_ERR_NEVER_VALID", "KDC_ERR_POLICY", "KDC_ERR_BADOPTION", "KDC_ERR_ETYPE_NOSUPP",
        "KDC_ERR_SUMTYPE_NOSUPP", "KDC_ERR_PADATA_TYPE_NOSUPP", "KDC_ERR_TRTYPE_NOSUPP", "KDC_ERR_CLIENT_REVOKED",
        "KDC_ERR_SERVICE_REVOKED", "KDC_ERR_TGT_REVOKED", "KDC_ERR_CLIENT_NOTYET", "KDC_ERR_SERVICE_NOTYET", "KDC_ERR_KEY_EXPIRED",
        "KDC_ERR_PREAUTH_FAILED", "KDC_ERR_PREAUTH_REQUIRED", "KDC_ERR_SERVER_NOMATCH", "KDC_ERR_MUST_USE_USER2USER",
        "KDC_ERR_PATH_NOT_ACCEPTED", "KDC_ERR_SVC_UNAVAILABLE", "", "KRB_AP_ERR_BAD_INTEGRITY", "KRB_AP_ERR_TKT_EXPIRED",
        "KRB_AP_ERR_TKT_NYV", "KRB_AP_ERR_REPEAT", "KRB_AP_ERR_NOT_US", "KRB_AP_ERR_BADMATCH", "KRB_AP_ERR_SKEW", "KRB_AP_ERR_BADADDR",
        "KRB_AP_ERR_BADVERSION", "KRB_AP_ERR_MSG_TYPE", "KRB_AP_ERR_MODIFIED", "KRB_AP_ERR_BADORDER", "", "KRB_AP_ERR_BADKEYVER",
        "KRB_AP_ERR_NOKEY", "KRB_AP_ERR_MUT_FAIL", "KRB_AP_ERR_BADDIRECTION", "KRB_AP_ERR_METHOD", "KRB_AP_ERR_BADSEQ",
        "KRB_AP_ERR_INAPP_CKSUM", "KRB_AP_PATH_NOT_ACCEPTED", "KRB_ERR_RESPONSE_TOO_BIG", "", "", "", "", "", "", "", "KRB_ERR_GENERIC",
        "KRB_ERR_FIELD_TOOLONG", "KDC_ERROR_CLIENT_NOT_TRUSTED", "KDC_ERROR_KDC_NOT_TRUSTED", "KDC_ERROR_INVALID_SIG",
        "KDC_ERR_KEY_TOO_WEAK", "KDC_ERR_CERTIFICATE_MISMATCH", "KRB_AP_ERR_NO_TGT", "KDC_ERR_WRONG_REALM",
        "KRB_AP_ERR_USER_TO_USER_REQUIRED", "KDC_ERR_CANT_VERIFY_CERTIFICATE", "KDC_ERR_INVALID_CERTIFICATE",
        "KDC_ERR_REVOKED_CERTIFICATE", "KDC_ERR_REVOCATION_STATUS_UNKNOWN", "KDC_ERR_REVOCATION_STATUS_UNAVAILABLE",
        "KDC_ERR_CLIENT_NAME_MISMATCH", "KDC_ERR_KDC_NAME_MISMATCH",
    ]

    static func error(_ code: Int32) -> String {
        guard errors.indices.contains(Int(code)), !errors[Int(code)].isEmpty else { return "ErrorCode(\(code))" }
        return errors[Int(code)]
    }
}
