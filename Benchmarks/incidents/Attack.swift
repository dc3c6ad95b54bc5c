import Bytes
import Incidents
import TestSupport

/// An attack on a province's offices that falls on few machines and few rules, as fast as a sensor can see it: a scan of every agency by eight
/// hosts, password guessing on three servers by a botnet, exploits against forty web servers, a flood with forged sources.
struct Attack {
    private var random: SeededGenerator
    private var time: Double
    private let step: Double
    private var number: Int64 = 0

    /// - Parameter step: microseconds from one alert to the next.
    init(seed: UInt64, from: Timestamp, step: Double) {
        random = SeededGenerator(seed: seed)
        time = Double(from.microseconds)
        self.step = step
    }

    private mutating func pick(_ count: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: random.next() % count) }

    private static func inside(_ agency: UInt32, _ host: UInt32) -> IPAddress { IPAddress(v4: 10 << 24 | agency << 16 | host) }

    mutating func next() -> AlertRecord {
        time += step
        number += 1
        let outside = IPAddress(v4: 198 << 24 | 18 << 16)
        let attacker: IPAddress
        let victim: IPAddress
        let port: UInt16
        var rule: (sid: Int64, message: String, classType: String, priority: Int)
        switch pick(100) {
        case ..<35:
            rule = (2_100_000 + Int64(pick(4)), "ET SCAN Sweep of many hosts (bench)", "attempted-recon", 2)
            attacker = IPAddress(v4: outside.v4 + pick(8))
            victim = Attack.inside(pick(60), 2 + pick(250))
            port = [22, 445, 3389, 8080][Int(pick(4))]
        case ..<70:
            rule = (2_110_000 + Int64(pick(3)), "ET SCAN Password guessing (bench)", "unsuccessful-user", 2)
            attacker = IPAddress(v4: outside.v4 + 1000 + pick(400))
            victim = Attack.inside(7, 10 + pick(3))
            port = 22
        case ..<90:
            rule = (2_120_000 + Int64(pick(30)), "ET EXPLOIT Attempt against a web server (bench)", "web-application-attack", 1)
            attacker = IPAddress(v4: outside.v4 + 2000 + pick(25))
            victim = Attack.inside(pick(40), 80)
            port = 443
        default:
            rule = (2_130_000, "ET DOS Flood (bench)", "attempted-dos", 2)
            attacker = IPAddress(v4: UInt32(100) << 24 | pick(20_000))
            victim = Attack.inside(3, 80)
            port = 443
        }
        var record = AlertRecord(
            time: Timestamp(microseconds: Int64(time)), sid: rule.sid, message: rule.message,
            source: Endpoint(attacker, Port(rawValue: 1024 + UInt16(pick(60_000)))), destination: Endpoint(victim, Port(rawValue: port)))
        record.classType = rule.classType
        record.priority = rule.priority
        record.transport = .tcp
        record.direction = .toServer
        record.appProtocol = port == 443 ? "tls" : nil
        record.flowID = number / 2
        record.evidenceKey = number / 2
        if rule.classType == "web-application-attack" { record.url = "/cgi-bin/\(number % 977).php?id=\(number)" }
        record.packetNumber = number
        return record
    }
}
