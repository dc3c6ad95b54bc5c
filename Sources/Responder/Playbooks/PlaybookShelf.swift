import Foundation
import Playbooks
import Wording

/// Where playbooks are found by name.
struct PlaybookShelf {
    /// Searched in this order; the first file of a name wins.
    let folders: [String]

    init(folder: String?) {
        folders =
            folder.map { [$0] } ?? (["/etc/vonggac/playbooks"] + ShippedContent.folders("Playbooks") + ["/usr/share/vonggac/playbooks"])
    }

    struct Entry {
        /// The file's name without its ending.
        var name: String
        var path: String
    }

    /// Every playbook file, by name.
    var entries: [Entry] {
        var entries: [String: Entry] = [:]
        for folder in folders {
            for file in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] {
                guard let name = Self.endings.lazy.filter({ file.hasSuffix($0) }).map({ String(file.dropLast($0.count)) }).first,
                    !name.isEmpty, entries[name] == nil
                else { continue }
                entries[name] = Entry(name: name, path: "\(folder)/\(file)")
            }
        }
        return entries.values.sorted { $0.name < $1.name }
    }

    private static let endings = [".json", ".yaml", ".yml"]

    /// A playbook by its file, its name on the shelf, or its CACAO id.
    func read(_ name: String) throws -> PlaybookReading {
        if name.contains("/") || Self.endings.contains(where: { name.hasSuffix($0) }) { return try PlaybookReading(file: name) }
        let entries = entries
        if let entry = entries.first(where: { $0.name == name }) { return try PlaybookReading(file: entry.path) }
        if name.hasPrefix("playbook--") {
            for entry in entries {
                if let reading = try? PlaybookReading(file: entry.path), reading.playbook?.id == name { return reading }
            }
        }
        throw UnknownPlaybookError(name: name, known: entries.map(\.name))
    }
}

/// No playbook has that name. Exit code 3.
struct UnknownPlaybookError: BilingualError {
    var name: String
    var known: [String]

    var vietnamese: String { "không có kịch bản \(name)" + (known.isEmpty ? "" : "; hiện có: \(known.joined(separator: ", "))") }
    var english: String { "no playbook \(name)" + (known.isEmpty ? "" : "; there are: \(known.joined(separator: ", "))") }
}

/// Content that is shipped with the program: in a checkout it lies in a folder above the built program.
enum ShippedContent {
    static func folders(_ name: String) -> [String] {
        guard let program = try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe") else { return [] }
        var folder = URL(fileURLWithPath: program).deletingLastPathComponent()
        for _ in 0..<5 {
            let path = folder.appendingPathComponent(name).path
            if FileManager.default.fileExists(atPath: path), FileManager.default.fileExists(atPath: folder.path + "/Package.swift") {
                return [path]
            }
            folder.deleteLastPathComponent()
        }
        return []
    }
}

extension Playbook {
    /// The name in one language, where it is written `Tiếng Việt / English`.
    func title(_ language: Language) -> String { Self.part(name, language) }

    static func part(_ text: String, _ language: Language) -> String {
        let parts = text.split(separator: " / ", omittingEmptySubsequences: false)
        guard parts.count == 2 else { return text }
        return String(parts[language == .vi ? 0 : 1])
    }
}
