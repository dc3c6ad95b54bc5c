import Bytes
import Digest
import Foundation
import Incidents
import Sensor
import Terminal
import Trust
import Wording

/// A piece of evidence as the screen shows it.
struct EvidenceContent: Sendable {
    var title: String
    var lines: [PaneLine]

    /// Packets that are shown, and bytes of each; all of it is there at the command line.
    private static let mostPackets = 200
    private static let mostBytes = 4096
    private static let mostLines = 5000

    /// - Parameters:
    ///   - path: where its bytes lie, for what reads capture files.
    init(_ item: EvidenceItem, _ bytes: [UInt8], path: String, _ session: Session) {
        title =
            " \(session.text("Chứng cứ", "Evidence")) \(item.id)  \(session.name(item.kind))  \(item.size) B  \(session.description(of: item))"
        if let capture = try? CaptureContent(path, most: EvidenceContent.mostPackets) {
            title += session.text("  \(capture.packets.count) gói", "  \(capture.packets.count) packets")
            lines = EvidenceContent.lines(capture, session)
        } else if let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) {
            lines = EvidenceView.plain(text).split(separator: "\n", omittingEmptySubsequences: false).prefix(EvidenceContent.mostLines)
                .map { PaneLine(String($0).replacing("\t", with: "    ")) }
        } else {
            lines = HexDump.lines(bytes.prefix(EvidenceContent.mostBytes * 4)).map { PaneLine($0) }
            if bytes.count > EvidenceContent.mostBytes * 4 { lines.append(PaneLine("…", .quiet)) }
        }
    }

    private static func lines(_ capture: CaptureContent, _ session: Session) -> [PaneLine] {
        var lines: [PaneLine] = []
        for event in capture.events { lines += transaction(event, session) }
        for packet in capture.packets {
            lines.append(
                PaneLine(
                    StyledLine("#\(packet.number) ", .strong).adding(time(packet.time) + "  ", .quiet).adding(packet.summary, .strong),
                    isHead: true, indent: 4))
            lines += HexDump.lines(packet.bytes.prefix(mostBytes)).map { PaneLine("  " + $0) }
            if packet.bytes.count > mostBytes { lines.append(PaneLine("  …", .quiet)) }
        }
        if capture.morePackets > 0 {
            lines.append(
                PaneLine(
                    session.text(
                        "… và \(capture.morePackets) gói nữa (evidence view --raw | tcpdump -nr -)",
                        "… and \(capture.morePackets) more packets (evidence view --raw | tcpdump -nr -)"), .quiet))
        }
        return lines
    }

    /// `08:00:01.123456`.
    private static func time(_ time: Timestamp) -> String {
        let fraction = String(time.subsecondMicroseconds)
        return LocalTime.text(time).suffix(8) + "." + String(repeating: "0", count: 6 - min(6, fraction.count)) + fraction
    }

    /// Members of an event that every event has.
    private static let common: Set<String> = [
        "timestamp", "flow_id", "pcap_cnt", "event_type", "src_ip", "src_port", "dest_ip", "dest_port", "proto", "ip_v", "pkt_src", "tx_id",
        "vlan", "tx_guessed", "app_proto", "icmp_type", "icmp_code", "community_id",
    ]

    /// An event as a heading and its members.
    private static func transaction(_ text: String, _ session: Session) -> [PaneLine] {
        guard let event = try? JSONValue(parsing: text), case .object(let members) = event, let type = members["event_type"]?.text else {
            return []
        }
        var ends = members["src_ip"]?.text ?? ""
        if let port = members["src_port"]?.integer { ends += ":\(port)" }
        ends += " → " + (members["dest_ip"]?.text ?? "")
        if let port = members["dest_port"]?.integer { ends += ":\(port)" }
        let application = members["app_proto"]?.text.map { "  \($0)" } ?? ""
        var lines = [PaneLine(StyledLine(type.uppercased() + "  ", .strong).adding(ends + application, .quiet), isHead: true, indent: 4)]
        for (key, value) in members.sorted(by: { $0.key < $1.key }) where !common.contains(key) {
            lines += self.members(value, key == type ? "" : key)
        }
        return lines
    }

    /// `name  value`, objects and lists taken apart.
    private static func members(_ value: JSONValue, _ name: String, depth: Int = 0) -> [PaneLine] {
        func line(_ text: String) -> [PaneLine] {
            [PaneLine(StyledLine("  " + DisplayText.fitted(name, to: 24) + " ", .quiet).adding(text), indent: 27)]
        }
        switch value {
        case .null: return []
        case .bool(let flag): return line(flag ? "true" : "false")
        case .integer(let number): return line(String(number))
        case .number(let number): return line(String(number))
        case .string(let text): return line(text)
        case .array(let values):
            let isPlain = values.allSatisfy { if case .object = $0 { false } else { $0.elements == nil } }
            if isPlain { return line(values.map { $0.text ?? $0.integer.map { String($0) } ?? "" }.joined(separator: ", ")) }
            return values.enumerated().flatMap { members($1, "\(name)[\($0)]", depth: depth + 1) }
        case .object(let members):
            guard depth < 6 else { return line("…") }
            return members.sorted { $0.key < $1.key }.flatMap { self.members($1, name.isEmpty ? $0 : "\(name).\($0)", depth: depth + 1) }
        }
    }
}

/// Bytes in rows of sixteen: offset, hexadecimal, text.
enum HexDump {
    static func lines(_ bytes: ArraySlice<UInt8>) -> [String] {
        stride(from: bytes.startIndex, to: bytes.endIndex, by: 16).map { start in
            let row = bytes[start..<min(start + 16, bytes.endIndex)]
            let hex = row.map { Hex.encoded([$0]) }.joined(separator: " ")
            let text = String(decoding: row.map { ASCII.isPrintable($0) ? $0 : 46 }, as: UTF8.self)
            let offset = String(start, radix: 16)
            return String(repeating: "0", count: 6 - min(6, offset.count)) + offset + "  " + hex
                + String(repeating: " ", count: 49 - hex.count) + text
        }
    }
}
