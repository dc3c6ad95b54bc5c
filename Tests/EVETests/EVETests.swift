import AppLayer
import Bytes
import Decode
import Foundation
import TestSupport
import Testing

@testable import EVE

@Suite struct EVETests {
    private func line(_ configuration: EVEConfiguration = EVEConfiguration(), _ write: (EventWriter) -> Void) throws -> String {
        let path = NSTemporaryDirectory() + "eve-\(UUID().uuidString).json"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let writer = EventWriter(file: try EVEFile(path: path), configuration: configuration)
        write(writer)
        writer.file.flush()
        return try String(contentsOfFile: path, encoding: .utf8)
    }

    private var subject: EventSubject {
        var subject = EventSubject(Packet(), flowNumber: 99)
        subject.time = Timestamp(seconds: 1_700_000_000, microseconds: 42)
        subject.ipVersion = 4
        subject.ipProtocol = 6
        subject.source = IPAddress("10.0.0.1")!
        subject.destination = IPAddress("203.0.113.5")!
        subject.sourcePort = Port(rawValue: 40_000)
        subject.destinationPort = Port(rawValue: 443)
        subject.hasPorts = true
        subject.packetNumber = 7
        return subject
    }

    @Test func frameOfAnEvent() throws {
        let text = try line { writer in
            writer.begin("http", subject, transactionID: 3)
            writer.file.json.endObject()
            writer.file.json.endLine()
        }
        let event = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(event["event_type"] as? String == "http")
        #expect((event["timestamp"] as? String)?.hasPrefix("2023-11-14T22:13:20.000042+0000") == true)
        #expect(event["flow_id"] as? Int == 99 && event["pcap_cnt"] as? Int == 7 && event["tx_id"] as? Int == 3)
        #expect(event["src_ip"] as? String == "10.0.0.1" && event["dest_port"] as? Int == 443 && event["proto"] as? String == "TCP")
    }

    /// Whatever bytes a name holds, the line is one valid JSON text without control characters.
    @Test func hostileBytesStayInTheirString() throws {
        var random = SeededGenerator(seed: 13)
        for _ in 0..<500 {
            let bytes = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = try line { writer in
                writer.begin("dns", subject)
                writer.file.json.key("name")
                writer.file.json.string(bytes)
                writer.file.json.endObject()
                writer.file.json.endLine()
            }
            #expect(text.utf8.dropLast().allSatisfy { $0 >= 0x20 })
            let event = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            #expect(event["name"] is String && event.count > 5)
        }
    }

    @Test func communityIDsOfTheSpecification() {
        // From the reference implementation's table for seed 0.
        var subject = subject
        subject.source = IPAddress("128.232.110.120")!
        subject.destination = IPAddress("66.35.250.204")!
        subject.sourcePort = Port(rawValue: 34_855)
        subject.destinationPort = Port(rawValue: 80)
        for one in [subject, subject.reversed] {
            var json = JSONWriter()
            CommunityID.write(one, seed: 0, to: &json)
            let text = String(decoding: json.buffer.bytes.copied(), as: UTF8.self)
            #expect(text == "\"1:LQU9qZlK+B5F3KDmev6m5PMibrg=\"")
        }
    }

    @Test func aFileThatCannotBeOpenedOrWritten() throws {
        #expect(throws: EVEFile.WriteError.self) { _ = try EVEFile(path: "/nowhere/eve.json") }
        let full = try EVEFile(path: "/dev/full")
        full.json.string("x")
        full.flush()
        #expect(full.failure?.description.contains("/dev/full") == true)
        #expect(full.lostBytes > 0)
    }
}
