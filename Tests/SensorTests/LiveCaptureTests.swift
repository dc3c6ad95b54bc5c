import Foundation
import Incidents
import TestSupport
import Testing

/// What the live test needs that this machine does not have; nil where it can run.
private let obstacle: String? = {
    guard geteuid() == 0 else { return "needs root" }
    for tool in ["ip", "tcpreplay", "ethtool"]
    where !["/usr/sbin/", "/usr/bin/", "/sbin/", "/bin/"].contains(where: { FileManager.default.isExecutableFile(atPath: $0 + tool) }) {
        return "needs \(tool): make lab-deps"
    }
    let name = "vgprobe\(getpid())"
    guard (try? Command("ip", "netns", "add", name).finish()) == 0 else { return "needs network namespaces" }
    _ = try? Command("ip", "netns", "del", name).finish()
    return nil
}()

/// The sensor at a wire: Tests/Lab/lab replays a recording onto it.
@Suite(.enabled(if: obstacle == nil, Comment(rawValue: obstacle ?? "")), .serialized, .timeLimit(.minutes(3)))
struct LiveCaptureTests {
    private let recording = ProjectFiles.path("Tests/Fixtures/Lab/attack-day.pcap")

    private func folder() throws -> String {
        let path = NSTemporaryDirectory() + "vonggac-live-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func arguments(_ folder: String) -> [String] {
        [
            "-k", "none", "-S", ProjectFiles.path("Rules/*.rules"), "-l", folder, "--incidents", folder + "/incidents.sqlite", "--set",
            "incidents.agencies=" + ProjectFiles.path("Tests/Fixtures/Lab/agencies.yaml"), "--set",
            "incidents.correlation=" + ProjectFiles.path("Rules/correlation.yaml"), "--set", "incidents.sensor-name=wire",
        ]
    }

