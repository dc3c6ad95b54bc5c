import Bytes
import Foundation
import Incidents
import Wording

/// Files that a person adds to a step: they become evidence of the incident.
struct Attachments: Sendable {
    static let largest = 256 << 20

    let store: IncidentStore
    let folder: String
    let incident: IncidentCode
    let hand: Hand

    /// Stores a file and returns its SHA-256.
    func add(_ path: String, for step: String) throws -> String {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue,
            let size = try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int, size <= Self.largest,
            let data = FileManager.default.contents(atPath: path)
        else { throw AttachmentError(path: path) }
        let digest = try EvidenceFolder(path: folder + "/evidence").store(Array(data))
        let name = URL(fileURLWithPath: path).lastPathComponent
        let record = EvidenceRecord(
            digest: digest, size: Int64(data.count), kind: path.hasSuffix(".pcap") ? .pcap : .file, time: .now,
            description: "\(step): \(name)")
        try store.addEvidence(record, to: incident, by: Hand(hand.actor))
        return digest.hex
    }
}

/// No file to add.
struct AttachmentError: BilingualError {
    var path: String
    var vietnamese: String { "\(path): không đọc được tệp đính kèm (tối đa 256 MB)" }
    var english: String { "\(path): the attachment cannot be read (256 MB at most)" }
}
