import ArgumentParser
import Bytes
import Digest
import Foundation
import Glibc
import Incidents
import Terminal
import Trust
import Wording

struct EvidenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence", abstract: HelpText.text("Evidence: what was captured or added, who had access, handing it over."),
        discussion: HelpText.text("Evidence is never changed. Each view, copy and export is an entry of the ledger before it happens."),
        subcommands: [
            EvidenceList.self, EvidenceShow.self, EvidenceAdd.self, EvidenceRecording.self, EvidenceView.self, EvidenceCopy.self,
            EvidenceExport.self, EvidenceVerify.self,
        ])
}

extension Session {
    var evidence: EvidenceFolder { EvidenceFolder(existing: folder + "/evidence") }

    func name(_ kind: EvidenceKind) -> String { kind.name[language] }
}

extension EvidenceKind: ExpressibleByArgument {}

extension Session {
    func description(of item: EvidenceItem) -> String { text(item.vietnameseDescription, item.description) }
}

struct EvidenceList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: HelpText.text("List evidence."))
    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp(HelpText.text("Only of this incident."))) var incident: IncidentCode?

    func run() throws {
        let session = Session(options: common)
        let items = try session.store().evidence(incident: incident)
        if common.json { return try session.show(.array(items.map(\.json))) }
        if items.isEmpty { return session.say("Không có chứng cứ nào.", "No evidence.") }
        var table = Table([
            "#", "SHA-256", session.text("Loại", "Kind"), session.text("Cỡ", "Size"), session.text("Sự cố", "Incident"),
            session.text("Mô tả", "What"),
        ])
        for item in items {
            table.add([
                String(item.id), String(item.digest.hex.prefix(12)), session.name(item.kind), String(item.size),
                item.incident?.description ?? "-", session.description(of: item),
            ])
        }
        session.show(table)
    }
}

struct EvidenceShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: HelpText.text("One piece of evidence and its chain of custody."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("Its number, or the beginning of its SHA-256.")), completion: Suggestions.evidence) var item:
        String

    func run() throws {
        let session = Session(options: common)
        let store = try session.store()
        let item = try store.evidence(named: self.item)
        let custody = try store.custody(of: item.digest)
        let finding = session.evidence.check(item.digest, size: item.size)
        if common.json {
            guard case .object(var members) = item.json else { return }
            members["custody"] = .array(custody.map(\.json))
            members["sound"] = .bool(finding == nil)
            members["file"] = .string(session.evidence.file(item.digest))
            return try session.show(.object(members))
        }
        let facts: [(String, String)] = [
            ("SHA-256", item.digest.hex), (session.text("Loại", "Kind"), session.name(item.kind)),
            (session.text("Cỡ", "Size"), "\(item.size) B"), (session.text("Sự cố", "Incident"), item.incident?.description ?? "-"),
            (session.text("Mô tả", "What"), session.description(of: item)), (session.text("Người thêm", "Added by"), item.addedBy),
            (session.text("Lúc", "When"), LocalTime.text(item.time)), (session.text("Ghi lúc", "Recorded"), LocalTime.text(item.writtenAt)),
            (session.text("Tệp", "File"), session.evidence.file(item.digest)),
            (
                session.text("Nguyên vẹn", "Sound"),
                finding.map { session.text(of: $0) } ?? session.text("đúng mã băm", "the content gives the digest")
            ),
        ]
        for (name, value) in facts { print(DisplayText.fitted(name, to: 13) + DisplayText.safe(value)) }
        print("\n" + session.text("Chuỗi lưu giữ", "Chain of custody"))
        var table = Table([
            "#", session.text("Lúc", "When"), session.text("Ai", "Who"), session.text("Việc", "What"), session.text("Chi tiết", "Detail"),
        ])
        for entry in custody {
            let body = try? JSONValue(parsing: entry.body)
            table.add([
                String(entry.seq), LocalTime.text(entry.writtenAt), entry.actor, EvidenceShow.name(entry.kind, session),
                body?["detail"]?.text ?? body?["description"]?.text.map { $0 == item.description ? session.description(of: item) : $0 }
                    ?? "",
            ])
        }
        session.show(table)
        if finding != nil { throw CommandFailure(code: .failed, message: nil) }
    }

    private static func name(_ kind: String, _ session: Session) -> String {
        switch kind {
        case "evidence.stored": session.text("thu thập", "stored")
        case "evidence.viewed": session.text("xem", "viewed")
        case "evidence.copied": session.text("sao chép", "copied")
        case "evidence.exported": session.text("bàn giao", "exported")
        case "evidence.expired": session.text("hết hạn lưu", "expired")
        default: kind
        }
    }
}

