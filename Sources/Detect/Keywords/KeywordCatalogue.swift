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
        return entries.sorted { $0.name < $1.name }
    }
}
