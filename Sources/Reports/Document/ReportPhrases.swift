import Wording

/// Every text that a template may word otherwise, by its Vietnamese pattern: the file `Templates/phrases.tsv`, which a test compares with the
/// sources.
public enum ReportPhrases {
    public static let all: [String: BilingualText] = {
        var all: [String: BilingualText] = [:]
        for line in String(decoding: PackageResources.phrases_tsv, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "\t", omittingEmptySubsequences: false)
            if parts.count == 2 { all[String(parts[0])] = BilingualText(String(parts[0]), String(parts[1])) }
        }
        return all
    }()
}
