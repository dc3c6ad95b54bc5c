import Bytes
import Digest
import Foundation
import Incidents
import Testing

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
        try store.recordCustody(.exported, of: digests[2], detail: "USB 7", by: Hand("Lan"))
        #expect(try store.events(subject: "evidence/\(digests[2].hex)").map(\.kind) == ["evidence.exported"])
        #expect(throws: NotFoundError.self) { try store.recordCustody(.viewed, of: SHA256Digest(of: [0]), detail: "", by: Hand("Lan")) }
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
}
