import ArgumentParser
import Bytes
import Compliance
import Incidents
import Terminal
import Trust

struct ClockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: "Legal deadlines.", subcommands: [ClockList.self, ClockMeet.self])
}

/// Which compliance profile.
struct ProfileOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Compliance profile: vn-2026, vn-2017, or a .yaml file.", valueName: "profile"))
    var profile = ProfileLibrary.standard

    func load() throws -> ComplianceProfile { try ProfileLibrary().profile(profile) }
}

struct ClockList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Deadlines that run, the nearest first.",
        discussion:
            "Deadlines start when an incident is confirmed. --candidates also shows those that would run for incidents that nobody has confirmed yet."
    )
    @OptionGroup var common: CommonOptions
    @OptionGroup var profileOptions: ProfileOptions
    @Flag(help: "Also those that are met.") var all = false
    @Flag(help: "Also those of candidates, if they were confirmed.") var candidates = false
    @Option(help: "Only of this incident.") var incident: IncidentCode?

    private struct Line {
        var clock: IncidentClock
        var limit: Timestamp?
        var standing: ClockStanding
        var isCandidate: Bool
    }

    func run() throws {
        let session = Session(options: common)
        let store = try session.store()
        let engine = ClockEngine(try profileOptions.load())
        let now = Timestamp.now
        var lines = try store.clocks(open: !all).map {
            Line(clock: $0, limit: engine.target(of: $0), standing: engine.standing(of: $0, at: now), isCandidate: false)
        }
        if candidates {
            var filter = IncidentFilter()
            filter.states = [.new]
            let levels = Dictionary(try store.agencies().map { ($0.code, $0.level) }, uniquingKeysWith: { first, _ in first })
            for incident in try store.incidents(filter) {
                let level = incident.agency.flatMap { levels[$0] ?? nil }
                for clock in engine.clocks(for: incident, level: level, assumingConfirmed: true) {
                    lines.append(
                        Line(
                            clock: clock, limit: engine.target(of: clock), standing: engine.standing(of: clock, at: now), isCandidate: true)
                    )
                }
            }
        }
        if let incident { lines.removeAll { $0.clock.incident != incident } }
        lines.sort {
            ($0.limit?.microseconds ?? .max, $0.clock.incident, $0.clock.code) < (
                $1.limit?.microseconds ?? .max, $1.clock.incident, $1.clock.code
            )
        }
        if common.json { return try session.show(.array(lines.map { json($0, engine) })) }
        if lines.isEmpty { return session.say("Không có thời hạn nào đang chạy.", "No deadline is running.") }
        var table = Table([
            session.text("Sự cố", "Incident"), session.text("Mã", "Code"), session.text("Hạn", "Due"), session.text("Còn", "Left"),
            session.text("Tình trạng", "State"), session.text("Việc phải làm", "What"),
        ])
        for line in lines {
            let deadline = engine.profile.deadline(line.clock.code)
            let isTarget = line.clock.due == nil && line.limit != nil
            table.add([
                line.clock.incident.description, line.clock.code,
                line.limit.map { LocalTime.text($0) + (isTarget ? "*" : "") } ?? "-",
                line.clock.metAt == nil ? line.limit.map { Self.left(from: now, until: $0, session.language == .vi) } ?? "-" : "-",
                line.isCandidate ? session.text("chưa xác nhận", "not confirmed") : Self.name(line.standing, session),
                deadline?.name[session.language] ?? "",
            ])
        }
        session.show(table)
        if lines.contains(where: { $0.clock.due == nil && $0.limit != nil }) {
            session.say(
                "* mục tiêu nội bộ; luật ghi “ngay” hoặc không nêu số giờ", "* internal target; the law says \"at once\" or gives no number"
            )
        }
    }

    private func json(_ line: Line, _ engine: ClockEngine) -> JSONValue {
        .object([
            "incident": .string(line.clock.incident.description), "code": .string(line.clock.code), "profile": .string(line.clock.profile),
            "t0": .time(line.clock.t0), "due": .time(line.clock.due), "target": .time(line.limit),
            "state": .string(line.standing.rawValue), "candidate": .bool(line.isCandidate), "met_at": .time(line.clock.metAt),
            "fulfilled_by": .optional(line.clock.fulfilledBy),
            "source": .optional(engine.profile.deadline(line.clock.code)?.source),
        ])
    }

    static func name(_ standing: ClockStanding, _ session: Session) -> String {
        switch standing {
        case .running: session.text("đang chạy", "running")
        case .overdue: session.text("QUÁ HẠN", "OVERDUE")
        case .met: session.text("đã xong", "met")
        case .metLate: session.text("xong muộn", "met late")
        }
    }

    /// `2d 03h`, `5h 12m`, `-1h 03m`.
    static func left(from now: Timestamp, until: Timestamp, _ isVietnamese: Bool) -> String {
        let minutes = (until.microseconds - now.microseconds) / 60_000_000
        let size = abs(minutes)
        let text =
            size >= 1440
            ? "\(size / 1440)\(isVietnamese ? " ngày " : "d ")\(size / 60 % 24)\(isVietnamese ? " giờ" : "h")"
            : "\(size / 60)\(isVietnamese ? " giờ " : "h ")\(size % 60)\(isVietnamese ? " phút" : "m")"
        return minutes < 0 ? "-" + text : text
    }
}

struct ClockMeet: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "meet", abstract: "Say that a deadline was met, and by which document.")
    @OptionGroup var common: CommonOptions
    @Argument var incident: IncidentCode
    @Argument(help: "Code of the deadline: R26_24.") var code: String
    @Option(help: "Number and sign of what was sent.") var document: String
    @Option(help: "When it was sent; now by default.") var at: String?

    func run() throws {
        let session = Session(options: common)
        var moment: Timestamp?
        if let at {
            guard let parsed = LocalTime.parse(at) else { throw ValidationError("--at \(at): expected 2026-11-21T08:00") }
            moment = parsed
        }
        let store = try session.store(.readWrite)
        try store.meetClock(code.uppercased(), of: incident, fulfilledBy: document, at: moment, by: session.hand())
        session.say(
            "\(incident): \(code.uppercased()) đã hoàn thành bằng \(document).", "\(incident): \(code.uppercased()) is met by \(document).")
    }
}
