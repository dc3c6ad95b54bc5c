import Foundation
import Incidents
import TestSupport
import Testing

@testable import Sensor

/// Several workers over a capture: the events of one, in the same order.
@Suite struct WorkerPoolTests {
    private static let everything = """
        outputs:
          - eve-log:
              enabled: yes
              filename: eve.json
              types:
                - alert:
                    tagged-packets: yes
                - flow
                - http
                - dns

        """

    private func run(_ frames: [[UInt8]], _ rules: String, workers: Int) throws -> EngineRun {
        try EngineRun(
            frames, rules: rules, configuration: WorkerPoolTests.everything,
            workers == 1 ? [] : ["--runmode", "workers", "--set", "pcap-file.threads=\(workers)"])
    }

    /// The events with nothing left out but what tells of the run itself.
    private func lines(_ run: EngineRun) throws -> [String] {
        try run.events.filter { $0["event_type"] as? String != "stats" }.map { event in
            var event = event
            event["pcap_filename"] = nil
            return String(decoding: try JSONSerialization.data(withJSONObject: event, options: .sortedKeys), as: UTF8.self)
        }
    }

    /// A DNS query for `<number>.<word>`.
    private func query(_ word: String, _ number: UInt8) -> [UInt8] {
        let label = Array(String(number).utf8)
        return [1, number, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, UInt8(label.count)] + label + [UInt8(word.utf8.count)] + Array(word.utf8) + [
            0, 0, 1, 0, 1,
        ]
    }

    /// Datagrams between many hosts, in an order that mixes them.
    private func crowd(_ seed: UInt64, packets: Int) -> [[UInt8]] {
        var random = SeededGenerator(seed: seed)
        let words = ["alpha", "beta", "gamma", "delta"]
        return (0..<packets).map { _ in
            var builder = PacketBuilder()
            builder.client = [10, 0, 0, UInt8.random(in: 1...6, using: &random)]
            builder.server = [192, 0, 2, UInt8.random(in: 1...40, using: &random)]
            builder.clientPort = UInt16.random(in: 40_000...40_020, using: &random)
            builder.serverPort = 9000
            let word = words[Int.random(in: 0..<words.count, using: &random)]
            if Int.random(in: 0..<4, using: &random) == 0 {
                builder.serverPort = 53
                return builder.udp(query(word, UInt8.random(in: 0..<30, using: &random)))
            }
            return builder.udp(Array("\(word) \(Int.random(in: 0..<30, using: &random))".utf8))
        }
    }

    /// What rules remember about hosts and rules crosses from worker to worker, packet by packet.
    @Test(arguments: [2, 3, 4]) func whatRulesShareIsSharedInTheOrderOfThePackets(workers: Int) throws {
        let rules = """
            alert udp any any -> any any (msg:"limit"; content:"alpha"; threshold:type limit,track by_src,count 3,seconds 1; sid:1;)
            alert udp any any -> any any (msg:"threshold"; content:"beta"; threshold:type threshold,track by_src,count 7,seconds 60; sid:2;)
            alert udp any any -> any any (msg:"both"; content:"gamma"; threshold:type both,track by_rule,count 5,seconds 1; sid:3;)
            alert udp any any -> any any (msg:"set"; content:"delta 1"; xbits:set,seen,track ip_src,expire 1; sid:4;)
            alert udp any any -> any any (msg:"isset"; content:"alpha 2"; xbits:isset,seen,track ip_src; sid:5;)
            alert udp any any -> any any (msg:"toggle"; content:"beta 1"; hostbits:toggle,half,src; sid:6;)
            alert udp any any -> any any (msg:"half"; content:"gamma 2"; hostbits:isset,half,src; sid:7;)
            alert dns any any -> any any (msg:"new"; dns.query; content:"alpha"; dataset:set,words,type string; sid:8;)
            alert udp any any -> any any (msg:"tag"; content:"delta 29"; tag:host,5,packets,src; sid:9;)
            alert udp any any -> any any (msg:"by flow"; content:"delta"; threshold:type limit,track by_flow,count 1,seconds 60; sid:10;)
            """
        let frames = crowd(1, packets: 2500)
        let one = try run(frames, rules, workers: 1)
        #expect(Set(one.sids) == Set([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]))
        #expect(!one.of("packet").isEmpty)
        #expect(try lines(run(frames, rules, workers: workers)) == lines(one))
    }