    /// Rule and ends of each alert, sorted.
    private func alerts(_ folder: String) throws -> [String] {
        try String(contentsOfFile: folder + "/eve.json", encoding: .utf8).split(separator: "\n").compactMap { line in
            guard let event = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any],
                let alert = event["alert"] as? [String: Any]
            else { return nil }
            return ["src_ip", "src_port", "dest_ip", "dest_port"].reduce(String(alert["signature_id"] as? Int ?? 0)) {
                "\($0) \(event[$1] as? String ?? (event[$1] as? Int).map { String($0) } ?? "-")"
            }
        }.sorted()
    }

    @Test func theWireGivesTheAlertsOfTheFile() throws {
        let (live, file) = (try folder(), try folder())
        defer { for path in [live, file] { try? FileManager.default.removeItem(atPath: path) } }
        let replay = try Command(ProjectFiles.path("Tests/Lab/lab"), "replay", recording)
        let ready = try replay.wait(for: "namespace=")
        let words = Dictionary(
            ready.split(separator: " ").map { $0.split(separator: "=") }.filter { $0.count == 2 }.map { ($0[0], $0[1]) },
            uniquingKeysWith: { first, _ in first })
        let namespace = String(try #require(words["namespace"]))
        let sensor = try Command(["ip", "netns", "exec", namespace, Command.built("vonggac-sensor"), "-i", "rp1"] + arguments(live))
        _ = try sensor.wait(for: "capturing on rp1")
        try replay.send(line: "go")
        _ = try replay.wait(for: "done")
        let sent = ContinuousClock.now
        sensor.signal(SIGTERM)
        #expect(try sensor.finish() == 0)
        #expect(ContinuousClock.now - sent < .seconds(10))
        _ = try replay.finish()
        #expect(sensor.output.contains("7926 packets received, 0 dropped by the kernel"), "\(sensor.output)")

        let reader = try Command([Command.built("vonggac-sensor"), "-r", recording] + arguments(file))
        #expect(try reader.finish() == 0)
        #expect(try alerts(live) == alerts(file))
        #expect(try alerts(live).count > 20)
        let events = try String(contentsOfFile: live + "/eve.json", encoding: .utf8).split(separator: "\n")
        let counters = try #require(events.last { $0.contains("\"event_type\":\"stats\"") })
        #expect(counters.contains("\"kernel_packets\":7926") && counters.contains("\"kernel_drops\":0"), "\(counters)")

        let store = try IncidentStore(path: live + "/incidents.sqlite", mode: .readOnly)
        #expect(try store.alertCount() == alerts(live).count)
        #expect(try store.auditLedger().findings.isEmpty)
        let status = try store.sensors(from: LocalTime.parse("2026-01-01")!, until: LocalTime.parse("2100-01-01")!)
        #expect(status.first?.packets == 7926)
        #expect((status.first?.coveredSeconds ?? 0) > 1)
    }

    @Test func aSilentWireIsLeftAtOnceAndAMissingOneIsAnError() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let name = "vgsilent\(getpid())"
        _ = try Command("ip", "netns", "add", name).finish()
        defer { _ = try? Command("ip", "netns", "del", name).finish() }
        for (a, b) in [("a0", "b0"), ("a1", "b1")] {
            _ = try Command("ip", "-n", name, "link", "add", a, "type", "veth", "peer", "name", b).finish()
            for end in [a, b] { _ = try Command("ip", "-n", name, "link", "set", end, "up").finish() }
        }
        let sensor = try Command(
            ["ip", "netns", "exec", name, Command.built("vonggac-sensor"), "-i", "b0", "-i", "b1", "--disable-detection", "-l", folder])
        _ = try sensor.wait(for: "capturing on b0, b1")
        let sent = ContinuousClock.now
        sensor.signal(SIGINT)
        #expect(try sensor.finish() == 0)
        #expect(ContinuousClock.now - sent < .seconds(5))

        let missing = try Command(
            ["ip", "netns", "exec", name, Command.built("vonggac-sensor"), "-i", "nosuch0", "--disable-detection", "-l", folder])
        #expect(try missing.finish() == 1)
        #expect(missing.output.contains("nosuch0"))
    }

    /// Conversations on two wires at once: each alert names the wire, and each wire its packets.
    @Test func severalWiresAreWatchedAtOnce() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let name = "vgwires\(getpid())"
        _ = try Command("ip", "netns", "add", name).finish()
        defer { _ = try? Command("ip", "netns", "del", name).finish() }
        let wires = [(outer: "a0", inner: "b0", client: UInt16(41_000)), (outer: "a1", inner: "b1", client: 42_000)]
        for wire in wires {
            _ = try Command("ip", "-n", name, "link", "add", wire.outer, "type", "veth", "peer", "name", wire.inner).finish()
            for end in [wire.outer, wire.inner] { _ = try Command("ip", "-n", name, "link", "set", end, "up").finish() }
            var builder = PacketBuilder()
            builder.clientPort = wire.client
            var frames: [[UInt8]] = []
            for number in 0..<20 {
                var conversation = TCPConversation(builder)
                conversation.request("GET /evil/\(number) HTTP/1.1\r\nHost: office.example\r\n\r\n")
                conversation.response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
                conversation.finish()
                frames += conversation.frames
                builder.clientPort += 1
            }
            try Recording(frames).file.write(to: URL(fileURLWithPath: folder + "/" + wire.outer + ".pcap"))
        }
        try #"alert http any any -> any any (msg:"evil"; http.uri; content:"/evil/"; sid:1;)"#.appending("\n")
            .write(toFile: folder + "/test.rules", atomically: true, encoding: .utf8)
        let sensor = try Command([
            "ip", "netns", "exec", name, Command.built("vonggac-sensor"), "-k", "none", "-i", "b0", "-i", "b1",
            "-S", folder + "/test.rules", "-l", folder,
        ])
        _ = try sensor.wait(for: "capturing on b0, b1")
        let replays = try wires.map { wire in
            try Command([
                "ip", "netns", "exec", name, "tcpreplay", "--pps=2000", "-i", wire.outer, folder + "/" + wire.outer + ".pcap",
            ])
        }
        for replay in replays { #expect(try replay.finish() == 0, "\(replay.output)") }
        sensor.signal(SIGTERM)
        #expect(try sensor.finish() == 0)
        var alerts: [String: Set<Int>] = [:]
        for line in try String(contentsOfFile: folder + "/eve.json", encoding: .utf8).split(separator: "\n") {
            let event = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            guard event["event_type"] as? String == "alert" else { continue }
            let wire = try #require(event["in_iface"] as? String)
            alerts[wire, default: []].insert(try #require(event["src_port"] as? Int))
        }
        #expect(alerts == ["b0": Set(41_000..<41_020), "b1": Set(42_000..<42_020)])
        for wire in wires { #expect(sensor.output.contains("\(wire.inner): "), "\(sensor.output)") }
    }

    /// Rules are exchanged twice while packets come: none is missed, and what rules know about flows and hosts stays.
    @Test func rulesAreReloadedWithoutAMissedPacket() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let name = "vgreload\(getpid())"
        _ = try Command("ip", "netns", "add", name).finish()
        defer { _ = try? Command("ip", "netns", "del", name).finish() }
        _ = try Command("ip", "-n", name, "link", "add", "a0", "type", "veth", "peer", "name", "b0").finish()
        for end in ["a0", "b0"] {
            // Nothing but the replay is to be on the wire.
            _ = try Command("ip", "netns", "exec", name, "sysctl", "-qw", "net.ipv6.conf.\(end).disable_ipv6=1").finish()
            _ = try Command("ip", "-n", name, "link", "set", end, "up").finish()
        }
        func write(_ frames: [[UInt8]], _ file: String) throws {
            try Recording(frames).file.write(to: URL(fileURLWithPath: folder + "/" + file))
        }
        // Connections that go on before and after, each to be told apart by its client's port.
        var first: [[UInt8]] = []
        var second: [[UInt8]] = []
        var background: [[UInt8]] = []
        for number in 0..<20 as Range<UInt16> {
            var builder = PacketBuilder()
            builder.clientPort = 41_000 + number
            builder.client = [10, 0, 0, UInt8(number + 1)]
            var talk = TCPConversation(builder)
            talk.request("GET /one HTTP/1.1\r\nHost: office.example\r\n\r\n")
            talk.response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            let before = talk.frames.count
            talk.request("GET /two HTTP/1.1\r\nHost: office.example\r\n\r\n")
            talk.response("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            talk.finish()
            first += talk.frames.prefix(before)
            second += talk.frames.dropFirst(before)
            for index in 0..<300 as Range<UInt16> {
                builder.clientPort = 50_000 + index
                background.append(builder.udp(Array("background".utf8)))
            }
        }
        try write(first, "first.pcap")
        try write(second, "second.pcap")
        try write(background, "background.pcap")
        func rules(_ text: String) throws { try text.write(toFile: folder + "/test.rules", atomically: true, encoding: .utf8) }
        func replay(_ file: String, _ rate: Int) throws -> Command {
            try Command(["ip", "netns", "exec", name, "tcpreplay", "--pps=\(rate)", "-i", "a0", folder + "/" + file])
        }
        let common = """
            alert http any any -> any any (msg:"mark"; http.uri; content:"/one"; flowbits:set,seen; xbits:set,host,track ip_src; noalert; sid:1;)
            alert http any any -> any any (msg:"once"; http.uri; content:"/"; threshold:type limit,track by_src,count 1,seconds 600; sid:2;)

            """
        try rules(common)
        try "%YAML 1.1\n---\naf-packet: [{interface: default, threads: 2}]\n"
            .write(toFile: folder + "/sensor.yaml", atomically: true, encoding: .utf8)
        let sensor = try Command([
            "ip", "netns", "exec", name, Command.built("vonggac-sensor"), "-k", "none", "-i", "b0", "-c", folder + "/sensor.yaml",
            "-S", folder + "/test.rules", "-l", folder,
        ])
        _ = try sensor.wait(for: "capturing on b0 with 2 workers")
        #expect(try replay("first.pcap", 2000).finish() == 0)
        let noise = try replay("background.pcap", 2000)
        try rules(
            common + """
                alert http any any -> any any (msg:"two"; http.uri; content:"/two"; flowbits:isset,seen; xbits:isset,host,track ip_src; sid:3;)

                """)
        sensor.signal(SIGUSR2)
        _ = try sensor.wait(for: "rules reloaded")
        try rules("alert http any any -> any any (content:\n")
        try FileManager.default.moveItem(atPath: folder + "/test.rules", toPath: folder + "/away.rules")
        sensor.signal(SIGUSR2)
        _ = try sensor.wait(for: "the rules stay as they were")
        try FileManager.default.moveItem(atPath: folder + "/eve.json", toPath: folder + "/old.json")
        sensor.signal(SIGHUP)
        let deadline = Date(timeIntervalSinceNow: 20)
        while !FileManager.default.fileExists(atPath: folder + "/eve.json"), Date() < deadline { usleep(20_000) }
        #expect(try noise.finish() == 0)
        #expect(try replay("second.pcap", 2000).finish() == 0)
        sensor.signal(SIGTERM)
        #expect(try sensor.finish() == 0)
        let sent = first.count + second.count + background.count
        #expect(sensor.output.contains("b0: \(sent) packets received, 0 dropped by the kernel"), "\(sensor.output)")
        #expect(sensor.output.contains("\n\(sent) packets, "), "\(sensor.output)")
        var ports: [Int: [Int]] = [:]
        for file in ["/old.json", "/eve.json"] {
            for line in try String(contentsOfFile: folder + file, encoding: .utf8).split(separator: "\n") {
                let event = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                guard let alert = event["alert"] as? [String: Any] else { continue }
                ports[try #require(alert["signature_id"] as? Int), default: []].append(try #require(event["src_port"] as? Int))
            }
        }
        // The limit by source holds across the reloads, and bits that were set before them are seen after.
        #expect(ports[2]?.sorted() == Array(41_000..<41_020))
        #expect(ports[3]?.sorted() == Array(41_000..<41_020))
    }
}
