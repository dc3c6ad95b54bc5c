import Bytes
import Capture
import Foundation
import TestSupport
import Testing

@testable import Sensor

@Suite struct PairSpreaderTests {
    /// The workers of frames, taken through a capture file as the sensor does.
    private func workers(_ frames: [[UInt8]], of count: Int) throws -> [Int] {
        let path = NSTemporaryDirectory() + "spread-" + UUID().uuidString
        try Data(EngineRun.capture(frames)).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        var reader = try CaptureFileReader.open(path)
        var spreader = PairSpreader(workers: count)
        var result: [Int] = []
        while let record = try reader.next() { result.append(spreader.worker(reader.frame(record), record)) }
        return result
    }

    @Test func bothWaysAndAllPortsOfAPairAreOneWorkers() throws {
        for vlans in [[], [7], [7, 9]] as [[UInt16]] {
            var frames: [[UInt8]] = []
            for host in 1...50 as ClosedRange<UInt8> {
                var builder = PacketBuilder()
                builder.vlans = vlans
                builder.client = [10, 0, 0, host]
                for port in [1000, 2000] as [UInt16] {
                    builder.clientPort = port
                    frames += [builder.udp([1, 2, 3]), builder.udp([4, 5], toServer: false)]
                }
            }
            let found = try workers(frames, of: 3)
            for pair in stride(from: 0, to: found.count, by: 4) { #expect(Set(found[pair..<pair + 4]).count == 1) }
            // Each has its part.
            for worker in 0..<3 { #expect((40...100).contains(found.count { $0 == worker }), "\(found)") }
        }
    }

    @Test func unreachableGoesWhereWhatItQuotesBelongs() throws {
        var frames: [[UInt8]] = []
        for host in 1...20 as ClosedRange<UInt8> {
            var builder = PacketBuilder()
            builder.client = [10, 0, 0, host]
            let datagram = builder.udp([1, 2, 3, 4])
            frames.append(datagram)
            // Said by a router on the way.
            builder.server = [172, 16, 0, 1]
            let message = [3, 1, 0, 0, 0, 0, 0, 0] + datagram.dropFirst(14)
            frames.append(builder.ethernet(builder.ip(1, Array(message), toServer: false, checksumAt: 2)))
        }
        let found = try workers(frames, of: 4)
        #expect(Set(found) == [0, 1, 2, 3])
        for pair in stride(from: 0, to: found.count, by: 2) { #expect(found[pair] == found[pair + 1]) }
    }

    @Test func shortFramesAndOthersThanIPHaveAWorker() throws {
        let whole = PacketBuilder().udp([1, 2, 3])
        let frames = (1..<whole.count).map { Array(whole.prefix($0)) } + [[UInt8](repeating: 0xff, count: 60)]
        #expect(try workers(frames, of: 2).allSatisfy { (0..<2).contains($0) })
    }
}
