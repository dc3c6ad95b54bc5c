import CPcap
import Glibc

/// How the kernel spreads an interface's packets over the sockets of a group.
public enum FanoutSpread: Sendable {
    /// By the pair of IP addresses, the same for both ways, whatever the ports: fragments, the connections that FTP or SIP announce and
    /// everything in a tunnel come to one socket. ICMP errors go where the packet that they quote goes.
    case pairs
    /// By the core that took the packet: for network cards that spread by flow themselves.
    case cpus
    /// By the card's receive queue.
    case queues
}

/// Joins packet sockets to a group (packet(7), PACKET_FANOUT).
enum Fanout {
    private static let level: Int32 = 263
    private static let group: Int32 = 18
    private static let data: Int32 = 22
    private static let byCPU: UInt32 = 2
    private static let byQueue: UInt32 = 5
    private static let byProgram: UInt32 = 6
    private static let withDefragmentation: UInt32 = 0x8000
    private static let withNewNumber: UInt32 = 0x2000

    /// struct sock_fprog.
    @unsafe private struct Program {
        var count: UInt16
        var code: UnsafePointer<bpf_insn>
    }

    /// - Parameter id: of the group; nil to make one whose number nobody else has.
    /// - Returns: the group's number, or nil with the reason in `errno`.
    static func join(_ descriptor: Int32, id: UInt16?, spread: FanoutSpread, defragments: Bool) -> UInt16? {
        var kind =
            switch spread {
            case .pairs: byProgram
            case .cpus: byCPU
            case .queues: byQueue
            }
        // Pairs need none: fragments have both addresses, and detection puts them together as the receiver would.
        if defragments, spread != .pairs { kind |= withDefragmentation }
        if id == nil { kind |= withNewNumber }
        var argument = UInt32(id ?? 0) | kind << 16
        var size = socklen_t(MemoryLayout<UInt32>.size)
        guard unsafe setsockopt(descriptor, level, group, &argument, size) == 0 else { return nil }
        guard unsafe getsockopt(descriptor, level, group, &argument, &size) == 0 else { return nil }
        if spread == .pairs {
            let isSet = unsafe PairProgram.code.withUnsafeBufferPointer { code in
                guard let base = code.baseAddress else { return false }
                var program = unsafe Program(count: UInt16(code.count), code: base)
                return unsafe setsockopt(descriptor, level, data, &program, socklen_t(MemoryLayout<Program>.size)) == 0
            }
            if !isSet { return nil }
        }
        return UInt16(truncatingIfNeeded: argument)
    }
}
