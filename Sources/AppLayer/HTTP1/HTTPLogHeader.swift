import Bytes

/// A header that `custom` of EVE's `http` can add to the event.
struct HTTPLogHeader {
    /// The name in the event, which the configuration may use as well.
    let key: StaticString
    let name: StaticString
    let isRequest: Bool

    /// Whether a name in the configuration means this header.
    func isMeant(_ word: String) -> Bool {
        word == key.description || word.utf8.map(ASCII.lowercased).elementsEqual(name.description.utf8)
    }

    static let all: [HTTPLogHeader] =
        [
            ("accept", "accept"),
            ("accept_charset", "accept-charset"),
            ("accept_encoding", "accept-encoding"),
            ("accept_language", "accept-language"),
            ("accept_datetime", "accept-datetime"),
            ("authorization", "authorization"),
            ("cache_control", "cache-control"),
            ("cookie", "cookie"),
            ("from", "from"),
            ("max_forwards", "max-forwards"),
            ("origin", "origin"),
            ("pragma", "pragma"),
            ("proxy_authorization", "proxy-authorization"),
            ("range", "range"),
            ("te", "te"),
            ("via", "via"),
            ("x_requested_with", "x-requested-with"),
            ("dnt", "dnt"),
            ("x_forwarded_proto", "x-forwarded-proto"),
            ("x_authenticated_user", "x-authenticated-user"),
            ("x_flash_version", "x-flash-version"),
            ("true_client_ip", "true-client-ip"),
            ("org_src_ip", "org-src-ip"),
            ("x_bluecoat_via", "x-bluecoat-via"),
        ].map { HTTPLogHeader(key: $0.0, name: $0.1, isRequest: true) }
        + [
            ("accept_range", "accept-range"),
            ("age", "age"),
            ("allow", "allow"),
            ("connection", "connection"),
            ("content_encoding", "content-encoding"),
            ("content_language", "content-language"),
            ("content_length", "content-length"),
            ("content_location", "content-location"),
            ("content_md5", "content-md5"),
            ("content_type", "content-type"),
            ("date", "date"),
            ("etag", "etag"),
            ("expires", "expires"),
            ("last_modified", "last-modified"),
            ("link", "link"),
            ("location", "location"),
            ("proxy_authenticate", "proxy-authenticate"),
            ("referrer", "referrer"),
            ("refresh", "refresh"),
            ("retry_after", "retry-after"),
            ("server", "server"),
            ("set_cookie", "set-cookie"),
            ("trailer", "trailer"),
            ("transfer_encoding", "transfer-encoding"),
            ("upgrade", "upgrade"),
            ("vary", "vary"),
            ("warning", "warning"),
            ("www_authenticate", "www-authenticate"),
        ].map { HTTPLogHeader(key: $0.0, name: $0.1, isRequest: false) }
}
