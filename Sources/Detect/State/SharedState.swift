import Bytes
import Decode
import Flow
import Synchronization

/// What rules remember beyond a flow: thresholds by address or rule, bits and tags of hosts. One for all workers, and it outlives a reload.
///
/// Reached only through a worker's ``StateStore`` and ``TagTable``, which wait for their turn: see ``PacketOrder``. Without an order (live, where
/// the packets of several sockets have none) the lock alone keeps it whole.
public final class SharedState: Sendable {
    struct Contents {
        var thresholds = ThresholdTable()
        var hostBits = HostBits()
        var hostTags = HostTags()
    }

    private let contents = Mutex(Contents())

    public init() {}

    func withLock<Result>(_ body: (inout sending Contents) -> sending Result) -> Result { contents.withLock(body) }
}

/// xbits and hostbits.
struct HostBits {
    private struct Key: Hashable {
        var bit: Int
        var first: IPAddress
        var second: IPAddress
    }

    /// Until which second they are set.
    private var expiries: BoundedTable<Key, Int64>
    /// Bits that were cleared because there were too many.
    var evicted: UInt64 { expiries.evicted }

    /// - Parameter limit: most bits that are set.
    init(limit: Int = 262_144) { expiries = BoundedTable(limit: limit) }

    private func key(_ bit: Int, _ track: BitTrack, _ source: IPAddress, _ destination: IPAddress) -> Key {
        switch track {
        case .source: Key(bit: bit, first: source, second: .zero)
        case .destination: Key(bit: bit, first: destination, second: .zero)
        case .pair, .transaction: Key(bit: bit, first: min(source, destination), second: max(source, destination))
        }
    }

    func isSet(_ bit: Int, _ track: BitTrack, _ source: IPAddress, _ destination: IPAddress, _ now: Timestamp) -> Bool {
        expiries[key(bit, track, source, destination)].map { $0 >= now.seconds } ?? false
    }

    mutating func change(
        _ bit: Int, _ track: BitTrack, _ change: BitChange, _ seconds: UInt32, _ source: IPAddress, _ destination: IPAddress,
        _ now: Timestamp
    ) {
        let key = key(bit, track, source, destination)
        if change != .unset { expiries.makeRoom(for: key, isOver: { $0 < now.seconds }, time: { $0 }) }
        switch change {
        case .set: expiries[key] = now.seconds + Int64(seconds)
        case .unset: expiries[key] = nil
        case .toggle: expiries[key] = expiries[key] == nil ? now.seconds + Int64(seconds) : nil
        }
    }
}
