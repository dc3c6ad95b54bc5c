import ArgumentParser
import Bytes
import Incidents
import Terminal
import Trust

struct SensorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sensor", abstract: HelpText.text("Sensors."), subcommands: [SensorList.self, SensorStatusCommand.self])
}

private func since(_ days: Int, _ now: Timestamp) -> Timestamp {
    Timestamp(microseconds: now.microseconds - Int64(min(max(days, 1), 36_500)) * 86_400_000_000)
}

struct SensorList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: HelpText.text("Sensors and what they saw in the last days."))
    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp(HelpText.text("Days back from now."))) var days = 7

    func run() throws {
        let session = Session(options: common)
        let now = Timestamp.now
        let sensors = try session.store().sensors(from: since(days, now), until: now)
        if common.json { return try session.show(.array(sensors.map { $0.json(at: now) })) }
        if sensors.isEmpty { return session.say("Chưa có cảm biến nào.", "No sensors.") }
        var table = Table([
            session.text("Tên", "Name"), session.text("Phiên bản", "Version"), session.text("Kiểu", "Mode"),
            session.text("Thấy lần cuối", "Last seen"), session.text("Nguồn", "Source"),
        ])
        for sensor in sensors {
            table.add([
                sensor.identity.name, sensor.identity.version,
                sensor.identity.mode == .live ? session.text("trực tiếp", "live") : session.text("đọc tệp", "offline"),
                session.moment(sensor.lastSeen),
                sensor.identity.interfaces.joined(separator: ", "),
            ])
        }
        session.show(table)
    }
}

extension SensorStatus {
    /// A live sensor that has not been heard of for this long is silent: heartbeats come every few seconds.
    static let silentAfter: Double = 600

    /// The sensor watches now.
    func isActive(at now: Timestamp) -> Bool { identity.mode == .live && now.seconds(since: lastSeen) < SensorStatus.silentAfter }

    func json(at now: Timestamp) -> JSONValue {
        .object([
            "name": .string(identity.name), "version": .string(identity.version), "mode": .string(identity.mode.rawValue),
            "interfaces": .array(identity.interfaces.map { .string($0) }), "last_seen": .time(lastSeen), "active": .bool(isActive(at: now)),
            "up_share": .number(rangeSeconds > 0 ? min(1, coveredSeconds / rangeSeconds) : 0), "packets": .integer(packets),
            "kernel_drops": .integer(kernelDrops), "alerts": .integer(alerts), "lost_alerts": .integer(lostAlerts),
            "rules_loaded": ruleSet.map { .integer(Int64($0.loaded)) } ?? .null, "links": .array(links.map { .string($0) }),
        ])
    }
}

struct SensorStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status", abstract: HelpText.text("Whether sensors watch, and what they lost. Exit code 1 when one is silent."))
    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp(HelpText.text("Days back from now."))) var days = 1

    func run() throws {
        let session = Session(options: common)
        let now = Timestamp.now
        let sensors = try session.store().sensors(from: since(days, now), until: now)
        let silent = sensors.filter { $0.identity.mode == .live && !$0.isActive(at: now) }
        if common.json {
            try session.show(.array(sensors.map { $0.json(at: now) }))
        } else if sensors.isEmpty {
            session.say("Chưa có cảm biến nào.", "No sensors.")
        } else {
            var table = Table([
                session.text("Tên", "Name"), session.text("Tình trạng", "State"), session.text("Thấy lần cuối", "Last seen"),
                session.text("Hoạt động", "Up"), session.text("Gói/CB mất", "Packets/alerts lost"),
                session.text("Luật", "Rules"), session.text("Đường truyền", "Links"),
            ])
            for sensor in sensors {
                let state =
                    sensor.identity.mode == .offline
                    ? session.text("đọc tệp", "offline")
                    : sensor.isActive(at: now) ? session.text("đang giám sát", "watching") : session.text("IM LẶNG", "SILENT")
                let share = sensor.rangeSeconds > 0 ? min(1, sensor.coveredSeconds / sensor.rangeSeconds) : 0
                table.add([
                    sensor.identity.name, state, session.moment(sensor.lastSeen), "\(Int((share * 100).rounded(.down)))%",
                    "\(sensor.kernelDrops)/\(sensor.lostAlerts)", sensor.ruleSet.map { String($0.loaded) } ?? "-",
                    sensor.links.joined(separator: ", "),
                ])
            }
            session.show(table)
        }
        if !silent.isEmpty { throw CommandFailure(code: .failed, message: nil) }
    }
}
