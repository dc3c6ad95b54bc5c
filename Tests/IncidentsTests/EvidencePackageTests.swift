import Bytes
import Digest
import Foundation
import Incidents
import TestSupport
import Testing
import Trust

/// Packages of evidence: made, checked by the program and by plain tools, and every alteration found and named.
@Suite struct EvidencePackageTests {
    private let scene: Scene
    private let store: IncidentStore
    private let folder: EvidenceFolder
    private let code = IncidentCode(year: 2026, number: 1)

    init() throws {
        scene = try Scene()
        _ = try scene.incidents([alert(0, "198.51.100.7", "10.20.10.2", classType: "network-scan")])
        store = try scene.store()
        folder = try EvidenceFolder(path: scene.folder + "/evidence")
        for (kind, text) in [(EvidenceKind.pcap, "gói"), (.note, "ghi chú"), (.upload, String(repeating: "tệp ", count: 999))] {
            let digest = try folder.store(Array(text.utf8))
            try store.addEvidence(
                EvidenceRecord(digest: digest, size: Int64(text.utf8.count), kind: kind, time: Scene.start, description: "\(kind)"),
                to: code,
                by: Hand("Lan"))
        }
        try store.recordCustody(.viewed, of: try store.evidence()[0].digest, detail: "đọc", by: Hand("Minh"))
    }

    private func export(_ name: String, _ algorithm: SignatureAlgorithm = .ed25519) throws -> (path: String, key: VerificationKey) {
        let key = try SigningKey.make(algorithm)
        let items = try EvidencePackage.export(
            .init(incident: code, reason: "theo công văn 12", recipient: "PA05"), from: store, folder, key: key,
            to: scene.folder + "/" + name,
            by: Hand("Lan"))
        #expect(items.count == 3)
        return (scene.folder + "/" + name, key.publicKey)
    }

