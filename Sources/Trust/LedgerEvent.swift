import Bytes
import Digest

/// One entry of the append-only record. Each entry carries the hash of the one before it, so that none can be changed, removed from
/// the middle or moved without every later hash being wrong.
public struct LedgerEvent: Hashable, Sendable {
    /// 1, 2, 3 …, without gaps.
    public var seq: Int64
    /// When it happened. For what the sensor saw, packet time.
    public var time: Timestamp
    /// What happened: `incident.opened`, `incident.confirmed`, `evidence.stored` …
    public var kind: String
    /// Who did it: a person's name, or `sensor:NAME`.
    public var actor: String
    /// What it happened to: `incident/VG-2026-0001`, `evidence/SHA256`, `agency` …
    public var subject: String
    /// What else there is to know; an object.
    public var body: JSONValue
    /// The hash of the entry before; 32 zero bytes for the first.
    public var previous: SHA256Digest
    /// SHA-256 over ``canonical()``.
    public var hash: SHA256Digest

    /// Makes the entry that follows `previous`.
    public init(
        seq: Int64, time: Timestamp, kind: String, actor: String, subject: String, body: JSONValue, previous: SHA256Digest
    ) throws(CanonicalJSONError) {
        self.seq = seq
        self.time = time
        self.kind = kind
        self.actor = actor
        self.subject = subject
        self.body = body
        self.previous = previous
        hash = previous
        hash = try computedHash()
    }

    /// An entry as it was stored; nothing is checked.
    public init(
        stored seq: Int64, time: Timestamp, kind: String, actor: String, subject: String, body: JSONValue, previous: SHA256Digest,
        hash: SHA256Digest
    ) {
        self.seq = seq
        self.time = time
        self.kind = kind
        self.actor = actor
        self.subject = subject
        self.body = body
        self.previous = previous
        self.hash = hash
    }

    /// What the first entry holds as the hash of the one before it.
    public static let origin: SHA256Digest = {
        guard let digest = SHA256Digest(bytes: [UInt8](repeating: 0, count: 32)) else {
            preconditionFailure("32 bytes are a digest")
        }
        return digest
    }()

    /// The canonical JSON object that is hashed: seq, time (microseconds), kind, actor, subject, body, previous (hexadecimal).
    public func canonical() throws(CanonicalJSONError) -> [UInt8] {
        try JSONValue.object([
            "seq": .integer(seq), "time": .integer(time.microseconds), "kind": .string(kind), "actor": .string(actor),
            "subject": .string(subject), "body": body, "previous": .string(previous.hex),
        ]).canonicalBytes()
    }

    /// The hash of an entry whose body is canonical already.
    public static func hash(
        seq: Int64, time: Timestamp, kind: String, actor: String, subject: String, body: [UInt8], previous: SHA256Digest
    ) -> SHA256Digest {
        var text: [UInt8] = []
        text.reserveCapacity(body.count + 256)
        text += "{\"actor\":".utf8
        JSONValue.write(actor, into: &text)
        text += ",\"body\":".utf8
        text += body
        text += ",\"kind\":".utf8
        JSONValue.write(kind, into: &text)
        text += ",\"previous\":\"".utf8
        text += Hex.digits(previous.bytes)
        text += "\",\"seq\":".utf8
        JSONValue.write(seq, into: &text)
        text += ",\"subject\":".utf8
        JSONValue.write(subject, into: &text)
        text += ",\"time\":".utf8
        JSONValue.write(time.microseconds, into: &text)
        text.append(UInt8(ascii: "}"))
        return SHA256Digest(of: text)
    }

    /// The hash that this entry should have.
    public func computedHash() throws(CanonicalJSONError) -> SHA256Digest { SHA256Digest(of: try canonical()) }
}
