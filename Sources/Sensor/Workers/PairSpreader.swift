import Bytes
import Capture
import Decode

/// Chooses the worker of each packet: by the pair of its outermost IP addresses, the same for both ways.
///
/// So whatever belongs together comes to one worker without being asked about: the two directions, all fragments of a datagram, the connections
/// that FTP, TFTP or SIP announce, and everything that a tunnel carries. An ICMP error goes where the packet that it quotes belongs.
///
/// Pairs share 65,536 places. A place gets its worker with its first packet: the one with the fewest bytes so far.
struct PairSpreader {
    private static let unused = UInt8.max

    private var places = [UInt8](repeating: PairSpreader.unused, count: 1 << 16)
    private var bytes: [UInt64]
    private var decoder = Decoder(verifiesChecksums: false)
    private var packet = Packet()

    init(workers: Int) { bytes = Array(repeating: 0, count: workers) }

    mutating func worker(_ frame: RawSpan, _ record: CaptureRecord) -> Int {
        guard let place = place(frame, record) else {
            bytes[0] &+= UInt64(frame.byteCount)
            return 0
        }
        var worker = places[place]
        if worker == PairSpreader.unused {
            worker = 0
            for other in bytes.indices where bytes[other] < bytes[Int(worker)] { worker = UInt8(other) }
            places[place] = worker
        }
        bytes[Int(worker)] &+= UInt64(frame.byteCount)
        return Int(worker)
    }

    /// nil for frames without IP.
    private mutating func place(_ frame: RawSpan, _ record: CaptureRecord) -> Int? {
        if record.linkType == .ethernet {
            var at = 12
            while at + 2 <= frame.byteCount {
                switch frame.uint16(at: at) {
                case 0x8100, 0x88a8, 0x9100: at += 4
                case 0x0800: return ipv4(frame, at + 2)
                case 0x86dd: return ipv6(frame, at + 2)
                case 0x0806: return nil
                default: return decoded(frame, record)
                }
            }
            return nil
        }
        return decoded(frame, record)
    }

    /// Links and headers that are seldom.
    @inline(never)
    private mutating func decoded(_ frame: RawSpan, _ record: CaptureRecord) -> Int? {
        decoder.decode(frame, linkType: record.linkType, time: record.time, number: 0, wireLength: record.wireLength, into: &packet)
        let at = Int(packet.ipOffset)
        switch packet.ipVersion {
        case 4: return ipv4(frame, at)
        case 6: return ipv6(frame, at)
        default: return nil
        }
    }

    private func ipv4(_ frame: RawSpan, _ at: Int) -> Int? {
        guard frame.byteCount - at >= 20 else { return nil }
        let own = pair4(frame, at + 12)
        guard frame.byte(at: at + 9) == 1, frame.uint16(at: at + 6) & 0x3fff == 0 else { return own }
        let icmp = at + Int(frame.byte(at: at) & 15) * 4
        guard frame.byteCount - icmp >= 28 else { return own }
        // As much as detection reads of them: a destination that cannot be reached by TCP, UDP or SCTP.
        guard frame.byte(at: icmp) == 3, [6, 17, 132].contains(frame.byte(at: icmp + 17)) else { return own }
        return known(pair4(frame, icmp + 20)) ?? own
    }

    private func ipv6(_ frame: RawSpan, _ at: Int) -> Int? {
        guard frame.byteCount - at >= 40 else { return nil }
        return pair6(frame, at + 8)
    }

    private func known(_ place: Int) -> Int? { places[place] == PairSpreader.unused ? nil : place }

    private func pair4(_ frame: RawSpan, _ at: Int) -> Int {
        PairSpreader.mixed(UInt64(frame.uint32(at: at)), UInt64(frame.uint32(at: at + 4)))
    }

    private func pair6(_ frame: RawSpan, _ at: Int) -> Int {
        PairSpreader.mixed(
            frame.uint64(at: at) &* 0x9e37_79b9_7f4a_7c15 ^ frame.uint64(at: at + 8),
            frame.uint64(at: at + 16) &* 0x9e37_79b9_7f4a_7c15 ^ frame.uint64(at: at + 24))
    }

    @inline(__always)
    private static func mixed(_ a: UInt64, _ b: UInt64) -> Int {
        let one = (a ^ a >> 32) &* 0xbf58_476d_1ce4_e5b9
        let two = (b ^ b >> 32) &* 0xbf58_476d_1ce4_e5b9
        let sum = (one ^ one >> 29) &+ (two ^ two >> 29)
        return Int(truncatingIfNeeded: (sum &* 0x94d0_49bb_1331_11eb) >> 48)
    }
}
