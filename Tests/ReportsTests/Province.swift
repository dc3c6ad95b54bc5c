import Bytes
import Compliance
import Digest
import Foundation
import Incidents
import Reports
import Synchronization
import TestSupport

/// A province of thirty agencies over twenty-six weeks, the same for the same seed, made through the code that sensors and responders use:
/// alerts, evidence and heartbeats by four sensors, then what a duty desk does with the incidents, week by week. The last week is 2026-W47.
final class Province: Sendable {
    /// Made once for all tests that look at it.
    static let shared = Result { try Province(seed: 20_261_121) }
    static let weeks = 26
    static let week = "2026-W47"

    let folder: String
    let store: IncidentStore
    static let names: [(code: String, vi: String, en: String, level: Int)] = [
        ("VPUB", "Văn phòng Ủy ban nhân dân tỉnh", "Office of the People's Committee", 3),
        ("TTDL", "Trung tâm Dữ liệu tỉnh", "Data centre", 3),
        ("TTHCC", "Trung tâm Phục vụ hành chính công", "Public service centre", 3), ("SNV", "Sở Nội vụ", "Home Affairs", 2),
        ("STC", "Sở Tài chính", "Finance", 3), ("SYT", "Sở Y tế", "Health", 3), ("SGDDT", "Sở Giáo dục và Đào tạo", "Education", 2),
        ("SXD", "Sở Xây dựng", "Construction", 2), ("SCT", "Sở Công Thương", "Industry and Trade", 2),
        ("SNNMT", "Sở Nông nghiệp và Môi trường", "Agriculture and Environment", 2), ("STP", "Sở Tư pháp", "Justice", 2),
        ("SVHTTDL", "Sở Văn hóa, Thể thao và Du lịch", "Culture", 2), ("SKHCN", "Sở Khoa học và Công nghệ", "Science", 2),
        ("TTR", "Thanh tra tỉnh", "Inspectorate", 2), ("BQLKKT", "Ban Quản lý Khu kinh tế", "Economic zone", 2),
        ("DPTTH", "Báo và Phát thanh, Truyền hình tỉnh", "Broadcaster", 3), ("BVDK", "Bệnh viện Đa khoa tỉnh", "Hospital", 3),
        ("CDN", "Trường Cao đẳng nghề", "College", 1), ("LTLS", "Trung tâm Lưu trữ lịch sử", "Archive", 3),
        ("DKVD", "Đặc khu Đảo Vọng", "Special zone", 2), ("PHL", "Phường Hải Lăng", "Hải Lăng ward", 2),
        ("PBC", "Phường Bến Cảng", "Bến Cảng ward", 2),
        ("PDM", "Phường Đông Mai", "Đông Mai ward", 2), ("XTS", "Xã Tân Sơn", "Tân Sơn commune", 2),
        ("XAT", "Xã An Thới", "An Thới commune", 2),
        ("XHB", "Xã Hòa Bình", "Hòa Bình commune", 2), ("XPM", "Xã Phú Mỹ", "Phú Mỹ commune", 2),
        ("XLT", "Xã Long Thành", "Long Thành commune", 1),
        ("XQT", "Xã Quảng Tiến", "Quảng Tiến commune", 1), ("XVA", "Xã Việt An", "Việt An commune", 1),
    ]
    static let sensors = ["cong-tinh", "cong-ttdl", "cong-so", "cong-xa"]

    /// In memory where the machine has room for that: thousands of small transactions, each of which waits for the disk.
    private static let path: String = {
        // VONGGAC_PROVINCE=FOLDER keeps it there, to be looked at with the programs.
        if let kept = ProcessInfo.processInfo.environment["VONGGAC_PROVINCE"] { return kept }
        let folder = FileManager.default.isWritableFile(atPath: "/dev/shm") ? "/dev/shm" : FileManager.default.temporaryDirectory.path
        return folder + "/province-\(UUID().uuidString)"
    }()

    init(seed: UInt64) throws {
        // It lives as long as the tests.
        atexit {
            if ProcessInfo.processInfo.environment["VONGGAC_PROVINCE"] == nil { try? FileManager.default.removeItem(atPath: Province.path) }
        }
        folder = Self.path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        store = try Self.open(folder)
        Self.clock.store(Self.monday(0).microseconds, ordering: .relaxed)
        try build(seed)
    }