struct EvidenceAdd: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: HelpText.text("Add files to an incident as evidence; - reads the standard input, for notes."),
        discussion: HelpText.text("The content is copied and its SHA-256 taken as it is read. The file itself stays where it is."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("Files.")), completion: .file()) var files: [String]
    @Option(help: ArgumentHelp(HelpText.text("Incident."))) var incident: IncidentCode
    @Option(help: ArgumentHelp(HelpText.text("What it is and where it comes from."), valueName: "text")) var note: String
    @Option(help: ArgumentHelp(HelpText.text("pcap, file, upload, log, screenshot, note, recording."))) var kind: EvidenceKind?
    @Option(help: ArgumentHelp(HelpText.text("When what it shows happened; now by default."), valueName: "date")) var at: String?

    func run() throws {
        let session = Session(options: common)
        let time = try at.map { try ListOptions.moment($0, "--at") } ?? .now
        let store = try session.store(.readWrite)
        // That the incident is there is known before anything is stored.
        _ = try store.incident(incident)
        let folder = try EvidenceFolder(path: session.folder + "/evidence")
        var added: [EvidenceItem] = []
        for file in files {
            let stored: (digest: SHA256Digest, size: Int64)
            if file == "-" {
                let bytes = [UInt8](FileHandle.standardInput.readDataToEndOfFile())
                stored = (try folder.store(bytes), Int64(bytes.count))
            } else {
                stored = try folder.store(file: file)
            }
            let name = file == "-" ? "" : " (\(URL(fileURLWithPath: file).lastPathComponent))"
            added.append(
                try store.addEvidence(
                    EvidenceRecord(
                        digest: stored.digest, size: stored.size, kind: kind ?? (file == "-" ? .note : .upload), time: time,
                        description: note + name), to: incident, by: session.hand()))
        }
        if common.json { return try session.show(.array(added.map(\.json))) }
        for item in added {
            session.say("Chứng cứ \(item.id), \(item.size) B", "Evidence \(item.id), \(item.size) B")
            print("  SHA-256 \(item.digest.hex)")
        }
    }
}

struct EvidenceRecording: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "record",
        abstract: HelpText.text("Work in a terminal that is recorded; what was typed and seen becomes evidence when it ends."),
        discussion: HelpText.text("Runs a shell, or the command behind --, under script(1)."))
    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp(HelpText.text("Incident."))) var incident: IncidentCode
    @Option(help: ArgumentHelp(HelpText.text("What is done."), valueName: "text")) var note: String
    @Argument(parsing: .postTerminator, help: ArgumentHelp(HelpText.text("Command; a shell by default."))) var command: [String] = []

    func run() throws {
        let session = Session(options: common)
        let store = try session.store(.readWrite)
        _ = try store.incident(incident)
        let folder = try EvidenceFolder(path: session.folder + "/evidence")
        let draft = FileManager.default.temporaryDirectory.appendingPathComponent("vonggac-\(UUID().uuidString).typescript").path
        defer { try? FileManager.default.removeItem(atPath: draft) }
        let start = Timestamp.now
        var words = ["script", "--quiet", "--flush", "--return", "--log-io", draft]
        if !command.isEmpty { words += ["--command", command.map(EvidenceRecording.quoted).joined(separator: " ")] }
        let status = ChildProgram.run(words)
        guard FileManager.default.fileExists(atPath: draft) else {
            throw CommandFailure(
                code: .failed,
                message: "vonggac: "
                    + session.text("không ghi được phiên; máy cần có script(1)", "nothing was recorded; script(1) is needed"))
        }
        let stored = try folder.store(file: draft)
        let item = try store.addEvidence(
            EvidenceRecord(digest: stored.digest, size: stored.size, kind: .recording, time: start, description: note), to: incident,
            by: session.hand())
        if common.json { try session.show(item.json) } else { session.say("Chứng cứ \(item.id)", "Evidence \(item.id)") }
        if status != 0 { throw CommandFailure(code: .failed, message: nil) }
    }

    private static func quoted(_ word: String) -> String { "'" + word.replacing("'", with: "'\\''") + "'" }
}

