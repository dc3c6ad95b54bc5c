import Bytes
import Decode
import TestSupport

@testable import Sensor

/// Segments and fragments that overlap, come late, contradict each other and lie: frames with right headers, so that every input gets
/// as far as the code that puts bytes in order.
enum StreamTargets {
    private static let memory = 64 << 10

    /// Input: a byte of choices (bits 5-7 the system they go to), then segments: bit 0 of a byte the direction, bits 1-3 the flags,
    /// bits 4-7 how far back the sequence number lies (four bytes of any distance for 15); then a byte of length and the bytes.
    static func reassembly(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let choices = input.byte()
        var configuration = SensorConfiguration()
        configuration.outputs = []
        configuration.tcp.midstream = choices & 1 != 0
        configuration.tcp.asyncOneSide = choices & 2 != 0
        configuration.tcp.inline = choices & 4 != 0
        configuration.tcp.memoryLimit = memory
        if choices & 8 != 0 { configuration.tcp.depth = 300 }
        configuration.tcp.hosts = hosts(choices >> 5)
        let worker = make(configuration)
        var builder = PacketBuilder()
        if choices & 16 != 0 { (builder.client, builder.server) = ([UInt8](repeating: 1, count: 16), [UInt8](repeating: 2, count: 16)) }
        // Numbers that wrap around soon.
        var next: [UInt32] = [0xffff_ff00, 0xffff_fff0]
        let flags: [UInt8] = [0x18, 0x10, 0x02, 0x12, 0x11, 0x04, 0x30, 0x00]
        var number: UInt64 = 0
        while !input.isEmpty, number < 512 {
            let step = input.byte()
            let isToServer = step & 1 == 0
            let side = isToServer ? 0 : 1
            let back = UInt32(step >> 4)
            let distance = back == 15 ? UInt32(input.word()) << 16 | UInt32(input.word()) : back * 7
            let data = input.bytes(Int(input.byte()))
            let sequence = next[side] &- distance
            let kind = flags[Int(step >> 1 & 7)]
            number += 1
            let frame = builder.tcp(kind, sequence: sequence, acknowledgment: next[1 - side], data, toServer: isToServer)
            process(worker, frame, number)
            let end = sequence &+ UInt32(data.count) &+ (kind & 3 != 0 ? 1 : 0)
            if Int32(bitPattern: end &- next[side]) > 0 { next[side] = end }
            // A segment is taken or refused; what is held stays near the limit.
            if worker.tcp.memory > memory + 4096 { fail("\(worker.tcp.memory) bytes of streams with a limit of \(memory)") }
        }
        worker.endAllFlows()
    }

    /// Input: a byte of choices (bits 0-2 the system they go to, bit 3 IPv6), then fragments: a byte (bit 0 whether the last, bits 1-2 the
    /// datagram), a byte of offset in units of eight bytes, a byte of length, the bytes.
    static func fragments(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let choices = input.byte()
        var limits = Defragmenter.Limits()
        limits.maxDatagrams = 2
        limits.maxFragments = 64
        limits.maxBytes = 4096
        var defragmenter = Defragmenter(hosts: hosts(choices & 7), limits: limits)
        var packet = Packet()
        var inner = Packet()
        var number: UInt64 = 0
        while !input.isEmpty, number < 512 {
            let step = input.byte()
            let offset = UInt16(input.byte())
            let data = input.bytes(Int(input.byte()))
            number += 1
            let frame = fragment(offset, isLast: step & 1 != 0, id: step >> 1 & 3, data, isSix: choices & 8 != 0)
            Decoder().decode(
                frame.rawSpan, linkType: .raw, time: Timestamp(seconds: 1_700_000_000 + Int64(number)), number: number,
                wireLength: UInt32(frame.count), into: &packet)
            guard packet.isFragment, defragmenter.add(packet, in: frame.rawSpan) else { continue }
            let rebuilt = defragmenter.rebuilt
            if rebuilt.count > 65_535 + 64 { fail("a datagram of \(rebuilt.count) bytes") }
            Decoder().decodeRebuilt(rebuilt.rawSpan, at: defragmenter.rebuiltStart, from: packet, into: &inner)
            if inner.isFragment { fail("a datagram put together is a fragment again") }
        }
    }

    private static func fragment(_ offset: UInt16, isLast: Bool, id: UInt8, _ data: [UInt8], isSix: Bool) -> [UInt8] {
        let place = [UInt8(truncatingIfNeeded: offset >> 5), UInt8(truncatingIfNeeded: offset << 3)]
        if isSix {
            let header: [UInt8] = [17, 0, place[0], place[1] & 0xf8 | (isLast ? 0 : 1), 0, 0, 0, id]
            let count = UInt16(8 + data.count)
            return [0x60, 0, 0, 0, UInt8(count >> 8), UInt8(count & 255), 44, 64] + [UInt8](repeating: 1, count: 32) + header + data
        }
        let count = UInt16(20 + data.count)
        let flags = UInt8(offset >> 8) | (isLast ? 0 : 0x20)
        return [0x45, 0, UInt8(count >> 8), UInt8(count & 255), 0, id, flags, UInt8(offset & 255), 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2]
            + data
    }

    /// One system everywhere: eight that differ in fragments or streams.
    private static func hosts(_ choice: UInt8) -> HostPolicies {
        let policies: [HostPolicy] = [.bsd, .bsdRight, .oldLinux, .linux, .first, .solaris, .windows, .last]
        var hosts = HostPolicies()
        for all in ["0.0.0.0/0", "::/0"] {
            if let prefix = IPPrefix(all) { hosts.add(prefix, policies[Int(choice & 7)]) }
        }
        return hosts
    }

    private static func make(_ configuration: SensorConfiguration) -> Worker {
        do {
            return try Worker(configuration: configuration, rules: nil, outputs: [], verifiesChecksums: .off)
        } catch {
            fail("\(error)")
        }
    }

    private static func process(_ worker: Worker, _ frame: [UInt8], _ number: UInt64) {
        let time = Timestamp(microseconds: 1_700_000_000_000_000 + Int64(number) * 1000)
        worker.process(frame.rawSpan, linkType: .ethernet, time: time, number: number, wireLength: UInt32(frame.count))
    }
}
