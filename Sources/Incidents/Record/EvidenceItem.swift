import Bytes
import Digest
import Wording

/// What a piece of evidence is.
public enum EvidenceKind: String, Sendable, CaseIterable {
    /// Packets of a flow.
    case pcap
    /// A file that was carried over the network.
    case file
    /// What a person brings.
    case upload
    case log, screenshot, note
    /// What somebody typed and saw in a terminal, as `script` writes it.
    case recording

    /// As people call it.
    public var name: BilingualText {
        switch self {
        case .pcap: BilingualText("gói tin", "packets")
        case .file: BilingualText("tệp trên mạng", "file")
        case .upload: BilingualText("tệp thêm", "upload")
        case .log: BilingualText("nhật ký", "log")
        case .screenshot: BilingualText("ảnh màn hình", "screenshot")
        case .note: BilingualText("ghi chú", "note")
        case .recording: BilingualText("phiên dòng lệnh", "recording")
        }
    }
}

/// A piece of evidence as the sensor or a responder hands it over, once its bytes lie in the ``EvidenceFolder``.
public struct EvidenceRecord: Sendable, Hashable {
    public var digest: SHA256Digest
    public var size: Int64
    public var kind: EvidenceKind
    /// When what it shows happened.
    public var time: Timestamp
    /// Ties it to alerts that were submitted with the same ``AlertRecord/evidenceKey`` to the same writer before it.
    public var key: Int64?
    /// What it is, in a few words.
    public var description: String

    public init(digest: SHA256Digest, size: Int64, kind: EvidenceKind, time: Timestamp, key: Int64? = nil, description: String) {
        self.digest = digest
        self.size = size
        self.kind = kind
        self.time = time
        self.key = key
        self.description = description
    }
}

/// A piece of evidence as it is recorded.
public struct EvidenceItem: Sendable, Hashable, Identifiable {
    public var id: Int64
    public var digest: SHA256Digest
    public var size: Int64
    public var kind: EvidenceKind
    public var time: Timestamp
    public var writtenAt: Timestamp
    public var incident: IncidentCode?
    public var alert: Int64?
    /// Who added it: a person, or `sensor:NAME`.
    public var addedBy: String
    public var description: String
}

/// What a sensor says of the evidence that it keeps. It is stored in English, which is what seals and packages hold, and shown in the reader's
/// language.
public enum SensorEvidence: Sendable, Hashable {
    /// The packets of a flow that raised a rule.
    case packets(sid: Int64)
    /// A file of a flow that raised an alert, by name.
    case file(String)

    private static let packets = "packets of the flow that raised rule "
    private static let file = "file of the flow that raised an alert: "

    public var english: String {
        switch self {
        case .packets(let sid): SensorEvidence.packets + String(sid)
        case .file(let name): SensorEvidence.file + name
        }
    }

    public var vietnamese: String {
        switch self {
        case .packets(let sid): "gói tin của luồng làm luật \(sid) cảnh báo"
        case .file(let name): "tệp của luồng có cảnh báo: \(name)"
        }
    }

    /// Reads ``english``; nil for what somebody else wrote.
    public init?(_ text: String) {
        if text.hasPrefix(SensorEvidence.packets), let sid = Int64(text.dropFirst(SensorEvidence.packets.count)) {
            self = .packets(sid: sid)
        } else if text.hasPrefix(SensorEvidence.file) {
            self = .file(String(text.dropFirst(SensorEvidence.file.count)))
        } else {
            return nil
        }
    }
}

extension EvidenceItem {
    /// ``description`` in Vietnamese, where a sensor wrote it; a person's words stay as they are.
    public var vietnameseDescription: String {
        guard addedBy.hasPrefix("sensor:") else { return description }
        return SensorEvidence(description)?.vietnamese ?? description
    }
}

/// How an item of evidence was used; each use is an entry of the ledger.
public enum CustodyAction: String, Sendable {
    case viewed, copied, exported
}
