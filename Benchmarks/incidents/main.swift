import Bytes
import Foundation
import Glibc
import Incidents
import Synchronization
import TestSupport

// bench-incidents fill FILE [ALERTS] [SEED]     fills a database by the sensor's writer and says how fast
// bench-incidents more FILE [ALERTS] [SEED]     adds a surge of 20,000 alerts per second at its newest end
// bench-incidents attack FILE [ALERTS] [SEED]   the same, of an attack on few machines
// bench-incidents ask FILE                      times each list, count and the data of the weekly report
// bench-incidents ledger FILE [ENTRIES]         writes that many entries and checks them
// bench-incidents check FILE                    checks the ledger of a database
// bench-incidents expire FILE DAYS [RATE]       deletes what is older while RATE alerts per second come in, and says what they waited

func seconds(_ body: () throws -> Void) rethrows -> Double {
    let start = ContinuousClock.now
    try body()
    let (whole, atto) = (ContinuousClock.now - start).components
    return Double(whole) + Double(atto) / 1e18
}

func say(_ text: String) { FileHandle.standardOutput.write(Data((text + "\n").utf8)) }
func number(_ value: Double, _ digits: Int = 0) -> String { String(format: "%.\(digits)f", value) }
func size(_ path: String) -> Int64 {
    ["", "-wal"].reduce(0) {
        $0 + ((try? FileManager.default.attributesOfItem(atPath: path + $1)[.size] as? Int64) ?? 0)
    }
}
func processorSeconds() -> Double {
    var usage = rusage()
    getrusage(RUSAGE_SELF.rawValue, &usage)
    return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
}
func residentMegabytes() -> Double {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    return Double(text.split(separator: " ").dropFirst().first ?? "0").map { $0 * 4096 / 1_048_576 } ?? 0
}

func writer(_ store: IncidentStore, _ policy: AlertWriter.Policy) throws -> AlertWriter {
    try store.importAgencies(Office.directory(), from: "bench", by: Hand("bench"))
    return try AlertWriter(
        store: store, sensor: Office.sensor, table: CorrelationTable.load(file: ProjectFiles.path("Rules/correlation.yaml")),
        directory: store.agencyDirectory(), policy: policy)
}

enum Traffic { case office, surge, attack }

func fill(_ path: String, _ count: Int, _ seed: UInt64, _ traffic: Traffic) throws {
    let store = try IncidentStore(path: path)
    let writer = try writer(store, .wait)
    let newest = try newestTime(store) ?? Office.start
    var office = traffic == .surge ? Office(seed: seed, from: newest, step: 50) : Office(seed: seed, count: count, days: 86)
    var attack = Attack(seed: seed, from: newest, step: 50)
    let begin = processorSeconds()
    var made = 0
    let total = try seconds {
        while made < count {
            let piece = min(500_000, count - made)
            let time = seconds { for _ in 0..<piece { writer.submit(traffic == .attack ? attack.next() : office.next()) } }
            made += piece
            say(
                "\(made) alerts, \(number(Double(piece) / time)) per second, \(size(path) >> 20) MiB, RSS \(number(residentMegabytes())) MiB"
            )
        }
        try writer.close()
    }
    say(
        "\(made) alerts in \(number(total, 1)) s: \(number(Double(made) / total)) per second; CPU \(number(processorSeconds() - begin, 1)) s, "
            + "\(number(Double(made) / (processorSeconds() - begin))) per CPU second"
    )
    say("incidents \(try store.incidentCounts(by: .state).map(\.count).reduce(0, +)), \(size(path) >> 20) MiB")
}

/// A ledger of many entries, and how long it takes to check it.
func ledger(_ path: String, _ entries: Int) throws {
    let store = try IncidentStore(path: path)
    let hand = Hand("bench")
    let incident = try store.report(
        IncidentReport(title: "bench", category: "SCAN", severity: .m4, agency: nil, noticedAt: Office.start, description: ""), by: hand)
    let notes = 1000
    let time = try seconds { for number in 0..<notes { try store.note(incident.code, "ghi chú số \(number)", by: hand) } }
    say("\(number(Double(notes) / time)) entries per second, each a transaction on disk; \(number(time * 1000 / Double(notes), 2)) ms")
    var made = notes
    let many = try seconds {
        while made < entries {
            let clocks = (0..<min(1000, entries - made)).map {
                IncidentClock(incident: incident.code, code: "B\(made + $0)", profile: "bench", t0: Office.start, due: Office.start)
            }
            try store.setClocks(clocks, for: incident.code, by: hand)
            made += clocks.count
        }
    }
    say("\(made - notes) more in \(number(many, 1)) s: \(number(Double(made - notes) / many)) per second in transactions of a thousand")
    try check(path)
}

