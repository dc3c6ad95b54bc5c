/// Names of numbers in RDP's connection sequence (MS-RDPBCGR §2.2.1), as they stand in events.
enum RDPNames {
    static let versions: [UInt32: String] = [
        0x80001: "v4", 0x80004: "v5", 0x80005: "v10.0", 0x80006: "v10.1", 0x80007: "v10.2", 0x80008: "v10.3", 0x80009: "v10.4",
        0x8000a: "v10.5", 0x8000b: "v10.6", 0x8000c: "v10.7",
    ]

    static let keyboards: [UInt32: String] = [1: "xt", 2: "ico", 3: "at", 4: "enhanced", 5: "1050", 6: "9140", 7: "jp"]

    static let connections: [UInt8: String] = [
        1: "modem", 2: "low_broadband", 3: "satellite", 4: "high_broadband", 5: "wan", 6: "lan", 7: "autodetect",
    ]

    static let capabilities: [(UInt16, StaticString)] = [
        (0x001, "support_errinfo_pdf"), (0x002, "want_32bpp_session"), (0x004, "support_statusinfo_pdu"),
        (0x008, "strong_asymmetric_keys"), (0x020, "valid_connection_type"), (0x040, "support_monitor_layout_pdu"),
        (0x080, "support_netchar_autodetect"), (0x100, "support_dynvc_gfx_protocol"), (0x200, "support_dynamic_time_zone"),
        (0x400, "support_heartbeat_pdu"),
    ]

    static let requestFlags: [(UInt8, StaticString)] = [
        (0x01, "restricted_admin_mode_required"), (0x02, "redirected_authentication_mode_required"), (0x08, "correlation_info_present"),
    ]

    static let responseFlags: [(UInt8, StaticString)] = [
        (0x01, "extended_client_data"), (0x02, "dynvc_gfx"), (0x08, "restricted_admin"), (0x10, "redirected_authentication"),
    ]

    static let protocols: [UInt32: StaticString] = [0: "rdp", 1: "ssl", 2: "hybrid", 4: "rds_tls", 8: "hybrid_ex"]

    static let failures: [UInt32: StaticString] = [
        1: "ssl required by server", 2: "ssl not allowed by server", 3: "ssl cert not on server", 4: "inconsistent flags",
        5: "hybrid required by server", 6: "ssl with user auth required by server",
    ]

    /// Build numbers of Windows.
    static let builds: [UInt32: String] = [
        528: "Windows NT 3.1", 807: "Windows NT 3.5", 1057: "Windows NT 3.51", 1381: "Windows NT 4.0", 2195: "Windows 2000",
        2600: "Windows XP", 3790: "Windows Server 2003", 6000: "Windows Vista RTM", 6001: "Windows Vista SP1", 6002: "Windows Vista SP2",
        7600: "Windows 7 RTM", 7601: "Windows 7 SP1", 9200: "Windows 8", 9600: "Windows 8.1", 10240: "Windows 10 TH1",
        10586: "Windows 10 TH2", 14393: "Windows 10 RS1", 15063: "Windows 10 RS2", 16299: "Windows 10 RS3", 17134: "Windows 10 RS4",
        17763: "Windows 10 RS5",
    ]

    /// Language identifiers (MS-LCID) of the usual keyboard layouts.
    static let layouts: [UInt32: String] = [
        0x0401: "ar-SA", 0x0402: "bg-BG", 0x0403: "ca-ES", 0x0404: "zh-TW", 0x0405: "cs-CZ", 0x0406: "da-DK", 0x0407: "de-DE",
        0x0408: "el-GR", 0x0409: "en-US", 0x040a: "es-ES_tradnl", 0x040b: "fi-FI", 0x040c: "fr-FR", 0x040d: "he-IL", 0x040e: "hu-HU",
        0x040f: "is-IS", 0x0410: "it-IT", 0x0411: "ja-JP", 0x0412: "ko-KR", 0x0413: "nl-NL", 0x0414: "nb-NO", 0x0415: "pl-PL",
        0x0416: "pt-BR", 0x0417: "rm-CH", 0x0418: "ro-RO", 0x0419: "ru-RU", 0x041a: "hr-HR", 0x041b: "sk-SK", 0x041c: "sq-AL",
        0x041d: "sv-SE", 0x041e: "th-TH", 0x041f: "tr-TR", 0x0420: "ur-PK", 0x0421: "id-ID", 0x0422: "uk-UA", 0x0423: "be-BY",
        0x0424: "sl-SI", 0x0425: "et-EE", 0x0426: "lv-LV", 0x0427: "lt-LT", 0x0428: "tg-Cyrl-TJ", 0x0429: "fa-IR", 0x042a: "vi-VN",
        0x042b: "hy-AM", 0x042c: "az-Latn-AZ", 0x042d: "eu-ES", 0x042e: "hsb-DE", 0x042f: "mk-MK", 0x0432: "tn-ZA", 0x0434: "xh-ZA",
        0x0435: "zu-ZA", 0x0436: "af-ZA", 0x0437: "ka-GE", 0x0438: "fo-FO", 0x0439: "hi-IN", 0x043a: "mt-MT", 0x043b: "se-NO",
        0x043e: "ms-MY", 0x043f: "kk-KZ", 0x0440: "ky-KG", 0x0441: "sw-KE", 0x0442: "tk-TM", 0x0443: "uz-Latn-UZ", 0x0444: "tt-RU",
        0x0445: "bn-IN", 0x0446: "pa-IN", 0x0447: "gu-IN", 0x0448: "or-IN", 0x0449: "ta-IN", 0x044a: "te-IN", 0x044b: "kn-IN",
        0x044c: "ml-IN", 0x044d: "as-IN", 0x044e: "mr-IN", 0x044f: "sa-IN", 0x0450: "mn-MN", 0x0451: "bo-CN", 0x0452: "cy-GB",
        0x0453: "km-KH", 0x0454: "lo-LA", 0x0456: "gl-ES", 0x045b: "si-LK", 0x0461: "ne-NP", 0x0463: "ps-AF", 0x0464: "fil-PH",
        0x0804: "zh-CN", 0x0807: "de-CH", 0x0809: "en-GB", 0x080a: "es-MX", 0x080c: "fr-BE", 0x0810: "it-CH", 0x0813: "nl-BE",
        0x0814: "nn-NO", 0x0816: "pt-PT", 0x081a: "sr-Latn-CS", 0x081d: "sv-FI", 0x0c04: "zh-HK", 0x0c07: "de-AT", 0x0c09: "en-AU",
        0x0c0a: "es-ES", 0x0c0c: "fr-CA", 0x0c1a: "sr-Cyrl-CS", 0x1004: "zh-SG", 0x1009: "en-CA", 0x100c: "fr-CH", 0x1409: "en-NZ",
        0x1809: "en-IE", 0x1c09: "en-ZA", 0x4009: "en-IN", 0x4809: "en-SG",
    ]
}
