import Bytes
import Glibc
import RuleLanguage

/// The names under which anybody may register a domain, by the list of publicsuffix.org as the system has it.
final class PublicSuffixes: Sendable {
    /// Where the Debian package `publicsuffix` puts the list.
    static let path = "/usr/share/publicsuffix/public_suffix_list.dat"

    private let suffixes: Set<[UInt8]>
    /// Below these every name is a suffix (`*.ck`), but for the exceptions (`!www.ck`).
    private let wildcards: Set<[UInt8]>
    private let exceptions: Set<[UInt8]>

    /// The system's list; nil where there is none.
    static let system = (try? RuleLoader.contents(of: path)).map { PublicSuffixes($0) }

    init(_ text: [UInt8]) {
        var suffixes: Set<[UInt8]> = []
        var wildcards: Set<[UInt8]> = []
        var exceptions: Set<[UInt8]> = []
        for line in text.split(separator: 10) {
            guard let rule = line.words.first, !rule.starts(with: "//".utf8) else { continue }
            if rule.first == UInt8(ascii: "!") {
                exceptions.insert(Array(rule.dropFirst()))
            } else if rule.starts(with: "*.".utf8) {
                wildcards.insert(Array(rule.dropFirst(2)))
            } else {
                suffixes.insert(Array(rule))
            }
        }
        self.suffixes = suffixes
        self.wildcards = wildcards
        self.exceptions = exceptions
    }

    /// The public suffix of a name (`co.uk`) and the domain registered below it (`bbc.co.uk`); nil where the name is a suffix itself.
    func split(_ name: [UInt8]) -> (suffix: ArraySlice<UInt8>, domain: ArraySlice<UInt8>)? {
        let lower = name.map(ASCII.lowercased)
        // Where each label begins, the whole name first.
        let starts = [0] + lower.indices.filter { lower[$0] == 46 }.map { $0 + 1 }
        guard starts.count > 1 else { return nil }
        var place = starts.count - 1
        for (index, start) in starts.enumerated() {
            let rest = Array(lower[start...])
            if exceptions.contains(rest) {
                place = index + 1
                break
            }
            let parent = index + 1 < starts.count ? Array(lower[starts[index + 1]...]) : nil
            if suffixes.contains(rest) || parent.map(wildcards.contains) == true {
                place = index
                break
            }
        }
        guard place > 0, place < starts.count, starts[place] < name.count else { return nil }
        return (name[starts[place]...], name[starts[place - 1]...])
    }
}