struct EvidenceView: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "view", abstract: HelpText.text("Look at a piece of evidence; that you did is recorded."),
        discussion: HelpText.text("--raw gives its bytes to another program: vonggac evidence view 7 --raw --reason … | tcpdump -nr -"))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("Its number, or the beginning of its SHA-256.")), completion: Suggestions.evidence) var item:
        String
    @Option(help: ArgumentHelp(HelpText.text("Why."), valueName: "text")) var reason = ""
    @Flag(help: ArgumentHelp(HelpText.text("The bytes as they are."))) var raw = false

    func run() throws {
        let session = Session(options: common)
        let (item, bytes) = try EvidenceView.open(self.item, reason: reason, session)
        if raw {
            try FileHandle.standardOutput.write(contentsOf: Data(bytes))
            return
        }
        print(
            DisplayText.safe("\(item.digest.hex)  \(session.name(item.kind))  \(item.size) B  \(session.description(of: item))\n")
                .dropLast())
        if let capture = CaptureSummary(bytes) {
            session.say(
                "\(capture.packets) gói tin, \(capture.bytes) B, từ \(LocalTime.text(capture.first)) đến \(LocalTime.text(capture.last))",
                "\(capture.packets) packets, \(capture.bytes) B, from \(LocalTime.text(capture.first)) to \(LocalTime.text(capture.last))")
            session.say("Xem từng gói: thêm --raw | tcpdump -nr -", "To see each packet: --raw | tcpdump -nr -")
        } else if let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) {
            for line in EvidenceView.plain(text).split(separator: "\n", omittingEmptySubsequences: false) {
                print(DisplayText.safe(String(line)))
            }
        } else {
            for line in HexDump.lines(bytes.prefix(512)) { print(line) }
            if bytes.count > 512 { session.say("… (--raw cho toàn bộ)", "… (--raw for all of it)") }
        }
    }

    /// Without the sequences that a terminal takes for commands (ECMA-48), and with line feeds alone.
    static func plain(_ text: String) -> String {
        text.replacing(/\u{1b}(\[[0-?]*[ -\/]*[@-~]|\][^\u{7}\u{1b}]*(\u{7}|\u{1b}\\)|[@-_])/, with: "").replacing("\r\n", with: "\n")
    }

    /// The content of a piece of evidence; that it was seen is on record before anybody sees it.
    static func open(_ name: String, reason: String, _ session: Session) throws -> (item: EvidenceItem, bytes: [UInt8]) {
        let store = try session.store(.readWrite)
        let item = try store.evidence(named: name)
        let bytes = try session.evidence.bytes(item.digest)
        try store.recordCustody(.viewed, of: item.digest, detail: reason, by: session.hand())
        return (item, bytes)
    }
}

/// What a capture file (libpcap format, little-endian) holds, without looking into packets.
struct CaptureSummary {
    var packets = 0
    var bytes = 0
    var first = Timestamp(microseconds: 0)
    var last = Timestamp(microseconds: 0)

