import Bytes
import Foundation
import TestSupport
import Testing

@testable import Capture

@Suite struct CaptureFileTests {
    private let frames: [[UInt8]] = [[1, 2, 3, 4], [5], Array(repeating: 9, count: 60)]

    private func number<Value: FixedWidthInteger>(_ value: Value, _ isBig: Bool) -> [UInt8] {
        let bytes = (0..<Value.bitWidth / 8).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
        return isBig ? bytes.reversed() : bytes
    }

    private func pcap(isBig: Bool, nanoseconds: Bool) -> [UInt8] {
        var bytes = number(UInt32(nanoseconds ? 0xa1b2_3c4d : 0xa1b2_c3d4), isBig)
        bytes += number(UInt16(2), isBig) + number(UInt16(4), isBig) + number(UInt64(0), isBig) + number(UInt32(262_144), isBig)
        bytes += number(UInt32(1), isBig)
        for (index, frame) in frames.enumerated() {
            bytes += number(UInt32(1000 + index), isBig) + number(UInt32(nanoseconds ? 500_000_000 : 500_000), isBig)
            bytes += number(UInt32(frame.count), isBig) + number(UInt32(frame.count + 10), isBig) + frame
        }
        return bytes
    }

    private func block(_ type: UInt32, _ body: [UInt8], _ isBig: Bool) -> [UInt8] {
        let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
        let length = number(UInt32(padded.count + 12), isBig)
        return number(type, isBig) + length + padded + length
    }

    /// Two interfaces: one in microseconds with Ethernet, one in nanoseconds with raw IP.
    private func pcapng(isBig: Bool) -> [UInt8] {
        var bytes = block(
            0x0a0d_0d0a,
            number(UInt32(0x1a2b_3c4d), isBig) + number(UInt16(1), isBig) + number(UInt16(0), isBig) + number(Int64(-1), isBig),
            isBig)
        bytes += block(1, number(UInt16(1), isBig) + number(UInt16(0), isBig) + number(UInt32(0), isBig), isBig)
        // if_tsresol = 9: nanoseconds
        bytes += block(
            1,
            number(UInt16(101), isBig) + number(UInt16(0), isBig) + number(UInt32(0), isBig) + number(UInt16(9), isBig)
                + number(UInt16(1), isBig) + [9, 0, 0, 0] + number(UInt32(0), isBig), isBig)
        bytes += block(0x0000_0bad, [1, 2, 3], isBig)
        for (index, frame) in frames.enumerated() {
            let interface = index % 2
            let units: UInt64 = interface == 0 ? 1_000_000 : 1_000_000_000
            let time = UInt64(1000 + index) * units + units / 2
            bytes += block(
                6,
                number(UInt32(interface), isBig) + number(UInt32(time >> 32), isBig) + number(UInt32(truncatingIfNeeded: time), isBig)
                    + number(UInt32(frame.count), isBig) + number(UInt32(frame.count + 10), isBig) + frame, isBig)
        }
        return bytes
    }

    private func read(_ bytes: [UInt8]) throws -> (frames: [[UInt8]], times: [Timestamp], links: [LinkType], truncated: Bool) {
        let path = NSTemporaryDirectory() + "capture-\(UUID().uuidString)"
        try Data(bytes).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        var reader = try CaptureFileReader.open(path)
        var result: ([[UInt8]], [Timestamp], [LinkType]) = ([], [], [])
        while let record = try reader.next() {
            result.0.append(reader.frame(record).copied())
            result.1.append(record.time)
            result.2.append(record.linkType)
        }
        return (result.0, result.1, result.2, reader.isTruncated)
    }

    @Test(arguments: [false, true], [false, true])
    func everyPcapByteOrderAndResolution(isBig: Bool, nanoseconds: Bool) throws {
        let result = try read(pcap(isBig: isBig, nanoseconds: nanoseconds))
        #expect(result.frames == frames)
        #expect(result.times == (0..<3).map { Timestamp(seconds: 1000 + $0, microseconds: 500_000) })
        #expect(!result.truncated)
    }