    /// The time of the record; the generator moves it.
    private static let clock = Atomic<Int64>(0)

    private static func open(_ folder: String) throws -> IncidentStore {
        try IncidentStore(path: folder + "/incidents.sqlite") { Timestamp(microseconds: clock.load(ordering: .relaxed)) }
    }

    static func monday(_ week: Int) -> Timestamp {
        Timestamp(microseconds: ReportPeriod(week: Province.week)!.from.microseconds - Int64(weeks - 1 - week) * 7 * ReportPeriod.day)
    }

    private func set(_ time: Timestamp) { Self.clock.store(time.microseconds, ordering: .relaxed) }

    private static let registry: String =
        "agencies:\n"
        + names.enumerated().map { index, agency in
            let link = index % 7 == 6 ? "" : ", sensor: \(sensors[index % 4])"
            return
                "  - {code: \(agency.code), name: \"\(agency.vi)\", name_en: \"\(agency.en)\", level: \(agency.level), networks: [{cidr: 10.\(40 + index).0.0/16}], internet_links: [{name: VNPT-\(index + 1)\(link)}]}\n"
        }.joined()

    private func build(_ seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let directory = try AgencyDirectory.parse(Self.registry, file: "agencies.yaml")
        try store.importAgencies(directory, from: "agencies.yaml", by: Hand("quản trị"))
        let table = try CorrelationTable.load(file: ProjectFiles.path("Rules/correlation.yaml"))
        let evidence = try EvidenceFolder(path: folder + "/evidence")
        let profile = try ProfileLibrary(folders: []).profile()
        for week in 0..<Self.weeks {
            let start = Self.monday(week)
            for (index, sensor) in Self.sensors.enumerated() {
                set(start.advanced(hours: 7 * 24))
                let writer = try AlertWriter(
                    store: store, sensor: SensorIdentity(name: sensor, version: "0.1", interfaces: ["eth0"], mode: .live), table: table,
                    directory: directory, policy: .wait)
                for alert in Self.alerts(start, sensor: index, week: week, &random) {
                    var alert = alert
                    if Int.random(in: 0..<3, using: &random) == 0 {
                        let bytes = Array("capture \(week) \(alert.time.microseconds) \(alert.sid)".utf8)
                        alert.evidenceKey = Int64.random(in: 1...Int64(1) << 40, using: &random)
                        _ = writer.submit(alert)
                        var record = EvidenceRecord(
                            digest: try evidence.store(bytes), size: Int64(bytes.count), kind: .pcap, time: alert.time,
                            description: "Gói tin của cảnh báo \(alert.sid)")
                        record.key = alert.evidenceKey
                        _ = writer.submit(record)
                    } else {
                        _ = writer.submit(alert)
                    }
                }
                for beat in Self.heartbeats(start, sensor: index, &random) { _ = writer.submit(beat) }
                try writer.close()
                if week % 4 == index {
                    try store.recordRuleSet(
                        RuleSetRecord(
                            digest: SHA256Digest(of: Array("rules \(week)".utf8)).hex, files: ["office.rules"], loaded: 30_000 + week * 7,
                            refused: index, loadedAt: start.advanced(hours: 30)), sensor: sensor)
                }
            }
            try work(on: week, profile, &random)
        }
        set(Self.monday(Self.weeks))
    }

