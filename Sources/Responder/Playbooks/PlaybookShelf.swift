import Foundation
import Playbooks
import Trust
import Wording

/// Where playbooks are found by name.
struct PlaybookShelf: Sendable {
    /// Searched in this order; the first file of a name wins.
    let folders: [String]

    init(folder: String?) {
        folders =
            folder.map { [$0] } ?? (["/etc/vonggac/playbooks"] + ShippedContent.folders("Playbooks") + ["/usr/share/vonggac/playbooks"])
    }

    struct Entry: Sendable {
        /// The file's name without its ending.
        var name: String
        var path: String
    }

    /// Every playbook file, by name.
    var entries: [Entry] {
        var entries: [String: Entry] = [:]
        for folder in folders {
            for file in (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [] where file != "trust.yaml" {
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
    func read(_ name: String) throws -> PlaybookReading { try PlaybookReading(file: path(name)) }

    /// The same as a document, which may be signed and yet no playbook that could run.
    func document(_ name: String) throws -> JSONValue {
        let path = try path(name)
        let document = try PlaybookText.load(path).value
        guard document["type"]?.text == "playbook" else { throw PlaybookFileError.notAPlaybook(path: path, type: document["type"]?.text) }
        return document
    }

    /// Where it lies.
    func path(_ name: String) throws -> String {
        if name.contains("/") || Self.endings.contains(where: { name.hasSuffix($0) }) { return name }
        let entries = entries
        if let entry = entries.first(where: { $0.name == name }) { return entry.path }
        if name.hasPrefix("playbook--") {
            for entry in entries {
                if let value = try? PlaybookText.load(entry.path).value, value["id"]?.text == name { return entry.path }
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
        guard parts.count == 2 else { return lines(text, language) }
        return String(parts[language == .vi ? 0 : 1])
    }

    /// A text of several lines in one language, where a line `---` stands between Vietnamese and English.
    static func lines(_ text: String, _ language: Language) -> String {
        let parts = text.components(separatedBy: "\n---\n")
        guard parts.count == 2 else { return text }
        return parts[language == .vi ? 0 : 1]
    }
}

/// The shelf for playbooks that run others.
struct ShelfLibrary: PlaybookLibrary {
    let shelf: PlaybookShelf
    let trust: PlaybookTrust

    func playbook(id: String, version: String?) throws -> Playbook {
        var found: Playbook?
        for entry in shelf.entries {
            guard let reading = try? PlaybookReading(file: entry.path), let playbook = reading.playbook, playbook.id == id else { continue }
            guard version == nil || playbook.modified == version else { continue }
            if found == nil || playbook.modified > (found?.modified ?? "") { found = try reading.runnable() }
        }
        guard let found else { throw PlaybookRunError.noPlaybook(id: id, version: version) }
        return found
    }

    func check(_ playbook: Playbook) throws { try trust.check(playbook) }
}

/// Whose playbooks may do things by themselves.
struct PlaybookTrust: Sendable {
    var policy: TrustPolicy?
    /// A person accepted it although nobody whom the office trusts has signed it.
    var allowsUnsigned = false
    /// A person does everything.
    var isByHand = false

    /// The policy of the office, or the one that is shipped with the playbooks.
    /// - Parameter file: nil to look in the usual places.
    init(file: String?, shelf: PlaybookShelf) throws {
        let named = file ?? ProcessInfo.processInfo.environment["VONGGAC_TRUST"]
        if let named {
            policy = try TrustPolicy(file: named)
            return
        }
        let office = "/etc/vonggac/trust.yaml"
        if FileManager.default.fileExists(atPath: office) {
            policy = try TrustPolicy(file: office)
            return
        }
        let shipped = (ShippedContent.folders("Playbooks") + ["/usr/share/vonggac/playbooks"]).map { $0 + "/trust.yaml" }
        policy = try shipped.first { FileManager.default.fileExists(atPath: $0) }.map { try TrustPolicy(file: $0, isShipped: true) }
    }

    /// - Throws: ``PlaybookRunError/untrusted(name:reason:)`` where automatic steps of the playbook must not run.
    func check(_ playbook: Playbook) throws {
        guard !isByHand, !allowsUnsigned, playbook.isAutomatic else { return }
        let judgement = TrustJudgement(playbook, policy: policy)
        guard judgement.isTrusted else {
            throw PlaybookRunError.untrusted(name: playbook.name, reason: judgement.reason)
        }
    }
}
