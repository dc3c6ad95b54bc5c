import ArgumentParser
import Compliance
import Foundation
import Incidents
import Playbooks
import Terminal
import Wording

/// What the shell offers at a place of the command line: what the record and the shelf hold, with a word on each where the shell shows one.
enum Suggestions {
    static let incidents = CompletionKind.custom { words, _, _ in
        offered(words) { store, language in
            var filter = IncidentFilter()
            filter.limit = most
            return try store.incidents(filter).map { ($0.code.description, language == .vi ? $0.titleVietnamese : $0.titleEnglish) }
        }
    }

    static let runs = CompletionKind.custom { words, _, _ in
        offered(words) { store, language in
            try store.playbookRuns().suffix(most).reversed().map {
                (String($0.id), "\($0.incident) \(Playbook.part($0.name, language)), \(RunSession.name($0.outcome, language))")
            }
        }
    }

    static let evidence = CompletionKind.custom { words, _, _ in
        offered(words) { store, language in
            try store.evidence(incident: nil).suffix(most).reversed().map {
                (String($0.id), "\($0.incident?.description ?? "") \(language == .vi ? $0.vietnameseDescription : $0.description)")
            }
        }
    }

    static let agencies = CompletionKind.custom { words, _, _ in
        offered(words) { store, language in try store.agencies().map { ($0.code, language == .vi ? $0.name : $0.nameEnglish) } }
    }

    /// Deadlines that somebody still has to meet.
    static let clocks = CompletionKind.custom { words, _, _ in
        offered(words) { store, language in
            let profiles = ["vn-2026", "vn-2017"].compactMap { try? ProfileLibrary().profile($0) }
            let named = words.compactMap { IncidentCode($0) }
            let open = try named.flatMap { try store.detail($0, alertLimit: 1).clocks }.filter { $0.metAt == nil }
            return open.map { clock in (clock.code, profiles.lazy.compactMap { $0.deadline(clock.code) }.first?.name[language] ?? "") }
        }
    }

    static let playbooks = CompletionKind.custom { words, _, _ in
        let language = language
        return PlaybookShelf(folder: option("--playbooks", in: words)).entries.map { entry in
            let playbook = (try? PlaybookReading(file: entry.path))?.playbook
            return line(entry.name, playbook?.title(language) ?? "")
        }
    }

    /// Enough to choose from; who looks for older ones types the beginning.
    private static let most = 200

    private static var language: Language {
        let environment = ProcessInfo.processInfo.environment
        return (environment["LC_ALL"] ?? environment["LANG"] ?? "").hasPrefix("en") ? .en : .vi
    }

    private static func option(_ name: String, in words: [String]) -> String? {
        if let index = words.firstIndex(of: name), index + 1 < words.count { return words[index + 1] }
        return words.first { $0.hasPrefix(name + "=") }.map { String($0.dropFirst(name.count + 1)) }
    }

    /// Nothing where there is no record: a shell that completes has nobody to tell an error to.
    private static func offered(_ words: [String], _ values: (IncidentStore, Language) throws -> [(String, String)]) -> [String] {
        let folder = option("--state", in: words) ?? ProcessInfo.processInfo.environment["VONGGAC_STATE"] ?? "/var/lib/vonggac"
        guard let store = try? IncidentStore(path: folder + "/incidents.sqlite", mode: .readOnly) else { return [] }
        return ((try? values(store, language)) ?? []).map { line($0, $1) }
    }

    /// As the shell that asks wants a value with its description; bash shows none.
    private static func line(_ value: String, _ text: String) -> String {
        let safe = DisplayText.safe(text)
        guard !safe.isEmpty else { return value }
        switch CompletionShell.requesting {
        case CompletionShell.fish?: return "\(value)\t\(safe)"
        case CompletionShell.zsh?: return "\(value.replacing(":", with: "\\:")):\(safe)"
        default: return value
        }
    }
}