    private static func alerts(_ start: Timestamp, sensor: Int, week: Int, _ random: inout SeededGenerator) -> [AlertRecord] {
        let kinds: [(kind: String, sid: Int64, message: String, port: UInt16, outward: Bool, technique: String)] = [
            ("PORTSCAN", 9_100_001, "VONGGAC SCAN Many ports probed from outside", 22, false, "T1046"),
            ("BRUTEFORCE", 9_101_001, "VONGGAC BRUTEFORCE Many SSH connections from one outside address", 22, false, "T1110"),
            ("EXPLOIT", 9_102_001, "VONGGAC WEBATTACK SQL injection with UNION SELECT", 443, false, "T1190"),
            ("WEBSHELL", 9_103_001, "VONGGAC WEBSHELL Script file sent through an upload form", 443, false, "T1505"),
            ("C2_BOTNET", 9_105_001, "VONGGAC C2 Look-up of a known server", 443, true, "T1071"),
            ("MALWARE_DOWNLOAD", 9_104_002, "VONGGAC MALWARE Windows program downloaded over plain HTTP", 80, true, "T1105"),
            ("PHISHING", 9_107_002, "VONGGAC MAIL Sender with a look-alike of the public-service portal", 25, false, "T1566"),
            ("RANSOM_SMB", 9_109_001, "VONGGAC RANSOM Many files renamed over SMB", 445, false, "T1486"),
            ("DNS_TUNNEL", 9_106_001, "VONGGAC DNS Many long coded names looked up", 53, true, "T1048"),
            ("DEFACEMENT", 9_108_001, "VONGGAC DEFACEMENT Page says that it was hacked", 443, false, "T1491"),
            ("none", 2_000_001, "ET INFO Something of interest only", 80, true, "T1071"),
        ]
        // More in summer, one bad week.
        let count = 4 + Int.random(in: 0...6, using: &random) + (week == 19 ? 9 : 0)
        var alerts: [AlertRecord] = []
        for _ in 0..<count {
            let kind = kinds[min(Int.random(in: 0..<kinds.count, using: &random), Int.random(in: 0..<kinds.count, using: &random))]
            let agency = Int.random(in: 0..<8, using: &random) * 4 + sensor
            let inside = IPAddress(
                "10.\(40 + min(agency, names.count - 1)).\(Int.random(in: 0...3, using: &random)).\(Int.random(in: 5...30, using: &random))"
            )!
            let outside = IPAddress(
                Bool.random(using: &random)
                    ? "198.51.100.\(Int.random(in: 1...40, using: &random))" : "203.0.113.\(Int.random(in: 1...40, using: &random))")!
            let first = start.advanced(seconds: Int64.random(in: 0..<7 * 86_400 - 4000, using: &random))
            for repeated in 0..<Int.random(in: 1...5, using: &random) {
                let (source, destination) = kind.outward ? (inside, outside) : (outside, inside)
                var alert = AlertRecord(
                    time: first.advanced(seconds: Int64(repeated) * 600), sid: kind.sid, message: kind.message,
                    source: Endpoint(source, Port(rawValue: UInt16.random(in: 32_768...60_000, using: &random))),
                    destination: Endpoint(destination, Port(rawValue: kind.port)))
                alert.transport = kind.port == 53 ? .udp : .tcp
                alert.appProtocol = [22: "ssh", 443: "tls", 80: "http", 25: "smtp", 445: "smb", 53: "dns"][kind.port]
                alert.classType = "test-class"
                alert.categoryHint = kind.kind
                alert.direction = .toServer
                alert.techniques = [Technique(id: kind.technique)]
                alerts.append(alert)
            }
        }
        return alerts.sorted { ($0.time, $0.sid) < ($1.time, $1.sid) }
    }

    /// A minute's heartbeat would be many: hours, with gaps.
    private static func heartbeats(_ start: Timestamp, sensor: Int, _ random: inout SeededGenerator) -> [Heartbeat] {
        (0..<28).compactMap { six in
            guard Int.random(in: 0..<40, using: &random) > sensor else { return nil }
            var beat = Heartbeat(mode: .live, from: start.advanced(hours: Int64(six) * 6), until: start.advanced(hours: Int64(six) * 6 + 6))
            beat.packets = Int64.random(in: 1_000_000...90_000_000, using: &random)
            beat.bytes = beat.packets * 700
            beat.kernelDrops = Int.random(in: 0..<9, using: &random) == 0 ? 123 : 0
            return beat
        }
    }