    /// What belongs together comes to one worker: fragments, both ways, ICMP errors, a connection that FTP announces.
    @Test(arguments: [2, 4]) func whatBelongsTogetherStaysTogether(workers: Int) throws {
        var frames: [[UInt8]] = []
        for host in 1...12 as ClosedRange<UInt8> {
            var builder = PacketBuilder()
            builder.client = [10, 0, 1, host]
            var web = TCPConversation(builder)
            web.request("GET /evil HTTP/1.1\r\nHost: office.example\r\n\r\n")
            web.response("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil")
            if host % 2 == 0 { web.finish() }
            frames += web.frames
            builder.serverPort = 21
            var control = TCPConversation(builder)
            control.response("220 ready\r\n")
            control.request("USER anna\r\n")
            control.response("331 password\r\n")
            control.request("PASS secret\r\n")
            control.response("230 in\r\n")
            control.request("PASV\r\n")
            control.response("227 Entering Passive Mode (192,0,2,80,200,\(host))\r\n")
            control.request("RETR secret.txt\r\n")
            control.response("150 here it comes\r\n")
            builder.clientPort = 41_000
            builder.serverPort = 200 << 8 | UInt16(host)
            var data = TCPConversation(builder)
            data.response("the secret")
            data.finish()
            frames += control.frames + data.frames
        }
        let rules = """
            alert http any any -> any any (http.uri; content:"/evil"; flowbits:set,asked; sid:1;)
            alert http any any -> any any (flow:to_client; file.data; content:"evil"; flowbits:isset,asked; sid:2;)
            alert ftp-data any any -> any any (ftpdata_command:retr; sid:3;)
            """
        let one = try run(frames, rules, workers: 1)
        #expect(Set(one.sids) == [1, 2, 3])
        #expect(try lines(run(frames, rules, workers: workers)) == lines(one))
    }

    /// A recording, with the shipped rules and the incident record.
    @Test func aRecordingGivesTheSameIncidents() throws {
        func run(_ more: [String]) throws -> (alerts: [Substring], incidents: [String]) {
            let folder = NSTemporaryDirectory() + "vonggac-pool-" + UUID().uuidString
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let code = SensorProgram.run(
                [
                    "-k", "none", "-S", ProjectFiles.path("Rules/*.rules"), "-l", folder, "-r",
                    ProjectFiles.path("Tests/Fixtures/Lab/attack-day.pcap"),
                    "--incidents", folder + "/incidents.sqlite", "--set",
                    "incidents.agencies=" + ProjectFiles.path("Tests/Fixtures/Lab/agencies.yaml"),
                    "--set", "incidents.correlation=" + ProjectFiles.path("Rules/correlation.yaml"),
                ] + more)
            try #require(code == .done)
            let store = try IncidentStore(path: folder + "/incidents.sqlite", mode: .readOnly)
            #expect(try store.auditLedger().findings.isEmpty)
            let incidents = try store.incidents().map { incident in
                "\(incident.code) \(incident.category.rawValue) \(incident.agency ?? "-") \(try store.evidence(incident: incident.code).count)"
            }
            let lines = try String(contentsOfFile: folder + "/eve.json", encoding: .utf8).split(separator: "\n")
            return (lines.filter { $0.contains("\"event_type\":\"alert\"") }, incidents)
        }
        let one = try run([])
        #expect(one.alerts.count > 20 && one.incidents.count > 8)
        let three = try run(["--runmode", "autofp", "--set", "pcap-file.threads=3"])
        #expect(three.alerts == one.alerts)
        #expect(three.incidents == one.incidents)
    }

    @Test func aCaptureThatBreaksOffIsReadToTheBreak() throws {
        let folder = NSTemporaryDirectory() + "vonggac-pool-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let whole = EngineRun.capture(crowd(3, packets: 500))
        try Data(whole.dropLast(7)).write(to: URL(fileURLWithPath: folder + "/a.pcap"))
        try Data([1, 2, 3, 4, 5, 6, 7, 8]).write(to: URL(fileURLWithPath: folder + "/no.pcap"))
        let pool = ["--runmode", "workers", "--set", "pcap-file.threads=2", "--disable-detection", "-l", folder]
        #expect(SensorProgram.run(pool + ["-r", folder + "/a.pcap"]) == .done)
        let text = try String(contentsOfFile: folder + "/eve.json", encoding: .utf8)
        #expect(text.contains("\"decoder\":{\"pkts\":499,"), "\(text.suffix(2000))")
        #expect(SensorProgram.run(pool + ["-r", folder + "/no.pcap"]) == .failed)
        #expect(SensorProgram.run(pool + ["-r", folder + "/a.pcap", "not a filter"]) == .failed)
    }
}
