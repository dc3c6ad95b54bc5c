import Bytes
import Capture
import Decode
import EVE

/// What a capture file holds, for who looks at evidence: its packets, and what the parsers make of them. The same code that ran when the
/// packets came by; no rules.
public struct CaptureContent: Sendable {
    public struct Packet: Sendable {
        /// From 1.
        public var number: UInt64
        public var time: Timestamp
        /// On the wire, which may be more than was kept.
        public var wireLength: Int
        public var bytes: [UInt8]
        /// `10.0.0.1:40000 → 10.0.0.2:80  TCP [PSH ACK]  120 B`.
        public var summary: String
    }

    public private(set) var packets: [Packet] = []
    /// Packets that are there beyond those.
    public private(set) var morePackets: UInt64 = 0
    /// Lines of JSON as eve.json has them: transactions, files, flows, anomalies.
    public private(set) var events: [String] = []

    /// Reads a capture.
    /// - Parameters:
    ///   - most: packets that are given; all are read for the events.
    ///   - mostEvents: lines that are given.
    /// - Throws: ``CaptureError`` where it is no capture.
    public init(_ path: String, most: Int, mostEvents: Int = 200) throws {
        var reader = try CaptureFileReader.open(path)
        var configuration = try SensorConfiguration(nil)
        // Evidence may begin in the middle of a connection.
        configuration.tcp.midstream = true
        var output = EVEConfiguration.everything
        output.stats = false
        output.namesCaptureFile = false
        let file = EVEFile(gatheringFor: path)
        let worker = try Worker(
            configuration: configuration, rules: nil, outputs: [EventWriter(file: file, configuration: output)], verifiesChecksums: .off)
        let decoder = Decoder()
        var decoded = Decode.Packet()
        var number: UInt64 = 0
        while let record = try reader.next() {
            number += 1
            let frame = reader.frame(record)
            if packets.count < most {
                decoder.decode(
                    frame, linkType: record.linkType, time: record.time, number: number, wireLength: record.wireLength, into: &decoded)
                packets.append(
                    Packet(
                        number: number, time: record.time, wireLength: Int(record.wireLength), bytes: frame.copied(),
                        summary: CaptureContent.summary(decoded)))
            } else {
                morePackets += 1
            }
            worker.process(frame, linkType: record.linkType, time: record.time, number: number, wireLength: record.wireLength)
        }
        worker.endAllFlows()
        events = String(decoding: file.takeLines(), as: UTF8.self).split(separator: "\n").prefix(mostEvents).map(String.init)
    }

    private static func summary(_ packet: Decode.Packet) -> String {
        guard packet.ipVersion != 0 else { return "EtherType 0x\(String(packet.etherType, radix: 16))  \(packet.wireLength) B" }
        var text = end(packet.source, packet.sourcePort, packet) + " → " + end(packet.destination, packet.destinationPort, packet) + "  "
        switch packet.transport {
        case .tcp:
            let names: [(TCPFlags, String)] = [
                (.syn, "SYN"), (.fin, "FIN"), (.rst, "RST"), (.psh, "PSH"), (.ack, "ACK"), (.urg, "URG"), (.ece, "ECE"), (.cwr, "CWR"),
            ]
            let flags = names.filter { packet.tcpFlags.contains($0.0) }.map(\.1).joined(separator: " ")
            text += "TCP [\(flags)]"
        case .udp: text += "UDP"
        case .icmpv4: text += "ICMP \(packet.icmpType)/\(packet.icmpCode)"
        case .icmpv6: text += "ICMPv6 \(packet.icmpType)/\(packet.icmpCode)"
        case .sctp: text += "SCTP"
        case .gre: text += "GRE"
        case .esp: text += "ESP"
        case .none: text += "IP \(packet.ipProtocol)"
        }
        return text + "  \(packet.payloadLength) B"
    }

    private static func end(_ address: IPAddress, _ port: Port, _ packet: Decode.Packet) -> String {
        switch packet.transport {
        case .tcp, .udp, .sctp: address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)"
        default: "\(address)"
        }
    }
}