func check(_ path: String) throws {
    let store = try IncidentStore(path: path, mode: .readOnly)
    for chain in [true, false] {
        let begin = processorSeconds()
        var audit: (count: Int64, findings: Int) = (0, 0)
        let time = try seconds {
            let done = try store.auditLedger(chainOnly: chain)
            audit = (done.count, done.findings.count)
        }
        say(
            "\(chain ? "chain" : "chain, tables and alerts") of \(audit.count) entries: \(number(time, 1)) s, CPU \(number(processorSeconds() - begin, 1)) s, "
                + "\(audit.findings) findings, RSS \(number(residentMegabytes())) MiB, file \(size(path) >> 20) MiB")
    }
}

func newestTime(_ store: IncidentStore) throws -> Timestamp? {
    var filter = AlertFilter()
    filter.limit = 1
    filter.newestFirst = true
    return try store.alerts(filter).first?.record.time
}

func ask(_ path: String) throws {
    let store = try IncidentStore(path: path, mode: .readOnly)
    func time(_ name: String, _ body: () throws -> Int) throws {
        var rows = 0
        var times: [Double] = []
        for _ in 0..<3 { times.append(try seconds { rows = try body() } * 1000) }
        say(
            "\(name.padding(toLength: 46, withPad: " ", startingAt: 0)) first \(number(times[0], 1)) ms, then \(number(times.min() ?? 0, 1)) ms  (\(rows))"
        )
    }
    func alerts(_ name: String, _ change: (inout AlertFilter) -> Void) throws {
        var filter = AlertFilter()
        filter.limit = 100
        filter.newestFirst = true
        change(&filter)
        try time("alerts " + name) { try store.alerts(filter).count }
        var count = filter
        count.limit = nil
        count.offset = 0
        try time("alert count " + name) { try store.alertCount(count) }
    }
    let busy = try store.alertCounts(by: .sid).first?.key.flatMap { Int64($0) }
    let rare = try store.alertCounts(by: .sid).last?.key.flatMap { Int64($0) }
    let end = try newestTime(store) ?? .now
    func back(_ days: Int64) -> Timestamp { Timestamp(microseconds: end.microseconds - days * 86_400_000_000) }
    try alerts("all") { _ in }
    try alerts("page 3") { $0.offset = 200 }
    try alerts("page 60000") { $0.offset = 5_999_900 }
    try alerts("sid busy") { $0.sid = busy }
    try alerts("sid rare") { $0.sid = rare }
    try alerts("agency") { $0.agency = "CQ0" }
    try alerts("agency rare") { $0.agency = "CQ59" }
    try alerts("severity 1") { $0.priority = 1 }
    try alerts("severity 1 page 20000") {
        $0.priority = 1; $0.offset = 1_999_900
    }
    try alerts("severity 4 (none)") { $0.priority = 4 }
    try alerts("kind") { $0.kind = "PORTSCAN" }
    try alerts("sensor") { $0.sensor = "gateway-1" }
    try alerts("address busy inside") { $0.address = IPAddress("10.0.0.2") }
    try alerts("address busy outside") { $0.address = IPAddress("198.18.0.0") }
    try alerts("address rare") { $0.address = IPAddress("198.18.190.1") }
    try alerts("address unknown") { $0.address = IPAddress("8.8.8.8") }
    try alerts("one hour, a month ago") {
        $0.since = back(30); $0.until = Timestamp(seconds: back(30).seconds + 3600)
    }
    try alerts("sid busy, agency rare") {
        $0.sid = busy; $0.agency = "CQ59"
    }
    try alerts("sid rare, agency busy") {
        $0.sid = rare; $0.agency = "CQ0"
    }
    try alerts("address, sid rare") {
        $0.address = IPAddress("10.0.0.2"); $0.sid = rare
    }
    try alerts("address, severity, time") {
        $0.address = IPAddress("10.0.0.2"); $0.priority = 1; $0.since = back(60); $0.until = back(50)
    }
    try alerts("agency, severity, kind, time") {
        $0.agency = "CQ3"; $0.priority = 1; $0.kind = "EXPLOIT"; $0.since = back(60); $0.until = back(10)
    }
    let incident = try store.incidents().max { $0.alertCount < $1.alertCount }
    try alerts("incident with \(incident?.alertCount ?? 0)") { $0.incident = incident?.code }
    try alerts("incident, sid rare") {
        $0.incident = incident?.code; $0.sid = rare
    }
    func incidents(_ name: String, _ change: (inout IncidentFilter) -> Void) throws {
        var filter = IncidentFilter()
        filter.limit = 100
        change(&filter)
        try time("incidents " + name) { try store.incidents(filter).count }
    }
    try incidents("all") { _ in }
    try incidents("page 100") { $0.offset = 9900 }
    try incidents("closed (none)") { $0.states = [.closed] }
    try incidents("agency") { $0.agency = "CQ59" }
    try incidents("severity, agency") {
        $0.agency = "CQ3"; $0.severities = [.m3]
    }
    try incidents("address") { $0.address = IPAddress("10.0.0.2") }
    try incidents("kind, time") {
        $0.kind = "PORTSCAN"; $0.since = back(60); $0.until = back(50)
    }
    if let incident { try time("incident detail") { try store.detail(incident.code, alertLimit: 50).alerts.count } }
    try time("alerts by sid") { try store.alertCounts(by: .sid).count }
    try time("alerts by agency") { try store.alertCounts(by: .agency).count }
    try time("rule counts") { try store.ruleCounts().count }
}

