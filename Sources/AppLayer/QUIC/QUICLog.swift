import Bytes

extension QUICTransaction {
    /// EVE's `quic` object.
    func writeObject(_ json: inout JSONWriter) {
        json.key("quic")
        json.beginObject()
        json.key("version")
        json.string(header.version.name)
        if let sni {
            json.key("sni")
            json.string(sni)
        }
        if let userAgent {
            json.key("ua")
            json.string(userAgent)
        }
        if !cyu.isEmpty {
            json.key("cyu")
            json.beginArray()
            for one in cyu {
                json.beginObject()
                json.key("hash")
                json.string(one.hash)
                json.key("string")
                json.string(one.text)
                json.endObject()
            }
            json.endArray()
        }
        if let fingerprints {
            json.key(direction == .toServer ? "ja3" : "ja3s")
            json.beginObject()
            json.key("hash")
            json.string(fingerprints.ja3Hash)
            json.key("string")
            json.string(fingerprints.ja3)
            json.endObject()
            if !fingerprints.ja4.isEmpty {
                json.key("ja4")
                json.string(fingerprints.ja4)
            }
        }
        if let hello { writeExtensions(hello, &json) }
        json.endObject()
    }

    private func writeExtensions(_ hello: TLSHello, _ json: inout JSONWriter) {
        let types = hello.extensions.filter { !TLSVersion.isGREASE($0) }
        guard !types.isEmpty else { return }
        json.key("extensions")
        json.beginArray()
        for type in types {
            json.beginObject()
            if let name = QUICTransaction.extensionNames[type] {
                json.key("name")
                json.string(name)
            }
            json.key("type")
            json.number(UInt64(type))
            let values = values(of: type, hello)
            if !values.isEmpty {
                json.key("values")
                json.beginArray()
                for value in values { json.string(value) }
                json.endArray()
            }
            json.endObject()
        }
        json.endArray()
    }

    private func values(of type: UInt16, _ hello: TLSHello) -> [[UInt8]] {
        switch type {
        case 0: hello.hasServerName ? [hello.serverName] : []
        case 13: hello.signatureAlgorithms.filter { !TLSVersion.isGREASE($0) }.map { Array(String($0).utf8) }
        case 16: hello.applicationProtocols
        case 43:
            (direction == .toServer ? hello.supportedVersions : [hello.version.rawValue]).map {
                Array(QUICTransaction.versionName($0).utf8)
            }
        default: []
        }
    }

    private static func versionName(_ version: UInt16) -> String {
        switch version {
        case 0x0300: "Ssl30"
        case 0x0301...0x0304: "Tls1\(version - 0x0301)"
        case 0x7f12...0x7f17: "Tls13Draft\(version & 0xff)"
        default: "TlsVersion(\(version) / 0x\(String(version, radix: 16)))"
        }
    }

    /// Names of TLS extensions (IANA "TLS ExtensionType Values").
    private static let extensionNames: [UInt16: String] = [
        0: "server_name", 1: "max_fragment_length", 2: "client_certificate_url", 3: "trusted_ca_keys", 4: "truncated_hmac",
        5: "status_request", 6: "user_mapping", 7: "client_authz", 8: "server_authz", 9: "cert_type", 10: "supported_groups",
        11: "ec_point_formats", 12: "srp", 13: "signature_algorithms", 14: "use_srtp", 15: "heartbeat", 16: "alpn",
        17: "status_request_v2", 18: "signed_certificate_timestamp", 19: "client_certificate_type", 20: "server_certificate_type",
        21: "padding", 22: "encrypt_then_mac", 23: "extended_master_secret", 24: "token_binding", 25: "cached_info", 26: "tls_lts",
        27: "compress_certificate", 28: "record_size_limit", 29: "pwd_protect", 30: "pwd_clear", 31: "password_salt",
        32: "ticket_pinning", 33: "tls_cert_with_extern_psk", 34: "delegated_credentials", 35: "session_ticket", 36: "tlmsp",
        37: "tlmsp_proxying", 38: "tlmsp_delegate", 39: "supported_ekt_ciphers", 41: "pre_shared_key", 42: "early_data",
        43: "supported_versions", 44: "cookie", 45: "psk_key_exchange_modes", 47: "certificate_authorities", 48: "oid_filters",
        49: "post_handshake_auth", 50: "signature_algorithms_cert", 51: "key_share", 52: "transparency_info",
        53: "connection_id_deprecated", 54: "connection_id", 55: "external_id_hash", 56: "external_session_id",
        57: "quic_transport_parameters", 58: "ticket_request", 59: "dnssec_chain", 13172: "next_protocol_negotiation",
        65281: "renegotiation_info",
    ]
}