    /// What the duty desk does with the incidents of a week, in the week and after.
    private func work(on week: Int, _ profile: ComplianceProfile, _ random: inout SeededGenerator) throws {
        let desk = ["Nguyễn Thị Hạnh", "Trần Văn Bình", "Lê Quốc Việt"]
        var filter = IncidentFilter()
        filter.since = Self.monday(week)
        filter.until = Self.monday(week + 1)
        let engine = ClockEngine(profile)
        let levels = Dictionary(Self.names.map { ($0.code, $0.level) }, uniquingKeysWith: { a, _ in a })
        for incident in try store.incidents(filter).sorted(by: { $0.code < $1.code }) where incident.state == .new {
            let hand = Hand(desk[Int.random(in: 0..<3, using: &random)])
            let code = incident.code
            var time = incident.firstSeen.advanced(seconds: Int64.random(in: 300...40_000, using: &random))
            func later(_ most: Int64) {
                time = time.advanced(seconds: Int64.random(in: 600...most, using: &random))
                set(time)
            }
            set(time)
            let fate = Int.random(in: 0..<20, using: &random)
            if fate == 0 { continue }
            if fate < 4 {
                try store.dismiss(code, reason: "Kiểm tra định kỳ của đơn vị", by: hand)
                continue
            }
            var current = try store.confirm(code, note: "Đã đối chiếu nhật ký máy chủ", by: hand)
            if fate == 5 {
                current = try store.classify(
                    code, severity: .m2, flags: [.personalData], reason: "Có dữ liệu cá nhân", by: hand)
            }
            let clocks = engine.clocks(for: current, level: current.agency.flatMap { levels[$0] })
            try store.setClocks(clocks, for: code, by: hand)
            for clock in clocks.sorted(by: { $0.code < $1.code }) where Int.random(in: 0..<10, using: &random) < 8 {
                let sent = clock.t0.advanced(seconds: Int64.random(in: 3600...100 * 3600, using: &random))
                let dispatch = Dispatch(
                    document: "\(Int.random(in: 1...400, using: &random))/BC-ĐƯCSC", recipient: "Công an tỉnh", channel: .documentSystem,
                    sentAt: sent,
                    proof: "đã nhận")
                try store.fulfil(clock.code, of: code, by: dispatch, hand: hand)
                try store.recordSending(
                    form: profile.deadline(clock.code)?.form ?? "notice", subject: code.description, dispatch, digests: [],
                    clocks: [clock.code], by: hand)
            }
            if fate == 6 { continue }
            later(50_000)
            if Int.random(in: 0..<5, using: &random) == 0 {
                let run = try store.startRun(
                    on: code, playbook: "playbook--malware", name: "Mã độc / Malware", digest: String(repeating: "0", count: 64), by: hand)
                for step in 1...Int.random(in: 2...5, using: &random) {
                    later(900)
                    let begun = try store.startStep(run: run, step: "action--\(step)", name: "Bước \(step)", type: "action", by: hand)
                    try store.finishStep(
                        run: run, stepRun: begun, outcome: Int.random(in: 0..<8, using: &random) == 0 ? .failed : .succeeded, by: hand)
                }
                try store.finishRun(run, outcome: .succeeded, by: hand)
            }
            _ = try store.contain(code, note: "Đã chặn nguồn tại cổng, cách ly máy", by: hand)
            if fate == 7 { continue }
            later(200_000)
            _ = try store.eradicate(code, note: "Đã gỡ bỏ, đổi mật khẩu", by: hand)
            later(100_000)
            _ = try store.recover(code, note: "Dịch vụ hoạt động bình thường", by: hand)
            if fate == 8 { continue }
            later(600_000)
            let modes = HandlingMode.allCases
            _ = try store.close(
                code, summary: "Đã xử lý xong, không tái diễn", handlingMode: fate > 11 ? .alone : modes[fate % modes.count], by: hand)
        }
        if week.isMultiple(of: 3) {
            set(Self.monday(week).advanced(hours: 40))
            try store.record(
                kind: "change.monitored", subject: "agency/TTDL", body: ["text": "TTDL: thay tường lửa biên"], actor: "quản trị",
                at: Self.monday(week).advanced(hours: 40))
        }
    }
}

extension Timestamp {
    func advanced(seconds: Int64) -> Timestamp { Timestamp(microseconds: microseconds + seconds * 1_000_000) }
}