/// Deletes in slices on one thread's connection while another process's worth of alerts is written by the sensor's writer.
func expire(_ path: String, _ days: Int, _ rate: Double) throws {
    let store = try IncidentStore(path: path)
    let end = try newestTime(store) ?? .now
    let clock = { @Sendable in end }
    let sensor = try IncidentStore(path: path, clock: clock)
    let writer = try AlertWriter(
        store: sensor, sensor: Office.sensor, table: CorrelationTable.load(file: ProjectFiles.path("Rules/correlation.yaml")),
        directory: store.agencyDirectory(), policy: .drop)
    let isDone = Atomic(false)
    let longest = Atomic<Int>(0)
    // How long an alert waits until somebody else can read it.
    let watcher = Thread {
        guard let reader = try? IncidentStore(path: path, mode: .readOnly) else { return }
        var office = Office(seed: 99, from: end, step: 1e6 / max(1, rate))
        var filter = AlertFilter()
        filter.since = end
        var sent = 0
        let start = ContinuousClock.now
        while !isDone.load(ordering: .relaxed) {
            let due = Int(Double((ContinuousClock.now - start) / .milliseconds(1)) * rate / 1000)
            while sent < due {
                writer.submit(office.next())
                sent += 1
            }
            let mark = (try? reader.alertCount(filter)) ?? 0
            let behind = Int(Double(sent - mark) / max(1, rate) * 1000)
            if behind > longest.load(ordering: .relaxed) { longest.store(behind, ordering: .relaxed) }
            Thread.sleep(forTimeInterval: 0.02)
        }
    }
    watcher.start()
    let other = try IncidentStore(path: path, clock: clock)
    let run = RetentionRun(
        store: other, policy: RetentionPolicy(alertDays: days, incidentYears: 5), folder: nil, actor: "bench")
    let before = size(path)
    var slices = 0
    var slowest = 0.0
    var held = 0.0
    let total = try seconds {
        while true {
            var isMore = false
            let took = try seconds { isMore = try run.step() }
            slices += 1
            slowest = max(slowest, took)
            held = max(held, run.held / .seconds(1))
            if !isMore { break }
            Thread.sleep(forTimeInterval: min(1, max(0.005, run.held / .seconds(1))))
        }
    }
    isDone.store(true, ordering: .relaxed)
    Thread.sleep(forTimeInterval: 0.2)
    try writer.close()
    say("\(run.summary.alerts) alerts deleted in \(number(total, 1)) s, \(slices) slices, the slowest \(number(slowest * 1000)) ms")
    say("the lock was held for \(number(held * 1000)) ms at most")
    say("at \(number(rate)) alerts per second the sensor was at most \(longest.load(ordering: .relaxed)) ms behind and lost \(writer.lost)")
    say("file \(before >> 20) MiB before, \(size(path) >> 20) MiB after")
}

let arguments = CommandLine.arguments
switch (arguments.dropFirst().first, arguments.count) {
case ("fill", 3...), ("more", 3...), ("attack", 3...):
    try fill(
        arguments[2], arguments.count > 3 ? Int(arguments[3]) ?? 0 : 10_000_000, arguments.count > 4 ? UInt64(arguments[4]) ?? 1 : 1,
        arguments[1] == "fill" ? .office : arguments[1] == "more" ? .surge : .attack)
case ("ask", 3): try ask(arguments[2])
case ("check", 3): try check(arguments[2])
case ("ledger", 3...): try ledger(arguments[2], arguments.count > 3 ? Int(arguments[3]) ?? 0 : 1_000_000)
case ("expire", 4...): try expire(arguments[2], Int(arguments[3]) ?? 0, arguments.count > 4 ? Double(arguments[4]) ?? 0 : 5000)
default:
    say(
        "usage: bench-incidents fill|more|attack FILE [ALERTS] [SEED] | ask FILE | check FILE | ledger FILE [ENTRIES] | expire FILE DAYS [RATE]"
    )
    exit(2)
}