    @Test(arguments: [false, true])
    func pcapngWithSeveralInterfaces(isBig: Bool) throws {
        let result = try read(pcapng(isBig: isBig))
        #expect(result.frames == frames)
        #expect(result.times == (0..<3).map { Timestamp(seconds: 1000 + $0, microseconds: 500_000) })
        #expect(result.links[0] != result.links[1])
    }

    /// What breaks off gives its whole records; nothing traps.
    @Test func everyPrefixIsReadToItsBreak() throws {
        for whole in [pcap(isBig: false, nanoseconds: false), pcapng(isBig: false), pcapng(isBig: true)] {
            for length in 24..<whole.count {
                guard let result = try? read(Array(whole[..<length])) else { continue }
                #expect(result.frames == Array(frames.prefix(result.frames.count)))
            }
            let last = try read(Array(whole.dropLast()))
            #expect(last.frames.count == 2 || last.truncated)
        }
    }

    @Test func mutationsNeverTrap() throws {
        var random = SeededGenerator(seed: 5)
        for whole in [pcap(isBig: true, nanoseconds: true), pcapng(isBig: false)] {
            for _ in 0..<400 {
                var bytes = whole
                for _ in 0..<Int.random(in: 1...5, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = [0, 0xff, 0x7f, UInt8.random(in: 0...255, using: &random)]
                        .randomElement(using: &random)!
                }
                _ = try? read(bytes)
            }
        }
    }

    @Test func whatIsNoCaptureIsSaid() {
        #expect(throws: CaptureError.self) { try read(Array("not a capture at all, only text".utf8)) }
        #expect(throws: CaptureError.self) { try read([]) }
        #expect(throws: CaptureError.self) { _ = try CaptureFileReader.open("/nowhere.pcap") }
        #expect(throws: CaptureError.self) { _ = try CaptureFileReader.open("/") }
    }

    @Test func filters() throws {
        let packet = PacketBuilder().tcp(2, sequence: 1, acknowledgment: 0)
        let passes = try BPFFilter("tcp", linkType: .ethernet).matches(packet.rawSpan, wireLength: UInt32(packet.count))
        let stopped = try BPFFilter("udp", linkType: .ethernet).matches(packet.rawSpan, wireLength: UInt32(packet.count))
        #expect(passes && !stopped)
        #expect(throws: CaptureError.self) { _ = try BPFFilter("tcp and and", linkType: .ethernet) }
    }

    /// Buffer by buffer there are the same records as one by one, and their bytes stay until the buffer is given back.
    @Test(arguments: [0, 7]) func buffersCanBeGivenAway(missing: Int) throws {
        var bytes = number(UInt32(0xa1b2_c3d4), false) + number(UInt16(2), false) + number(UInt16(4), false) + number(UInt64(0), false)
        bytes += number(UInt32(262_144), false) + number(UInt32(1), false)
        let sizes = (0..<60).map { [1, 60, 70_000, 1 << 20, 1500][$0 % 5] }
        for (index, size) in sizes.enumerated() {
            bytes += number(UInt32(index), false) + number(UInt32(0), false) + number(UInt32(size), false) + number(UInt32(size), false)
            bytes += [UInt8](repeating: UInt8(index), count: size)
        }
        let path = NSTemporaryDirectory() + "capture-\(UUID().uuidString)"
        try Data(bytes.dropLast(missing)).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        var reader = try CaptureFileReader.open(path)
        var pool = [[UInt8]](repeating: [UInt8](repeating: 0, count: 1 << 20), count: 3)
        var seen: [Int] = []
        var turn = 0
        var goesOn = true
        while goesOn {
            var records: [CaptureRecord] = []
            while let record = try reader.nextHere() { records.append(record) }
            goesOn = try reader.exchangeBuffer(&pool[turn % 3])
            let buffer = pool[turn % 3]
            for record in records {
                let frame = CaptureFileReader.frame(record, in: buffer.rawSpan).copied()
                #expect(frame.allSatisfy { $0 == UInt8(record.time.seconds) })
                #expect(record.time.seconds == Int64(seen.count))
                seen.append(frame.count)
            }
            turn += 1
        }
        #expect(seen == Array(missing == 0 ? sizes[...] : sizes.dropLast()))
        #expect(reader.isTruncated == (missing > 0))
        #expect(turn > 10)
    }
}
