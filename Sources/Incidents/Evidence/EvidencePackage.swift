import Bytes
import Digest
import Foundation
import Glibc
import Trust

/// Evidence that is handed over: the files, what they are, every access to them, signed, and to be checked with `sha256sum` and `openssl` alone.
///
///     README.txt  manifest.json  custody.json  case.jsonld  checkpoint.json  checkpoint.json.sig  key.pub
///     evidence/001-pcap-1a2b3c4d5e6f.pcap …  SHA256SUMS  SHA256SUMS.sig
///
/// `SHA256SUMS` names every other file, its signature covers all of them. An entry of custody.json gives its own hash anew, and the
/// checkpoint says where the ledger ended right after them.
public struct EvidencePackage: Sendable {
    public static let type = "vonggac-evidence-1"
    static let sums = "SHA256SUMS"

    /// Who hands over what, and why.
    public struct Request: Sendable {
        public var incident: IncidentCode
        /// Which pieces; the incident's all where it is empty.
        public var items: [EvidenceItem]
        public var reason: String
        /// To whom.
        public var recipient: String?

        public init(incident: IncidentCode, items: [EvidenceItem] = [], reason: String, recipient: String? = nil) {
            self.incident = incident
            self.items = items
            self.reason = reason
            self.recipient = recipient
        }
    }

    /// Makes a package: a folder, or an archive where `target` ends with `.tar` or `.zip`. What is there is never written over.
    ///
    /// Each piece gets its entry `evidence.exported` before anything can leave.
    /// - Parameter progress: told in mebibytes; everything is read twice, to be copied and to be summed.
    /// - Returns: the pieces that are in it.
    public static func export(
        _ request: Request, from store: IncidentStore, _ folder: EvidenceFolder, key: SigningKey, to target: String, by hand: Hand,
        progress: WorkProgress = { _, _ in }
    ) throws -> [EvidenceItem] {
        let detail = try store.detail(request.incident, alertLimit: 1)
        var seen: Set<SHA256Digest> = []
        let items = (request.items.isEmpty ? detail.evidence : request.items).filter { seen.insert($0.digest).inserted }
        guard !items.isEmpty else { throw NotFoundError(.evidence, request.incident.description) }
        if access(target, F_OK) == 0 { throw StoreError.cannotOpen(path: target, reason: "it exists, and is never written over") }
        let ending = [".tar", ".zip"].first { target.hasSuffix($0) }
        let draft = "\(target).\(getpid()).draft"
        try? FileManager.default.removeItem(atPath: draft)
        do {
            try FileManager.default.createDirectory(
                atPath: draft + "/evidence", withIntermediateDirectories: true, attributes: [.posixPermissions: 0o750])
        } catch { throw StoreError.cannotOpen(path: draft, reason: "the folder cannot be made") }
        defer { try? FileManager.default.removeItem(atPath: draft) }

        var names: [String] = []
        var sizes: [String: Int64] = [:]
        let size = items.reduce(0) { $0 + $1.size }
        var done: Int64 = 0
        func advance(by bytes: Int64) {
            done += bytes
            progress(Int(done >> 20), Int(2 * size >> 20) + 1)
        }
        for (number, item) in items.enumerated() {
            let name = fileName(item, number: number + 1)
            try folder.copy(item.digest, to: draft + "/" + name)
            names.append(name)
            sizes[name] = item.size
            advance(by: item.size)
        }
        let what = request.recipient.map { "\(request.reason) → \($0)" } ?? request.reason
        let package = URL(fileURLWithPath: target).lastPathComponent
        try store.recordCustody(.exported, of: items.map(\.digest), detail: "\(package): \(what)", by: hand)
        let (checkpoint, signed) = try store.checkpoint(with: key, by: hand)

        let custody = try items.map { (item: $0, entries: try store.custody(of: $0.digest)) }
        let now = store.clock()
        func put(_ name: String, _ text: String) throws(StoreError) {
            try WriteOnce.write(Array(text.utf8), temporary: draft + "/" + name, mode: 0o640)
            names.append(name)
        }
        let manifest = manifest(
            request, detail.incident, items, names: names, checkpoint: checkpoint, key: key.publicKey, now: now, by: hand)
        try put("manifest.json", manifest.canonicalText() + "\n")
        try put("custody.json", JSONValue.object(["items": .array(custody.map(custodyOf))]).canonicalText() + "\n")
        try put(
            "case.jsonld",
            CaseDocument(
                incident: detail.incident, items: items, names: names, custody: custody.map(\.entries), package: package, time: now
            )
            .json.canonicalText() + "\n")
        try put("checkpoint.json", signed.text)
        try WriteOnce.write(signed.signature, temporary: draft + "/checkpoint.json.sig", mode: 0o640)
        names.append("checkpoint.json.sig")
        try put("key.pub", key.publicKey.text)
        try put("README.txt", PackageReadme.text(algorithm: key.publicKey.algorithm, fingerprint: key.publicKey.fingerprint))

        var sums = ""
        for name in names.sorted() {
            sums += "\(try FileCopy.digest(of: draft + "/" + name).digest.hex)  \(name)\n"
            advance(by: sizes[name] ?? 0)
        }
        try put(EvidencePackage.sums, sums)
        let signature = try key.signature(over: Array(sums.utf8))
        try WriteOnce.write(signature, temporary: draft + "/\(EvidencePackage.sums).sig", mode: 0o640)
        names.append("\(EvidencePackage.sums).sig")

        if let ending {
            let top = String(package.dropLast(4))
            let archive = draft + ending
            if ending == ".zip" {
                try ZipArchive.write(names.sorted(), of: draft, under: top, time: now.seconds, to: archive)
            } else {
                try TarArchive.write(names.sorted(), of: draft, under: top, time: now.seconds, to: archive)
            }
            defer { unlink(archive) }
            guard link(archive, target) == 0 else { throw WriteOnce.failure(target) }
        } else {
            guard rename(draft, target) == 0 else { throw WriteOnce.failure(target) }
        }
        return items
    }

