import Bytes
import Foundation
import Incidents
import TestSupport

/// A bad night: ten alerts that became ten incidents of ten agencies three and a half hours ago. The fourth has packets, whose request
/// would rename the terminal, clear it, and write from right to left, if it could.
enum Night {
    static let kinds = [
        "PORTSCAN", "BRUTEFORCE", "BRUTE_SUCCESS", "EXPLOIT", "WEBSHELL", "DEFACEMENT", "MALWARE_DOWNLOAD", "DNS_TUNNEL", "PHISHING",
        "FLOOD",
    ]
    static let url = "/\u{1b}]0;PWNED\u{7}\u{1b}[2J\u{1b}[31m\u{202e}?q=\u{9b}5m"

    /// The desk's own incident is taken away: the night begins with nothing.
    static func desk() throws -> Desk {
        let desk = try Desk()
        for name in try FileManager.default.contentsOfDirectory(atPath: desk.folder) {
            try FileManager.default.removeItem(atPath: desk.folder + "/" + name)
        }
        let agencies = (1...10).map { number -> String in
            let pad = number < 10 ? "0\(number)" : "\(number)"
            return "{code: XA\(pad), name: Xã \(number), name_en: Commune \(number), level: 2, networks: [{cidr: 10.20.\(number).0/24}]}"
        }
        let directory = try AgencyDirectory.parse("agencies: [\(agencies.joined(separator: ", "))]", file: "a.yaml")
        let store = try IncidentStore(path: desk.folder + "/incidents.sqlite")
        try store.importAgencies(directory, from: "a.yaml", by: Hand("test"))
        let folder = try EvidenceFolder(path: desk.folder + "/evidence")
        let writer = try AlertWriter(
            store: store, sensor: SensorIdentity(name: "gw", version: "0.1", interfaces: ["eth0"], mode: .live),
            table: CorrelationTable.load(file: ProjectFiles.path("Rules/correlation.yaml")), directory: directory, policy: .wait)
        let start = Timestamp.now.microseconds - 210 * 60_000_000
        for (index, kind) in kinds.enumerated() {
            let number = index + 1
            let time = Timestamp(microseconds: start + Int64(index) * 60_000_000)
            let inside = Endpoint(IPAddress("10.20.\(number).7")!, Port(rawValue: 80))
            let outside = Endpoint(IPAddress("198.51.100.\(number)")!, Port(rawValue: 40_000))
            let callsOut = kind == "MALWARE_DOWNLOAD" || kind == "DNS_TUNNEL"
            var alert = AlertRecord(
                time: time, sid: Int64(9_000_000 + number), message: "Night \(kind)\u{1b}[31m", source: callsOut ? inside : outside,
                destination: callsOut ? outside : inside)
            alert.transport = .tcp
            alert.categoryHint = kind
            alert.direction = .toServer
            alert.flowID = Int64(number)
            alert.evidenceKey = Int64(number)
            if kind == "EXPLOIT" {
                alert.appProtocol = "http"
                alert.hostname = "mot-cua.xa4.example"
                alert.url = url
            }
            _ = writer.submit(alert)
            guard kind == "EXPLOIT" else { continue }
            let packets = packets(time)
            _ = writer.submit(
                EvidenceRecord(
                    digest: try folder.store(packets), size: Int64(packets.count), kind: .pcap, time: time, key: Int64(number),
                    description: "packets of the flow"))
        }
        try writer.close()
        return desk
    }

    private static func packets(_ time: Timestamp) -> [UInt8] {
        var builder = PacketBuilder()
        builder.client = [198, 51, 100, 4]
        builder.server = [10, 20, 4, 7]
        var conversation = TCPConversation(builder)
        conversation.request("GET \(url) HTTP/1.1\r\nHost: mot-cua.xa4.example\r\nUser-Agent: x\u{1b}[5m\r\n\r\n")
        conversation.response("HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nContent-Type: text/plain\r\n\r\nn\u{1b}[m")
        conversation.finish()
        var file = PcapFile(linkType: .ethernet)
        for frame in conversation.frames { file.add(time: time, wireLength: frame.count, frame) }
        return file.bytes
    }
}
