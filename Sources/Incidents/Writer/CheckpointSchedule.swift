import Bytes
import Dispatch
import Trust

/// That a sensor signs the ledger's end from time to time.
public struct CheckpointPolicy: Sendable {
    /// File of the private key.
    public var key: String
    /// Nil where the key is under none.
    public var passphrase: PassphraseSource?
    public var hours: Double
    /// Where checkpoints are written; best on another disk.
    public var folder: String

    public init(key: String, passphrase: PassphraseSource? = nil, hours: Double, folder: String) {
        self.key = key
        self.passphrase = passphrase
        self.hours = hours
        self.folder = folder
    }
}

/// When the writer signs: as soon as the last checkpoint is old enough, whoever made it.
struct CheckpointSchedule {
    private let policy: CheckpointPolicy
    private let store: IncidentStore
    private let hand: Hand
    private var notBefore = DispatchTime.now()

    init(_ policy: CheckpointPolicy, _ store: IncidentStore, actor: String) {
        self.policy = policy
        self.store = store
        hand = Hand(actor)
    }

    /// - Returns: why it cannot be done; it is tried again in an hour.
    mutating func step() -> (any Error)? {
        guard DispatchTime.now() >= notBefore else { return nil }
        notBefore = .now() + 60
        do {
            if let last = try store.lastCheckpoint(), abs(store.clock().seconds(since: last.time)) < policy.hours * 3600 { return nil }
            let (checkpoint, signed) = try store.checkpoint(with: SigningKey(file: policy.key, passphrase: policy.passphrase), by: hand)
            _ = try signed.write(to: policy.folder, seq: checkpoint.seq)
            return nil
        } catch {
            notBefore = .now() + 3600
            return error
        }
    }
}