    @Test(arguments: SignatureAlgorithm.allCases) func plainToolsCheckIt(_ algorithm: SignatureAlgorithm) throws {
        let (path, key) = try export("goi", algorithm)
        let check = try PackageCheck(path, key: key)
        #expect(check.findings.isEmpty && check.items == 3 && check.incident == "VG-2026-0001" && check.fingerprint == key.fingerprint.hex)
        // As its README says.
        let readme = try String(contentsOfFile: path + "/README.txt", encoding: .utf8)
        let commands = readme.split(separator: "\n").filter { $0.hasPrefix("  openssl") || $0.hasPrefix("  sha256sum") }
        #expect(commands.count == 4)
        for command in commands {
            let run = try Command("sh", "-c", "cd '\(path)' && \(command)")
            #expect(try run.finish() == 0, "\(run.output)")
            if command.hasSuffix("| sha256sum") { #expect(run.output.hasPrefix(key.fingerprint.hex)) }
        }
        #expect(try store.auditLedger().findings.isEmpty)
        #expect(try store.entries(kindPrefix: "evidence.exported", limit: 9).count == 3)
    }

    @Test func archive() throws {
        let (path, key) = try export("goi.tar")
        #expect(try PackageCheck(path, key: key).findings.isEmpty)
        #expect(try Command("tar", "-C", scene.folder, "-xf", path).finish() == 0)
        #expect(try PackageCheck(scene.folder + "/goi", key: key).findings.isEmpty)
        #expect(throws: StoreError.self) { try export("goi.tar") }
        // Cut off anywhere it is no package, and nothing traps.
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        for size in stride(from: 0, to: bytes.count - 1024, by: 509) {
            try bytes.prefix(size).write(to: URL(fileURLWithPath: scene.folder + "/cut.tar"))
            #expect(throws: StoreError.self) { try PackageCheck(scene.folder + "/cut.tar", key: key) }
        }
    }

    /// Python's zipfile stands for the programs that people have.
    private static let zipTool = "/usr/bin/python3"

    @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: zipTool))) func zip() throws {
        let (path, key) = try export("goi.zip")
        #expect(try PackageCheck(path, key: key).findings.isEmpty)
        let test = try Command(Self.zipTool, "-m", "zipfile", "-t", path)
        #expect(try test.finish() == 0, "\(test.output)")
        #expect(try Command(Self.zipTool, "-m", "zipfile", "-e", path, scene.folder + "/out").finish() == 0)
        #expect(try PackageCheck(scene.folder + "/out/goi", key: key).findings.isEmpty)
        // Packed anew by another program, deflated.
        let packing = """
            import shutil, os
            os.chdir('\(scene.folder)/out')
            shutil.make_archive('\(scene.folder)/again', 'zip', '.', 'goi')
            """
        #expect(try Command(Self.zipTool, "-c", packing).finish() == 0)
        #expect(try PackageCheck(scene.folder + "/again.zip", key: key).findings.isEmpty)
        // A byte of a piece changed within the archive is named.
        var bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let place = try #require(bytes.firstRange(of: Data("ghi chú".utf8)))
        bytes[place.lowerBound] ^= 1
        try bytes.write(to: URL(fileURLWithPath: scene.folder + "/changed.zip"))
        #expect(
            try PackageCheck(scene.folder + "/changed.zip", key: key).findings.contains {
                if case .changed(let file) = $0 { file.contains("-note-") } else { false }
            })
    }

    /// Cut off anywhere, or with any byte changed, nothing traps, and nothing that was changed passes.
    @Test func damagedZip() throws {
        let (path, key) = try export("goi.zip")
        let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
        let damaged = scene.folder + "/damaged.zip"
        for size in stride(from: 0, to: bytes.count, by: 211) {
            try bytes.prefix(size).write(to: URL(fileURLWithPath: damaged))
            #expect(throws: StoreError.self) { try PackageCheck(damaged, key: key) }
        }
        var random = SeededGenerator(seed: 5)
        for _ in 0..<150 {
            var changed = bytes
            for _ in 0..<3 { changed[Int(random.next() % UInt64(bytes.count))] = UInt8(truncatingIfNeeded: random.next()) }
            try changed.write(to: URL(fileURLWithPath: damaged))
            _ = try? PackageCheck(damaged, key: key)
        }
        // Its end, where the directory lies, more often.
        for offset in 1...300 {
            var changed = bytes
            changed[bytes.count - offset] ^= UInt8(truncatingIfNeeded: 1 + random.next() % 255)
            try changed.write(to: URL(fileURLWithPath: damaged))
            _ = try? PackageCheck(damaged, key: key)
        }
    }

    /// Names in an archive that lead elsewhere are refused.
    @Test func archiveThatLeadsElsewhere() throws {
        try Data([1]).write(to: URL(fileURLWithPath: scene.folder + "/x"))
        #expect(
            try Command("tar", "-C", scene.folder, "-P", "-cf", scene.folder + "/up.tar", "--transform=s,^x$,../../up,", "x").finish() == 0)
        #expect(throws: StoreError.self) { try PackageCheck(scene.folder + "/up.tar", key: nil) }
        let packing = """
            import zipfile
            for name in ['../../up', '/up', 'a/../../up', 'a\\\\..\\\\up']:
                with zipfile.ZipFile('\(scene.folder)/up%d.zip' % len(name), 'w') as archive: archive.writestr(name, 'x')
            """
        guard FileManager.default.isExecutableFile(atPath: Self.zipTool) else { return }
        #expect(try Command(Self.zipTool, "-c", packing).finish() == 0)
        for length in [8, 3, 10, 7] {
            #expect(throws: StoreError.self) { try PackageCheck(scene.folder + "/up\(length).zip", key: nil) }
        }
    }

    @Test func everyAlterationIsNamed() throws {
        let (path, key) = try export("goi")
        let names = try FileManager.default.subpathsOfDirectory(atPath: path).filter { $0 != "evidence" }
        #expect(names.count == 12)
        for name in names {
            let file = path + "/" + name
            let before = try Data(contentsOf: URL(fileURLWithPath: file))
            func findings() throws -> [PackageFinding] { try PackageCheck(path, key: key).findings }
            try FileManager.default.removeItem(atPath: file)
            #expect(try findings().contains { $0.english.hasPrefix(name.replacing(".sig", with: "")) }, "\(name) missing")
            var changed = before
            changed[changed.count / 2] ^= 1
            try changed.write(to: URL(fileURLWithPath: file))
            #expect(try findings().contains { $0.english.hasPrefix(name.replacing(".sig", with: "")) }, "\(name) changed")
            try before.write(to: URL(fileURLWithPath: file))
            #expect(try findings().isEmpty)
        }
        try Data([1]).write(to: URL(fileURLWithPath: path + "/evidence/extra"))
        #expect(try PackageCheck(path, key: key).findings == [.unknown(file: "evidence/extra")])
        try FileManager.default.removeItem(atPath: path + "/evidence/extra")
        let other = try SigningKey.make(.ed25519).publicKey
        #expect(try PackageCheck(path, key: other).findings.contains(.otherKey(found: key.fingerprint.hex)))
    }

    /// Somebody who signs anew with a key of their own still cannot change an entry of the chain of custody.
    @Test func custodyRewrittenAndSignedAnew() throws {
        let (path, _) = try export("goi")
        let custody = path + "/custody.json"
        try String(contentsOfFile: custody, encoding: .utf8).replacing("Minh", with: "Nam").write(
            toFile: custody, atomically: false, encoding: .utf8)
        let check = try PackageCheck(path, key: nil)
        #expect(check.findings.contains { if case .custodyChanged = $0 { true } else { false } })
    }

    /// Evidence whose file was changed is not handed over.
    @Test func changedEvidenceIsNotExported() throws {
        let file = folder.file(try store.evidence()[1].digest)
        try FileManager.default.removeItem(atPath: file)
        try Data([1]).write(to: URL(fileURLWithPath: file))
        #expect(throws: EvidenceFinding.self) { try export("goi") }
        #expect(!FileManager.default.fileExists(atPath: scene.folder + "/goi"))
        #expect(try store.entries(kindPrefix: "evidence.exported", limit: 9).isEmpty)
    }

    @Test func caseDocument() throws {
        let (path, _) = try export("goi")
        let document = try JSONValue(parsing: try String(contentsOfFile: path + "/case.jsonld", encoding: .utf8))
        let graph = try #require(document["@graph"]?.elements)
        func of(_ type: String) -> [JSONValue] { graph.filter { $0["@type"]?.text == type } }
        #expect(of("uco-observable:File").count == 2 && of("uco-observable:PCAPFile").count == 1)
        // Three captures, one view, three exports.
        #expect(of("case-investigation:InvestigativeAction").count == 7)
        #expect(of("case-investigation:Investigation").count == 1 && of("uco-identity:Person").count == 2)
        // Every reference leads to a node.
        let ids = Set(graph.compactMap { $0["@id"]?.text })
        #expect(ids.count == graph.count)
        for node in graph { for object in node["uco-core:object"]?.elements ?? [] { #expect(ids.contains(object["@id"]?.text ?? "")) } }
    }

    @Test func checkpointsPinTheLedger() throws {
        let key = try SigningKey.make(.ed25519)
        let (checkpoint, signed) = try store.checkpoint(with: key, by: Hand("Lan"))
        let path = try signed.write(to: scene.folder + "/checkpoints", seq: checkpoint.seq)
        #expect(throws: StoreError.self) { try signed.write(to: scene.folder + "/checkpoints", seq: checkpoint.seq) }
        let files = try SignedCheckpoint.all(in: scene.folder + "/checkpoints")
        #expect(files.map(\.name) == [path])
        #expect(try store.checkCheckpoints(files, keys: [key.publicKey]).verified == 2)
        #expect(try store.checkCheckpoints(files, keys: []).unsigned == 2)
        let other = try SigningKey.make(.ed25519).publicKey
        #expect(try store.checkCheckpoints(files, keys: [other]).findings.count == 2)
        var forged = files[0]
        forged.signature[0] ^= 1
        #expect(try store.checkCheckpoints([forged], keys: [key.publicKey]).findings == [.checkpoint(name: path, .badSignature)])

        // The whole ledger cut off before it, its counter set back: only the paper copy knows.
        try Tampering.run(
            "DELETE FROM event WHERE seq >= \(checkpoint.seq); UPDATE sqlite_sequence SET seq = \(checkpoint.seq - 1)", on: scene.path)
        #expect(
            try store.checkCheckpoints(files, keys: [key.publicKey]).findings == [
                .checkpoint(name: path, .cutOff(seq: checkpoint.seq, last: checkpoint.seq - 1))
            ])
        // Others grow in their place.
        for number in 0..<3 { try store.note(code, "ghi chú \(number)", by: Hand("Lan")) }
        #expect(
            try store.checkCheckpoints(files, keys: [key.publicKey]).findings == [
                .checkpoint(name: path, .otherHash(seq: checkpoint.seq))
            ])
    }
}
