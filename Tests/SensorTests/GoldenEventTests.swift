import AppLayer
import Foundation
import TestSupport
import Testing

@testable import Sensor

/// Every kind of event that the sensor writes, whole: `Golden/<event_type>.txt` holds a conversation and the lines of that type.
@Suite struct GoldenEventTests {
    private static let folder = ProjectFiles.path("Tests/SensorTests/Golden")
    /// Written by the sensor itself, not by a protocol.
    private static let ownTypes: Set<String> = [
        "alert", "anomaly", "arp", "drop", "fileinfo", "flow", "frame", "netflow", "packet", "stats",
    ]

    private static var files: [String] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
        return names.filter { $0.hasSuffix(".txt") }.sorted()
    }

    @Test func everyTypeHasItsFile() {
        let types = ProtocolRegistry.all.compactMap { $0.eventType?.description }
        #expect(Set(GoldenEventTests.files) == Set(types + Array(GoldenEventTests.ownTypes)).mapSet { $0 + ".txt" })
    }

    @Test(arguments: files) func event(_ file: String) throws {
        let path = GoldenEventTests.folder + "/" + file
        let script = try GoldenScript(String(contentsOfFile: path, encoding: .utf8))
        let type = String(file.dropLast(4))
        let events = try script.run().of(type)
        let lines = try events.map(GoldenScript.line)
        // To write the lines anew after a change that is meant: look at the difference before it is kept.
        if ProcessInfo.processInfo.environment["VONGGAC_GOLDEN"] == "write" {
            try (script.source + lines.map { "= " + $0 }).map { $0 + "\n" }.joined().write(toFile: path, atomically: true, encoding: .utf8)
            return
        }
        #expect(!script.expected.isEmpty)
        #expect(lines == script.expected)
    }
}

extension Set<String> {
    fileprivate func mapSet(_ change: (String) -> String) -> Set<String> { Set(map(change)) }
}

/// A conversation and what is expected of it. A line each:
///
///     # …                   a remark
///     tcp 80                what follows goes over TCP to this port of the server, or `udp 53`
///     vlan 7                its frames carry this tag
///     > 16 03 01, > "GET"   the client says these bytes, in hex or as text with \r \n \xhh
///     < …                   the server does
///     frame 02 00 …         a whole frame
///     option --set a=b      words of the command line
///     rule alert …          a rule
///     | outputs: …          a line of suricata.yaml
///     = {…}                 an event of the file's type, names sorted
struct GoldenScript {
    /// All but the expected lines.
    private(set) var source: [String] = []
    private(set) var expected: [String] = []
    private var frames: [[UInt8]] = []
    private var rules = ""
    private var options: [String] = []
    private var configuration: String?

    init(_ text: String) throws {
        var builder = PacketBuilder()
        var conversation: TCPConversation?
        var isStream = true
        func end(_ frames: inout [[UInt8]]) {
            conversation?.finish()
            frames += conversation?.frames ?? []
            conversation = nil
        }
        for line in text.split(separator: "\n").map(String.init) {
            let word = String(line.prefix { $0 != " " })
            let rest = String(line.dropFirst(word.count + 1))
            if word == "=" {
                expected.append(rest)
                continue
            }
            source.append(line)
            switch word {
            case "#": break
            case "tcp", "udp":
                end(&frames)
                isStream = word == "tcp"
                builder.serverPort = try #require(UInt16(rest))
                // Each conversation has a port of its own.
                builder.clientPort += 1
            case "vlan": builder.vlans.append(try #require(UInt16(rest)))
            case ">", "<":
                let bytes = try GoldenScript.bytes(rest)
                guard isStream else {
                    frames.append(builder.udp(bytes, toServer: word == ">"))
                    continue
                }
                var open = conversation ?? TCPConversation(builder)
                if word == ">" { open.request(bytes) } else { open.response(bytes) }
                conversation = open
            case "frame":
                end(&frames)
                frames.append(try GoldenScript.bytes(rest))
            case "option": options += rest.split(separator: " ").map(String.init)
            case "rule": rules += rest + "\n"
            case "|": configuration = (configuration ?? "") + rest + "\n"
            default: throw GoldenScriptError(line: line)
            }
        }
        end(&frames)
    }

    func run() throws -> EngineRun { try EngineRun(frames, rules: rules, configuration: configuration, options) }

    /// Hex digits, or text in quotes.
    private static func bytes(_ text: String) throws -> [UInt8] {
        var result: [UInt8] = []
        guard text.hasPrefix("\""), text.hasSuffix("\""), text.count > 1 else {
            let digits = text.filter { !$0.isWhitespace }
            guard digits.count % 2 == 0 else { throw GoldenScriptError(line: text) }
            for index in stride(from: 0, to: digits.count, by: 2) {
                result.append(try #require(UInt8(digits.dropFirst(index).prefix(2), radix: 16)))
            }
            return result
        }
        var rest = text.utf8.dropFirst().dropLast()
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
                result.append(byte)
                continue
            }
            switch escape {
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "x"):
                result.append(try #require(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)))
                rest = rest.dropFirst(2)
            default: result.append(escape)
            }
        }
        return result
    }

    /// The event with its names sorted, without what differs from run to run: the flow's number and the file's folder; times in UTC.
    static func line(_ event: [String: Any]) throws -> String {
        var event = event
        // Counters are written by the clock on the wall.
        if event["event_type"] as? String == "stats" { event["timestamp"] = nil }
        let data = try JSONSerialization.data(withJSONObject: stable(event), options: [.sortedKeys, .withoutEscapingSlashes])
        return String(decoding: data, as: UTF8.self)
    }

    private static func stable(_ value: Any) -> Any {
        if let object = value as? [String: Any] {
            var copy = object.mapValues(stable)
            if copy["flow_id"] != nil { copy["flow_id"] = 1 }
            if copy["pcap_filename"] != nil { copy["pcap_filename"] = "in.pcap" }
            return copy
        }
        if let list = value as? [Any] { return list.map(stable) }
        if let text = value as? String, let zone = text.wholeMatch(of: /(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{6})([+-]\d{4})/) {
            guard let instant = try? Date(zone.1 + String(zone.3), strategy: .iso8601.timeZone(separator: .omitted)) else { return text }
            return instant.formatted(.iso8601.timeZone(separator: .omitted)).replacing("Z", with: "\(zone.2)+0000")
        }
        return value
    }
}

struct GoldenScriptError: Error { let line: String }
