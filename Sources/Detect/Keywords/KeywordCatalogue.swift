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
                entries.append(Entry(name: name, summary: "sticky buffer", documentation: guide))
            }
            if let modifier = buffer.modifier {
                entries.append(Entry(name: modifier, summary: "moves the content before it to \(buffer.name)", documentation: guide))
            }
        }
        for number in ProtocolRegistry.all.flatMap(\.numbers) {
            entries.append(Entry(name: number.name, summary: "number of the protocol's transaction", documentation: guide))
        }
        return entries.sorted { $0.name < $1.name }
    }

    /// The rows of the keyword table in docs/rules.md, in the order of ``KeywordTable``.
    static var documentRows: [String] {
        KeywordTable.all.map { keyword in
            let names = keyword.names.map { "`\($0)`" }.joined(separator: ", ")
            let summary = keyword.summary.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
            return "| \(names) | \(summary) | \(keyword.difference) |"
        }
    }
}