    private static func fileName(_ item: EvidenceItem, number: Int) -> String {
        let digits = String(number)
        let ending =
            switch item.kind {
            case .pcap: ".pcap"
            case .note, .log: ".txt"
            case .recording: ".typescript"
            case .file, .upload, .screenshot: ".bin"
            }
        return
            "evidence/\(String(repeating: "0", count: max(0, 3 - digits.count)) + digits)-\(item.kind.rawValue)-\(item.digest.hex.prefix(12))\(ending)"
    }

    private static func manifest(
        _ request: Request, _ incident: Incident, _ items: [EvidenceItem], names: [String], checkpoint: Checkpoint, key: VerificationKey,
        now: Timestamp, by hand: Hand
    ) -> JSONValue {
        [
            "type": .string(type), "created": .string(LocalTime.iso(now)), "by": .string(hand.actor), "reason": .string(request.reason),
            "recipient": JSONValue(request.recipient),
            "incident": [
                "code": .string(incident.code.description), "title": .string(incident.titleVietnamese),
                "title_en": .string(incident.titleEnglish), "severity": .string(incident.severity.rawValue),
                "category": .string(incident.category.rawValue), "agency": JSONValue(incident.agency),
                "first_seen": .string(LocalTime.iso(incident.firstSeen)), "last_seen": .string(LocalTime.iso(incident.lastSeen)),
            ],
            "items": .array(
                zip(items, names).map { item, name in
                    [
                        "file": .string(name), "sha256": .string(item.digest.hex), "size": .integer(item.size),
                        "kind": .string(item.kind.rawValue), "time": .string(LocalTime.iso(item.time)),
                        "recorded": .string(LocalTime.iso(item.writtenAt)), "added_by": .string(item.addedBy),
                        "description": .string(item.description), "alert": JSONValue(item.alert), "id": .integer(item.id),
                        "incident": JSONValue(item.incident?.description),
                    ]
                }),
            "ledger": ["seq": .integer(checkpoint.seq), "hash": .string(checkpoint.hash.hex), "first": .string(checkpoint.first.hex)],
            "key": ["algorithm": .string(key.algorithm.rawValue), "fingerprint": .string(key.fingerprint.hex)],
        ]
    }

    private static func custodyOf(_ item: EvidenceItem, _ entries: [LedgerEntry]) -> JSONValue {
        [
            "sha256": .string(item.digest.hex),
            "entries": .array(
                entries.map {
                    [
                        "seq": .integer($0.seq), "time": .integer($0.time.microseconds), "at": .string(LocalTime.iso($0.time)),
                        "kind": .string($0.kind), "actor": .string($0.actor), "subject": .string($0.subject),
                        "body": (try? JSONValue(parsing: $0.body)) ?? .null, "previous": .string($0.previous), "hash": .string($0.hash),
                    ]
                }),
        ]
    }
}
