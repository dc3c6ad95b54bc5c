import Bytes
import Digest
import Foundation
import Synchronization
import Testing

@testable import Incidents

@Suite struct EvidenceFolderTests {
    @Test func storesByContent() throws {
        let scene = try Scene()
        let folder = try EvidenceFolder(path: scene.folder + "/evidence")
        let digest = try folder.store(Array("chứng cứ".utf8))
        #expect(try folder.store(Array("chứng cứ".utf8)) == digest)
        let path = folder.file(digest)
        #expect(path.hasSuffix("/\(digest.hex.prefix(2))/\(digest.hex.dropFirst(2).prefix(2))/\(digest.hex)"))
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o440)
        #expect(try FileManager.default.contentsOfDirectory(atPath: URL(fileURLWithPath: path).deletingLastPathComponent().path).count == 1)
        #expect(try folder.bytes(digest) == Array("chứng cứ".utf8))
    }

    @Test func changedAndMissing() throws {
        let scene = try Scene()
        let folder = try EvidenceFolder(path: scene.folder + "/evidence")
        let store = try scene.store()
        _ = try scene.incidents([alert(0, "198.51.100.7", "10.20.10.2", classType: "network-scan")])
        let code = IncidentCode(year: 2026, number: 1)
        var digests: [SHA256Digest] = []
        for text in ["một", "hai", "ba"] {
            let digest = try folder.store(Array(text.utf8))
            digests.append(digest)
            try store.addEvidence(
                EvidenceRecord(digest: digest, size: Int64(text.utf8.count), kind: .note, time: Scene.start, description: text), to: code,
                by: Hand("Lan"))
        }
        #expect(try store.verifyEvidence(in: folder).isEmpty)
        try FileManager.default.removeItem(atPath: folder.file(digests[0]))
        try FileManager.default.removeItem(atPath: folder.file(digests[1]))
        try Data("HAI".utf8).write(to: URL(fileURLWithPath: folder.file(digests[1])))
        #expect(
            try store.verifyEvidence(in: folder)
                == [.missing(digests[0], path: folder.file(digests[0])), .changed(digests[1], path: folder.file(digests[1]))])
        // Storing it again must not hide the change.
        #expect(throws: StoreError.self) { try folder.store(Array("hai".utf8)) }
        try store.recordCustody(.copied, of: digests[2], detail: "USB 7", by: Hand("Lan"))
        #expect(try store.custody(of: digests[2]).map(\.kind) == ["evidence.stored", "evidence.copied"])
        #expect(try store.evidence(named: String(digests[2].hex.prefix(8))).digest == digests[2])
        #expect(try store.evidence(named: "2").digest == digests[1])
        #expect(throws: NotFoundError.self) { try store.evidence(named: "xyz") }
        #expect(throws: NotFoundError.self) { try store.recordCustody(.viewed, of: SHA256Digest(of: [0]), detail: "", by: Hand("Lan")) }
    }

    /// What is about to be recorded again is not removed with the last row that named it.
    @Test func youngFilesStay() throws {
        let scene = try Scene()
        let folder = try EvidenceFolder(path: scene.folder + "/evidence")
        let digest = try folder.store([1, 2, 3])
        #expect(folder.remove(digest) { false } == 0)
        func age(_ seconds: Double) throws {
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: -seconds)], ofItemAtPath: folder.file(digest))
        }
        try age(90_000)
        #expect(folder.remove(digest) { true } == 0)
        // Stored again: young again.
        _ = try folder.store([1, 2, 3])
        #expect(folder.remove(digest) { false } == 0)
        try age(-90_000)
        #expect(folder.remove(digest) { false } == 0)
        try age(90_000)
        #expect(folder.remove(digest) { false } == 3)
        #expect(!FileManager.default.fileExists(atPath: folder.file(digest)))
    }

    /// Storing and removing the same content at once: whoever stored it finds it there.
    @Test func storingWhileRemoving() async throws {
        let scene = try Scene()
        let folder = try EvidenceFolder(path: scene.folder + "/evidence", youth: 2)
        let digest = SHA256Digest(of: [7])
        let isDone = Atomic(false)
        async let remover: Void = {
            while !isDone.load(ordering: .relaxed) {
                try? FileManager.default.setAttributes(
                    [.modificationDate: Date(timeIntervalSinceNow: -60)], ofItemAtPath: folder.file(digest))
                _ = folder.remove(digest) { false }
            }
        }()
        for _ in 0..<300 { _ = try folder.store([7]) }
        isDone.store(true, ordering: .relaxed)
        await remover
        _ = try folder.store([7])
        #expect(try folder.bytes(digest) == [7])
    }

    @Test func leftoversOfProgramsThatWereKilled() throws {
        let scene = try Scene()
        let folder = try EvidenceFolder(path: scene.folder + "/evidence", youth: -1)
        let kept = try folder.store([1])
        let lost = try folder.store([2])
        let place = URL(fileURLWithPath: folder.file(kept)).deletingLastPathComponent().path
        try Data([9]).write(to: URL(fileURLWithPath: place + "/.draft.1.2"))
        try Data([9]).write(to: URL(fileURLWithPath: place + "/letter.txt"))
        try Data([9]).write(to: URL(fileURLWithPath: place + "/\(lost.hex)"))
        #expect(
            try Set(folder.strays { $0 == kept }) == [
                .unrecorded(path: folder.file(lost)), .draft(path: place + "/.draft.1.2"), .foreign(path: place + "/letter.txt"),
                .foreign(path: place + "/\(lost.hex)"),
            ])
        #expect(try folder.removeLeftovers { $0 == kept } == 2)
        #expect(try folder.strays { $0 == kept }.count == 2)
        #expect(try folder.bytes(kept) == [1])
    }

    /// Files of any size are stored in pieces; what was copied is what was stored.
    @Test func bigFile() throws {
        let scene = try Scene()
        let folder = try EvidenceFolder(path: scene.folder + "/evidence")
        let bytes = (0..<3_000_001).map { UInt8(truncatingIfNeeded: $0 &* 7 >> 3) }
        try Data(bytes).write(to: URL(fileURLWithPath: scene.folder + "/big"))
        let stored = try folder.store(file: scene.folder + "/big")
        #expect(stored.size == 3_000_001 && stored.digest == SHA256Digest(of: bytes))
        try folder.copy(stored.digest, to: scene.folder + "/copy")
        #expect(FileManager.default.contents(atPath: scene.folder + "/copy").map { [UInt8]($0) } == bytes)
        #expect(throws: StoreError.self) { try folder.copy(stored.digest, to: scene.folder + "/copy") }
        #expect(throws: StoreError.self) { try folder.store(file: scene.folder + "/nothing") }
    }

    @Test func placeThatCannotBeMade() {
        #expect(throws: StoreError.cannotOpen(path: "/proc/evidence", reason: "the folder cannot be made")) {
            try EvidenceFolder(path: "/proc/evidence")
        }
    }

    @Test func pcapFile() {
        var pcap = PcapFile(linkType: .ethernet, snapLength: 3)
        pcap.add(time: Timestamp(seconds: 1, microseconds: 2), wireLength: 60, [1, 2, 3, 4])
        #expect(
            pcap.bytes == [
                0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 1, 0, 0, 0,
                1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 60, 0, 0, 0, 1, 2, 3,
            ])
        #expect(pcap.packetCount == 1)
    }

    /// What a sensor says of its evidence is read in both languages; what a person says stays as it is.
    @Test(arguments: [SensorEvidence.packets(sid: 9_103_001), .file("báo cáo: 2026.pdf"), .file("")])
    func whatSensorsSayOfEvidence(_ evidence: SensorEvidence) {
        #expect(SensorEvidence(evidence.english) == evidence && evidence.vietnamese != evidence.english)
        #expect(SensorEvidence("packets of the flow that raised rule x") == nil && SensorEvidence("ảnh màn hình") == nil)
    }
}
