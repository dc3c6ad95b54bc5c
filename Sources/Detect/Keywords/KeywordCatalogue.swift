import AppLayer

/// What the rule language knows, for `--list-keywords` and people.
public enum KeywordCatalogue {
    /// One keyword or buffer.
    public struct Entry: Sendable {
        public let name: String
        public let summary: String
        /// Where Suricata's user guide describes it.
        public let documentation: String
    }

    /// Keywords and buffers by name.
    public static var all: [Entry] {
        let guide = "https://docs.suricata.io/en/latest/rules/"
        var entries = KeywordTable.all.flatMap { keyword in
            keyword.names.map { Entry(name: $0, summary: keyword.summary, documentation: guide + keyword.documentation) }
        }
        for buffer in FileFields.buffers + ProtocolRegistry.all.flatMap(\.buffers) {
            for name in [buffer.name] + buffer.aliases {
                entries.append(Entry(name: name, summary: "sticky buffer", documentation: guide + page(of: buffer.name)))
            }
            if let modifier = buffer.modifier {
                let summary = "moves the content before it to \(buffer.name)"
                entries.append(Entry(name: modifier, summary: summary, documentation: guide + page(of: buffer.name)))
            }
        }
        for number in ProtocolRegistry.all.flatMap(\.numbers) {
            let summary = "number of the protocol's transaction"
            entries.append(Entry(name: number.name, summary: summary, documentation: guide + page(of: number.name)))
        }
        // A buffer that two protocols share is one word of the language.
        var seen: Set<String> = []
        return entries.filter { seen.insert($0.name).inserted }.sorted { $0.name < $1.name }
    }

    /// Pages of the user guide that are not called as the protocol is.
    private static let pages = [
        "file": "file-keywords", "email": "email-keywords", "ja3": "ja-keywords", "ja3s": "ja-keywords", "ja4": "ja-keywords",
        "krb5": "kerberos-keywords", "ssl": "tls-keywords", "enip": "enip-keyword", "cip": "enip-keyword", "modbus": "modbus-keyword",
        "ftpdata": "ftp-keywords", "ftpbounce": "ftp-keywords", "dce": "dcerpc-keywords", "cyu": "quic-keywords", "urilen": "http-keywords",
        "icmpv4": "header-keywords", "icmpv6": "header-keywords",
    ]

    /// Where the user guide describes a buffer or number: its protocol's page, at the keyword.
    static func page(of name: String) -> String {
        let family = String(name.prefix { $0 != "." && $0 != "_" && $0 != "-" })
        let anchor = String(name.map { $0 == "." || $0 == "_" ? "-" : $0 })
        return "\(pages[family] ?? family + "-keywords").html#\(anchor)"
    }

    /// The rows of the keyword table in docs/rules.md, in the order of ``KeywordTable``.
    static var documentRows: [String] {
        KeywordTable.all.map { keyword in
            let names = keyword.names.map { "`\($0)`" }.joined(separator: ", ")
            let summary = keyword.summary.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
            return "| \(names) | \(summary) | \(keyword.difference) |"
        }
    }

    /// The rows of the table of buffers and numbers in docs/rules.md, by name.
    static var bufferRows: [String] {
        var rows: [String: String] = [:]
        func row(_ names: [String], _ what: String) {
            rows[names[0]] = "| \(names.map { "`\($0)`" }.joined(separator: ", ")) | \(what) | \(page(of: names[0])) |"
        }
        for buffer in FileFields.buffers + ProtocolRegistry.all.flatMap(\.buffers) {
            let what =
                switch buffer.shape {
                case .single: "buffer"
                case .multiple: "buffer, any number of values"
                case .streaming: "buffer that grows"
                }
            row([buffer.name] + buffer.aliases + [buffer.modifier].compactMap(\.self), what)
        }
        for number in ProtocolRegistry.all.flatMap(\.numbers) { row([number.name], "number") }
        return rows.sorted { $0.key < $1.key }.map(\.value)
    }
}
