import Glibc
import Synchronization

/// Lets workers that run side by side touch what they share in the order of the packets.
///
/// Each worker tells which packet it is at before it begins with it; all of its earlier ones are done then. Whoever needs shared state at
/// packet `n` waits until every other worker is past `n`. So the accesses happen one after the other, in packet order, as if there were one
/// worker: whoever has the turn at `n` is alone, because the others are at later packets and would have to wait for it. The worker at the
/// lowest packet never waits, so there is always one that goes on.
public final class PacketOrder: Sendable {
    /// A worker's place on cache lines of its own: it is written with every packet.
    private final class Place: Sendable {
        private let before: InlineArray<8, UInt64> = .init(repeating: 0)
        let number = Atomic<UInt64>(0)
        private let after: InlineArray<8, UInt64> = .init(repeating: 0)
    }

    private let places: [Place]

    public init(workers: Int) { places = (0..<workers).map { _ in Place() } }

    /// `worker` begins with that packet, and is done with all of its packets before it.
    public func begin(_ number: UInt64, worker: Int) { places[worker].number.store(number, ordering: .releasing) }

    /// Comes back when no other worker is at a packet before `number`.
    func wait(_ number: UInt64, worker: Int) {
        for (index, place) in places.enumerated() where index != worker {
            var tries = 0
            while place.number.load(ordering: .acquiring) < number {
                tries += 1
                // With fewer cores than threads the other one may need this core.
                if tries < 64 { continue }
                if tries < 512 { sched_yield() } else { usleep(20) }
            }
        }
    }
}

/// One worker's part in the order of packets. Without an order it is always its turn.
// Used by its worker's thread alone; what other threads see of it is in PacketOrder.
public final class WorkerTurn: @unchecked Sendable {
    private let order: PacketOrder?
    private let worker: Int
    private var number: UInt64 = 0
    private var isHere = true
    /// How often shared state was waited for.
    public private(set) var waits: UInt64 = 0

    public init(_ order: PacketOrder? = nil, worker: Int = 0) {
        self.order = order
        self.worker = worker
    }

    /// The worker begins with that packet.
    public func begin(_ number: UInt64) {
        guard let order else { return }
        self.number = number
        isHere = false
        order.begin(number, worker: worker)
    }

    /// To be called before shared state is touched.
    @inline(__always)
    public func wait() { if !isHere { waitForOthers() } }

    @inline(never)
    private func waitForOthers() {
        isHere = true
        waits &+= 1
        order?.wait(number, worker: worker)
    }
}
