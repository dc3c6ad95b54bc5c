import Bytes
import Digest

/// Says, signed, which entry was a ledger's last at a moment: entries that are cut off or put in place of others later no longer fit it.
///
/// What is signed is ``text``, canonical JSON on one line without a line feed. The signature lies in a file of its own beside it, so that
/// `openssl` checks it as it is.
public struct Checkpoint: Hashable, Sendable {
    /// The ledger's last entry; it counts them too.
    public var seq: Int64
    /// The hash of that entry.
    public var hash: SHA256Digest
    /// The hash of the first entry, which tells ledgers apart.
    public var first: SHA256Digest
    public var time: Timestamp
    /// Fingerprint of the key (``VerificationKey/fingerprint``).
    public var key: SHA256Digest

    public init(seq: Int64, hash: SHA256Digest, first: SHA256Digest, time: Timestamp, key: SHA256Digest) {
        self.seq = seq
        self.hash = hash
        self.first = first
        self.time = time
        self.key = key
    }

    public static let type = "vonggac-checkpoint-1"

    /// The bytes that are signed.
    public var text: String {
        let value: JSONValue = [
            "type": .string(Checkpoint.type), "seq": .integer(seq), "hash": .string(hash.hex), "first": .string(first.hex),
            "time": .integer(time.microseconds), "key": .string(key.hex),
        ]
        // Nothing in it can lack a canonical form: times lie far within 2^53.
        return (try? value.canonicalText()) ?? ""
    }

    /// Reads ``text``; nil where it is something else.
    public init?(text: String) {
        guard let value = try? JSONValue(parsing: text), value["type"]?.text == Checkpoint.type, let seq = value["seq"]?.integer,
            let hash = value["hash"]?.text.flatMap({ SHA256Digest(hex: $0) }),
            let first = value["first"]?.text.flatMap({ SHA256Digest(hex: $0) }), let time = value["time"]?.integer,
            let key = value["key"]?.text.flatMap({ SHA256Digest(hex: $0) })
        else { return nil }
        self.init(seq: seq, hash: hash, first: first, time: Timestamp(microseconds: time), key: key)
    }
}
