import ArgumentParser
import Bytes
import Compliance
import Incidents
import Terminal
import Trust

struct ClockWarn: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "warn",
        abstract: HelpText.text("Send the warnings that are due, by the channels of clocks.yaml; for cron or a systemd timer."),
        discussion:
            HelpText.text(
                "Each deadline is warned of once at each time of warn_before (24h, 4h, 1h, 0 by default) on each channel. A channel that fails is tried again by the next run. The record says what was delivered. Exit code 1 when a channel failed."
            )
    )
    @OptionGroup var common: CommonOptions
    @Option(
        help: ArgumentHelp(HelpText.text("Settings; clocks.yaml of the state folder or of /etc/vonggac by default."), valueName: "file"),
        completion: .file())
    var config: String?
    @Flag(help: ArgumentHelp(HelpText.text("Only say what would be sent."))) var dryRun = false

    /// A deadline that has reached a threshold.
    private struct Due {
        var incident: IncidentCode?
        var duty: String?
        var code: String
        var name: String
        var title: String
        var limit: Timestamp
        var threshold: Int
    }

    func run() throws {
        let session = Session(options: common)
        let settings = try config.map { try WarningSettings.load(file: $0) } ?? session.warningSettings()
        let store = try session.store(dryRun ? .readOnly : .readWrite)
        let keeper = try session.keeper(store, profile: settings.profile)
        let now = Timestamp.now
        let due = try self.due(store, keeper, settings, now, session)
        let sent = try store.warnings()
        var records: [ClockWarning] = []
        var failed = false
        for channel in settings.channels {
            let fresh = due.filter { due in
                !sent.contains {
                    $0.isDelivered && $0.channel == channel.name && $0.incident == due.incident && $0.duty == due.duty
                        && $0.clock == due.code
                        && $0.due == due.limit && $0.minutesBefore <= due.threshold
                }
            }
            guard !fresh.isEmpty else { continue }
            let message = message(fresh, now, session)
            if dryRun {
                session.line("\(channel.name):")
                for line in message.lines { session.line("  " + line) }
                continue
            }
            let result = channel.deliver(message)
            failed = failed || !result.isDelivered
            records += fresh.map {
                ClockWarning(
                    incident: $0.incident, duty: $0.duty, clock: $0.code, due: $0.limit, minutesBefore: $0.threshold, channel: channel.name,
                    isDelivered: result.isDelivered, detail: result.detail, at: now)
            }
        }
        if !records.isEmpty { try store.record(records, by: session.hand()) }
        if common.json { try session.show(.array(records.map(json))) } else { report(records, due, settings, session) }
        if failed { throw CommandFailure(code: .failed, message: nil) }
    }

    private func due(
        _ store: IncidentStore, _ keeper: ClockKeeper, _ settings: WarningSettings, _ now: Timestamp, _ session: Session
    ) throws -> [Due] {
        var due: [Due] = []
        let titles = { (code: IncidentCode) in try store.incident(code) }
        for clock in try store.clocks(open: true) {
            guard let limit = keeper.engine(of: clock.code).target(of: clock), let threshold = settings.threshold(limit: limit, now: now)
            else { continue }
            let incident = try titles(clock.incident)
            due.append(
                Due(
                    incident: clock.incident, duty: nil, code: clock.code, name: keeper.deadline(clock.code)?.name[session.language] ?? "",
                    title: session.text(incident.titleVietnamese, incident.titleEnglish), limit: limit, threshold: threshold))
        }
        let begun = try store.events(limit: 1).first?.time ?? now
        let horizon = Int64(settings.minutesBefore.max() ?? 0) * 60_000_000 + 1
        let from = max(begun, Timestamp(microseconds: now.microseconds - 86_400_000_000))
        var duties = try keeper.periodic(dueFrom: from, until: Timestamp(microseconds: now.microseconds + horizon)).map {
            ($0.clock, $0.occurrence.report.name[session.language])
        }
        for clock in try store.dutyClocks(open: true)
        where !duties.contains(where: { $0.0.code == clock.code && $0.0.subject == clock.subject }) {
            duties.append((clock, keeper.deadline(clock.code)?.name[session.language] ?? ""))
        }
        for (clock, name) in duties where clock.metAt == nil {
            guard let limit = clock.due, let threshold = settings.threshold(limit: limit, now: now) else { continue }
            due.append(Due(incident: nil, duty: clock.subject, code: clock.code, name: name, title: "", limit: limit, threshold: threshold))
        }
        return due.sorted { ($0.limit, $0.code) < ($1.limit, $1.code) }
    }

    private func message(_ due: [Due], _ now: Timestamp, _ session: Session) -> WarningMessage {
        let over = due.count { $0.limit < now }
        let subject =
            over > 0
            ? session.text(
                "[VongGac] \(over) thời hạn QUÁ HẠN, \(due.count - over) sắp đến",
                "[VongGac] deadlines: \(over) OVERDUE, \(due.count - over) near")
            : session.text("[VongGac] \(due.count) thời hạn sắp đến", "[VongGac] deadlines: \(due.count) near")
        let lines = due.map { item in
            let left = ClockText.left(from: now, until: item.limit, session.language)
            let when = item.limit < now ? session.text("QUÁ HẠN \(left)", "OVERDUE \(left)") : session.text("còn \(left)", "\(left) left")
            return "\(item.incident?.description ?? item.duty ?? "")  \(item.code)  \(LocalTime.text(item.limit))  \(when)  \(item.name)"
                + (item.title.isEmpty ? "" : " – \(item.title)")
        }
        return WarningMessage(
            subject: subject, lines: [subject] + lines.map(DisplayText.safe),
            json: .object([
                "subject": .string(subject),
                "deadlines": .array(
                    due.map {
                        .object([
                            "incident": .optional($0.incident?.description), "duty": .optional($0.duty), "code": .string($0.code),
                            "due": .time($0.limit), "left_seconds": .integer(($0.limit.microseconds - now.microseconds) / 1_000_000),
                            "name": .string($0.name), "title": .string($0.title),
                        ])
                    }),
            ]))
    }

    private func report(_ records: [ClockWarning], _ due: [Due], _ settings: WarningSettings, _ session: Session) {
        if settings.channels.isEmpty {
            return session.say(
                "\(due.count) thời hạn cần nhắc; chưa có kênh nào (clocks.yaml, mục channels).",
                "Deadlines to warn of: \(due.count); there is no channel (clocks.yaml, channels).")
        }
        if dryRun { return }
        if records.isEmpty { return session.say("Không có gì mới phải nhắc.", "Nothing new to warn of.") }
        for record in records {
            session.line(
                "\(record.incident?.description ?? record.duty ?? "")  \(record.clock)  \(record.channel)  "
                    + (record.isDelivered ? session.text("đã gửi", "delivered") : session.text("KHÔNG GỬI ĐƯỢC", "NOT DELIVERED"))
                    + "  \(record.detail)")
        }
    }

    private func json(_ record: ClockWarning) -> JSONValue {
        .object([
            "incident": .optional(record.incident?.description), "duty": .optional(record.duty), "code": .string(record.clock),
            "due": .time(record.due), "minutes_before": .integer(Int64(record.minutesBefore)), "channel": .string(record.channel),
            "delivered": .bool(record.isDelivered), "detail": .string(record.detail),
        ])
    }
}
