import Bytes
import Incidents
import TestSupport

/// Alerts of a province's offices over weeks: made by chance, the same for the same seed.
struct Office {
    static let start = Timestamp(seconds: 1_790_787_600)  // 2026-10-01T00:00+07:00
    static let sensor = SensorIdentity(name: "gateway-1", version: "bench", interfaces: ["eth0"], mode: .offline)

    private struct Rule {
        var sid: Int64
        var message: String
        var classType: String
        var priority: Int
        var isOutward: Bool
    }

    private var random: SeededGenerator
    private var rules: [Rule] = []
    private let step: Double
    private var time: Double
    private var number: Int64 = 0
    static let agencies = 60

    /// - Parameters:
    ///   - count: how many alerts fill the weeks.
    ///   - days: how long they last.
    init(seed: UInt64, count: Int, days: Int) {
        self.init(seed: seed, from: Office.start, step: Double(days) * 86_400e6 / Double(max(1, count)))
    }

    /// - Parameter step: microseconds from one alert to the next.
    init(seed: UInt64, from: Timestamp, step: Double) {
        random = SeededGenerator(seed: seed)
        time = Double(from.microseconds)
        self.step = step
        let kinds: [(String, String, Int, Bool)] = [
            ("ET INFO", "misc-activity", 3, true), ("ET POLICY", "policy-violation", 1, true), ("ET HUNTING", "bad-unknown", 2, true),
            ("ET SCAN", "attempted-recon", 2, false), ("ET EXPLOIT", "attempted-admin", 1, false),
            ("ET MALWARE", "trojan-activity", 1, true),
            ("ET PHISHING", "credential-theft", 1, true), ("SURICATA STREAM", "protocol-command-decode", 3, false),
        ]
        for index in 0..<800 {
            let kind = kinds[index % kinds.count]
            rules.append(
                Rule(
                    sid: Int64(2_000_000 + index), message: "\(kind.0) Observed activity of family \(index) (bench)", classType: kind.1,
                    priority: kind.2, isOutward: kind.3))
        }
    }

    static func directory() throws -> AgencyDirectory {
        let lines = (0..<agencies).map { "  - {code: CQ\($0), name: Cơ quan \($0), level: 3, networks: [{cidr: 10.\($0).0.0/16}]}" }
        return try AgencyDirectory.parse("agencies:\n" + lines.joined(separator: "\n"), file: "agencies.yaml")
    }

    /// Small numbers are much likelier than great ones.
    private mutating func skewed(_ count: Int) -> Int {
        let unit = Double(random.next() >> 11) / 9_007_199_254_740_992
        return min(count - 1, Int(unit * unit * unit * Double(count)))
    }

    private struct Campaign {
        var rule: Int
        var host: Int
        var agency: Int
        var peer: Int
    }

    /// Attacks that go on, each for some hundred alerts.
    private var campaigns: [Campaign] = []

    private mutating func campaign() -> Campaign {
        Campaign(rule: skewed(rules.count), host: skewed(200), agency: skewed(Office.agencies), peer: skewed(50_000))
    }

    mutating func next() -> AlertRecord {
        time += step
        number += 1
        if campaigns.isEmpty { for _ in 0..<40 { campaigns.append(campaign()) } }
        var what = campaign()
        if (3...6).contains(what.rule % 8) {
            let slot = skewed(campaigns.count)
            if random.next() % 500 == 0 {
                campaigns[slot] = what
            } else {
                let rule = what.rule
                what = campaigns[slot]
                what.rule = what.rule - what.rule % 8 + rule % 8
            }
        }
        let rule = rules[what.rule]
        let host = what.host
        let peer = what.peer
        let inside = IPAddress(v4: 10 << 24 | UInt32(what.agency) << 16 | UInt32(host / 100) << 8 | UInt32(2 + host % 100))
        let outside = IPAddress(v4: 198 << 24 | 18 << 16 | UInt32(peer))
        let ports: [UInt16] = [443, 80, 53, 25, 22, 445, 3389, 8443]
        let server = Bytes.Port(rawValue: ports[skewed(ports.count)])
        let client = Bytes.Port(rawValue: 1024 + UInt16(truncatingIfNeeded: random.next() % 60_000))
        var record = AlertRecord(
            time: Timestamp(microseconds: Int64(time)), sid: rule.sid, message: rule.message,
            source: Endpoint(rule.isOutward ? inside : outside, client), destination: Endpoint(rule.isOutward ? outside : inside, server))
        record.classType = rule.classType
        record.priority = rule.priority
        record.transport = .tcp
        record.direction = .toServer
        record.appProtocol = server.rawValue == 443 ? "tls" : "http"
        record.flowID = number / 3
        record.evidenceKey = number / 3
        if rule.isOutward { record.hostname = "host\(peer % 5000).example" }
        if server.rawValue == 80 { record.url = "/path/\(peer)/index.php?id=\(number % 977)" }
        record.packetNumber = number
        return record
    }
}
