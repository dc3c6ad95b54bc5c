import AppLayer
import RuleLanguage

/// One word that rules may use, for `--list-keywords` and the documents.
public struct KeywordSummary: Sendable, Equatable {
    public let name: String
    /// Other names of the same keyword.
    public let aliases: [String]
    /// One line.
    public let summary: String
    /// Where it differs from Suricata; empty where it does not.
    public let difference: String
    /// Page of Suricata's user guide; empty for buffers.
    public let documentation: String
}

/// Everything that rules may use.
public enum KeywordList {
    /// Keywords in the order of the keyword table.
    public static var keywords: [KeywordSummary] {
        KeywordTable.all.map {
            KeywordSummary(
                name: $0.names[0], aliases: Array($0.names.dropFirst()), summary: $0.summary, difference: $0.difference,
                documentation: "https://docs.suricata.io/en/latest/rules/\($0.documentation)")
        }
    }

    /// Buffers and numbers that the protocols declare, in the order of the registry.
    public static func buffers(_ protocols: [ProtocolDescriptor] = ProtocolRegistry.all) -> [KeywordSummary] {
        func summary(_ buffer: BufferDescriptor, _ owner: String) -> KeywordSummary {
            let modifier = buffer.modifier.map { "; old-style modifier \($0)" } ?? ""
            return KeywordSummary(
                name: buffer.name, aliases: buffer.aliases, summary: "Buffer of \(owner)\(modifier).", difference: "", documentation: "")
        }
        var result = FileFields.buffers.map { summary($0, "files") }
        for descriptor in protocols {
            result += descriptor.buffers.map { summary($0, descriptor.name) }
            result += descriptor.numbers.map {
                KeywordSummary(name: $0.name, aliases: [], summary: "Number of \(descriptor.name).", difference: "", documentation: "")
            }
        }
        return result
    }

    /// The rows of the keyword table in docs/rules.md.
    public static var documentRows: [String] {
        keywords.map { keyword in
            let names = ([keyword.name] + keyword.aliases).map { "`\($0)`" }.joined(separator: ", ")
            let summary = keyword.summary.split(separator: "|", omittingEmptySubsequences: false).joined(separator: "\\|")
            return "| \(names) | \(summary) | \(keyword.difference) |"
        }
    }
}