    init?(_ file: [UInt8]) {
        func number(_ offset: Int) -> Int { (0..<4).reduce(0) { $0 | Int(file[offset + $1]) << (8 * $1) } }
        guard file.count >= 24, number(0) == 0xa1b2_c3d4 else { return nil }
        var offset = 24
        while file.count - offset >= 16 {
            let time = Timestamp(seconds: Int64(number(offset)), microseconds: Int64(number(offset + 4)))
            let size = number(offset + 8)
            guard size <= file.count - offset - 16 else { return }
            if packets == 0 { first = time }
            last = time
            packets += 1
            bytes += number(offset + 12)
            offset += 16 + size
        }
    }
}

struct EvidenceCopy: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "copy", abstract: HelpText.text("Copy a piece of evidence into a new file; that you did is recorded."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("Its number, or the beginning of its SHA-256.")), completion: Suggestions.evidence) var item:
        String
    @Argument(help: ArgumentHelp(HelpText.text("The new file.")), completion: .file()) var target: String
    @Option(help: ArgumentHelp(HelpText.text("Why."), valueName: "text")) var reason: String

    func run() throws {
        let session = Session(options: common)
        let store = try session.store(.readWrite)
        let item = try store.evidence(named: self.item)
        if let finding = session.evidence.check(item.digest, size: item.size) { throw finding }
        if access(target, F_OK) == 0 { throw StoreError.cannotOpen(path: target, reason: "it exists, and is never written over") }
        let whole = URL(fileURLWithPath: target).path
        try store.recordCustody(.copied, of: item.digest, detail: "\(whole): \(reason)", by: session.hand())
        try session.evidence.copy(item.digest, to: target)
        session.say("Đã sao chép vào \(target), đúng mã băm.", "Copied to \(target); the copy has the same digest.")
    }
}

struct EvidenceExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: HelpText.text("Hand over an incident's evidence as a signed package, a folder or an archive."),
        discussion: HelpText.text(
            """
            With every file go its SHA-256, who had access, the incident in terms of CASE/UCO, and a checkpoint of the ledger. SHA256SUMS is signed; \
            sha256sum and openssl check it. The key is made once with vonggac audit key create.
            """))
    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp(HelpText.text("Incident."))) var incident: IncidentCode
    @Argument(help: ArgumentHelp(HelpText.text("Only these pieces, by number or SHA-256; all of the incident's by default."))) var items:
        [String] = []
    @Option(
        help: ArgumentHelp(HelpText.text("The new folder, or archive where it ends with .zip or .tar."), valueName: "path"),
        completion: .file())
    var to: String
    @Option(help: ArgumentHelp(HelpText.text("Why."), valueName: "text")) var reason: String
    @Option(help: ArgumentHelp(HelpText.text("Who gets it."), valueName: "name")) var recipient: String?
    @Option(
        help: ArgumentHelp(HelpText.text("Private key; keys/ledger.key of the state folder by default."), valueName: "file"),
        completion: .file())
    var key: String?
    @OptionGroup var passphrase: PassphraseOption

    func run() throws {
        let session = Session(options: common)
        let key = try session.signingKey(self.key, passphrase)
        let store = try session.store(.readWrite)
        let chosen = try items.map { try store.evidence(named: $0) }
        if let other = chosen.first(where: { $0.incident != incident }) {
            throw UsageError("chứng cứ \(other.id) không thuộc \(incident)", "evidence \(other.id) is not of \(incident)")
        }
        let exported = try session.watched("Đóng gói", "Packing") { progress in
            try EvidencePackage.export(
                EvidencePackage.Request(incident: incident, items: chosen, reason: reason, recipient: recipient), from: store,
                session.evidence, key: key, to: to, by: session.hand(), progress: progress)
        }
        if common.json {
            return try session.show(
                .object([
                    "package": .string(to), "items": .array(exported.map(\.json)), "key": .string(key.publicKey.fingerprint.hex),
                ]))
        }
        session.say(
            "Đã đóng gói \(exported.count) chứng cứ vào \(to).\nDấu vân tay khóa (báo cho bên nhận qua đường khác):",
            "Packed \(exported.count) pieces of evidence into \(to).\nFingerprint of the key (tell the recipient another way):")
        print("  " + key.publicKey.fingerprint.hex)
    }
}

