import Foundation
import TestSupport
import Testing

@testable import Sensor

/// Frames that a test makes, run through the whole sensor as a capture file.
struct Recording {
    /// An alert as eve.json has it.
    struct Alert: Hashable, Comparable {
        var signature: Int
        /// Number of the packet; nil for what was inspected at the end of a flow.
        var packet: Int?

        static func < (a: Alert, b: Alert) -> Bool { (a.packet ?? .max, a.signature) < (b.packet ?? .max, b.signature) }
    }

    /// Ethernet frames, a millisecond apart.
    var frames: [[UInt8]]
    /// Seconds since the epoch of the first frame.
    var start: UInt32 = 1_700_000_000
    /// Seconds after `start` of each frame, where they are not a millisecond apart.
    var times: [UInt32] = []

    init(_ frames: [[UInt8]]) { self.frames = frames }

    /// A classic pcap file.
    var file: Data {
        func long(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * UInt32($0))) } }
        var bytes = long(0xa1b2_c3d4) + [2, 0, 4, 0] + long(0) + long(0) + long(65535) + long(1)
        for (index, frame) in frames.enumerated() {
            let time = times.isEmpty ? (UInt32(index / 1000), UInt32(index % 1000) * 1000) : (times[index], 0)
            bytes += long(start + time.0) + long(time.1)
            bytes += long(UInt32(frame.count)) + long(UInt32(frame.count)) + frame
        }
        return Data(bytes)
    }

    /// The alerts of rules in the order of eve.json.
    ///
    /// - Parameters:
    ///   - copies: how many captures with these frames stand in the folder that is read; nil reads one file.
    ///   - options: further words of the command line.
    func alerts(_ rules: String, copies: Int? = nil, options: [String] = []) throws -> [Alert] {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("vonggac-recording-" + UUID().uuidString)
        let captures = folder.appendingPathComponent("captures")
        try FileManager.default.createDirectory(at: captures, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        for number in 0..<(copies ?? 1) { try file.write(to: captures.appendingPathComponent("\(number).pcap")) }
        let list = folder.appendingPathComponent("test.rules")
        try Data(rules.utf8).write(to: list)
        let code = SensorProgram.run(
            ["-k", "none", "-S", list.path, "-l", folder.path, "-r", copies == nil ? captures.path + "/0.pcap" : captures.path] + options)
        try #require(code == .done)
        let events = try String(contentsOf: folder.appendingPathComponent("eve.json"), encoding: .utf8)
        return try events.split(separator: "\n").compactMap { line in
            let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
            guard let alert = event?["alert"] as? [String: Any], let signature = alert["signature_id"] as? Int else { return nil }
            return Alert(signature: signature, packet: event?["pcap_cnt"] as? Int)
        }
    }

    /// A request and its answer over HTTP; frames 1–3 are the handshake, 4 the request, 6 the answer.
    static func web(
        request: String = "GET /index.html HTTP/1.1\r\nHost: office.example\r\n\r\n",
        answer: String = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    ) -> Recording {
        var conversation = TCPConversation()
        conversation.request(request)
        conversation.response(answer)
        conversation.finish()
        return Recording(conversation.frames)
    }

    /// One query for a name over UDP.
    static func query(_ name: String, port: UInt16 = 53) -> Recording {
        var builder = PacketBuilder()
        builder.serverPort = port
        let labels = name.split(separator: ".").flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }
        return Recording([builder.udp([0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0] + labels + [0, 0, 1, 0, 1])])
    }
}