struct EvidenceVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: HelpText.text("Compare every piece of evidence with its hash, or check a package."))
    @OptionGroup var common: CommonOptions
    @Argument(
        help: ArgumentHelp(HelpText.text("A package: a folder or archive. Without it the evidence folder is checked.")), completion: .file()
    ) var package: String?
    @Option(help: ArgumentHelp(HelpText.text("Only of this incident."))) var incident: IncidentCode?
    @Option(help: ArgumentHelp(HelpText.text("Public key that the package must be signed with."), valueName: "file"), completion: .file())
    var key: String?

    func run() throws {
        let session = Session(options: common)
        if let package { return try verify(package, session) }
        let store = try session.store()
        let folder = session.evidence
        let items = try store.evidence(incident: incident)
        let bar = session.progress("Kiểm tra chứng cứ", "Checking evidence")
        var findings: [EvidenceFinding] = []
        var seen: Set<SHA256Digest> = []
        for (index, item) in items.enumerated() where seen.insert(item.digest).inserted {
            bar.advance(to: index, of: items.count)
            findings += IncidentStore.verify([item], in: folder)
        }
        bar.finish()
        let strays = incident == nil ? try folder.strays { try store.isRecorded($0) } : []
        let foreign = strays.filter { if case .foreign = $0 { true } else { false } }
        let left = strays.count - foreign.count
        if common.json {
            try session.show(
                .object([
                    "items": .integer(Int64(items.count)), "findings": .array(findings.map { .string($0.english) }),
                    "foreign": .array(foreign.map { .string($0.path) }), "unrecorded": .integer(Int64(left)),
                ]))
        } else {
            for finding in findings { print(DisplayText.safe(session.text(of: finding))) }
            for stray in foreign {
                print(DisplayText.safe(stray.path) + ": " + session.text("tệp lạ trong kho chứng cứ", "a file that nobody stored"))
            }
            session.say(
                "\(items.count) chứng cứ, \(findings.count + foreign.count) sai lệch.",
                "\(items.count) pieces of evidence, \(findings.count + foreign.count) differ.")
            if left > 0 {
                session.say(
                    "\(left) tệp chưa được ghi vào sổ (chương trình bị dừng giữa chừng).",
                    "\(left) files were stored and not recorded (their program was stopped).")
            }
        }
        if !findings.isEmpty || !foreign.isEmpty { throw CommandFailure(code: .failed, message: nil) }
    }

    private func verify(_ package: String, _ session: Session) throws {
        let check = try PackageCheck(package, key: try key.map { try VerificationKey(file: $0) })
        if common.json {
            try session.show(
                .object([
                    "incident": .string(check.incident), "items": .integer(Int64(check.items)), "key": .string(check.fingerprint),
                    "key_given": .bool(key != nil), "findings": .array(check.findings.map { .string($0.english) }),
                ]))
        } else {
            for finding in check.findings { print(DisplayText.safe(session.text(of: finding))) }
            session.say(
                "\(check.incident): \(check.items) chứng cứ, \(check.findings.count) sai lệch; khóa ký",
                "\(check.incident): \(check.items) pieces of evidence, \(check.findings.count) differ; signed by the key")
            print(check.fingerprint)
            if key == nil {
                session.say(
                    "Khóa nằm trong gói: hãy so dấu vân tay với bên giao, hoặc thêm --key.",
                    "The key came with the package: compare its fingerprint with the sender's, or give --key.")
            }
        }
        if !check.findings.isEmpty { throw CommandFailure(code: .failed, message: nil) }
    }
}
