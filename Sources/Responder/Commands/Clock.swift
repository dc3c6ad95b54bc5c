import ArgumentParser
import Bytes
import Compliance
import Incidents
import Terminal
import Trust

struct ClockCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clock", abstract: HelpText.text("Legal deadlines."),
        subcommands: [ClockList.self, ClockShow.self, ClockMeet.self, ClockWarn.self, ClockProfiles.self])
}

/// Which compliance profile.
struct ProfileOptions: ParsableArguments {
    @Option(help: ArgumentHelp(HelpText.text("Compliance profile: vn-2026, vn-2017, or a .yaml file."), valueName: "profile"))
    var profile: String?

    func load() throws -> ComplianceProfile { try ProfileLibrary().profile(profile ?? ProfileLibrary.standard) }
}

struct ClockList: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: HelpText.text("Deadlines that run, the nearest first."),
        discussion:
            HelpText.text(
                "Deadlines start when an incident is confirmed. --candidates also shows those that would run for incidents that nobody has confirmed yet."
            )
    )
    @OptionGroup var common: CommonOptions
    @OptionGroup var profileOptions: ProfileOptions
    @Flag(help: ArgumentHelp(HelpText.text("Also those that are met, with when and by which document."))) var all = false
    @Flag(help: ArgumentHelp(HelpText.text("Also those of candidates, if they were confirmed."))) var candidates = false
    @Flag(help: ArgumentHelp(HelpText.text("Also periodic reports that are due within 30 days, or were within the last 30.")))
    var periodic = false
    @Option(help: ArgumentHelp(HelpText.text("Only of this incident."))) var incident: IncidentCode?

    private struct Line {
        var subject: String
        var clock: IncidentClock?
        var code: String
        var name: String
        var limit: Timestamp?
        var isTarget: Bool
        var standing: ClockStanding
        var isCandidate = false
        var metAt: Timestamp?
        var fulfilledBy: String?
        var json: JSONValue
    }

    func run() throws {
        let session = Session(options: common)
        let store = try session.store()
        let keeper = try session.keeper(store, profile: profileOptions.profile)
        let now = Timestamp.now
        var lines = try store.clocks(open: !all).map { line($0, keeper, now, session) }
        if candidates {
            var filter = IncidentFilter()
            filter.states = [.new]
            let levels = Dictionary(try store.agencies().map { ($0.code, $0.level) }, uniquingKeysWith: { first, _ in first })
            for incident in try store.incidents(filter) {
                let level = incident.agency.flatMap { levels[$0] ?? nil }
                for clock in keeper.clocks(for: incident, level: level, assumingConfirmed: true)
                where !lines.contains(where: { $0.clock?.incident == clock.incident && $0.code == clock.code }) {
                    lines.append(line(clock, keeper, now, session, isCandidate: true))
                }
            }
        }
        if let incident { lines.removeAll { $0.clock?.incident != incident } }
        if incident == nil { lines += try duties(store, keeper, now, session) }
        lines.sort { ($0.limit?.microseconds ?? .max, $0.subject, $0.code) < ($1.limit?.microseconds ?? .max, $1.subject, $1.code) }
        if common.json { return try session.show(.array(lines.map(\.json))) }
        if lines.isEmpty { return session.say("Không có thời hạn nào đang chạy.", "No deadline is running.") }
        show(lines, now, session)
    }

    private func show(_ lines: [Line], _ now: Timestamp, _ session: Session) {
        // A terminal of 80 columns has room for what must be done, or for what was: not for both, and not for a column of states.
        let isNarrow = session.columns.map { $0 < 110 } ?? false
        var headings = [session.text("Sự cố", "Incident"), session.text("Mã", "Code"), session.text("Hạn", "Due")]
        if !(isNarrow && all) { headings.append(session.text("Còn", "Left")) }
        if !isNarrow || all { headings.append(session.text("Tình trạng", "State")) }
        if all { headings += [session.text("Xong lúc", "Met at"), session.text("Văn bản", "Document")] }
        if !(isNarrow && all) { headings.append(session.text("Việc phải làm", "What")) }
        var table = Table(headings)
        for line in lines {
            let standing = line.isCandidate ? session.text("chưa xác nhận", "not confirmed") : ClockText.name(line.standing, session)
            var left = line.metAt == nil ? line.limit.map { ClockText.left(from: now, until: $0, session.language) } ?? "-" : "-"
            if isNarrow, line.standing == .overdue { left = standing + " " + String(left.drop { $0 == "-" }) }
            if isNarrow, line.isCandidate { left = "(" + left + ")" }
            var cells = [line.subject, line.code, line.limit.map { session.moment($0) + (line.isTarget ? "*" : "") } ?? "-"]
            if !(isNarrow && all) { cells.append(left) }
            if !isNarrow || all { cells.append(standing) }
            if all { cells += [line.metAt.map(session.moment) ?? "-", line.fulfilledBy ?? "-"] }
            if !(isNarrow && all) { cells.append(line.name) }
            table.add(cells)
        }
        session.show(table)
        if lines.contains(where: \.isTarget) {
            session.say(
                "* mục tiêu nội bộ; luật ghi “ngay” hoặc không nêu số giờ", "* internal target; the law says \"at once\" or gives no number"
            )
        }
    }

    private func line(
        _ clock: IncidentClock, _ keeper: ClockKeeper, _ now: Timestamp, _ session: Session, isCandidate: Bool = false
    ) -> Line {
        let engine = keeper.engine(of: clock.code)
        let limit = engine.target(of: clock)
        return Line(
            subject: clock.incident.description, clock: clock, code: clock.code,
            name: keeper.deadline(clock.code)?.name[session.language] ?? "", limit: limit,
            isTarget: clock.due == nil && limit != nil, standing: engine.standing(of: clock, at: now), isCandidate: isCandidate,
            metAt: clock.metAt, fulfilledBy: clock.fulfilledBy, json: ClockText.json(clock, keeper, at: now, isCandidate: isCandidate))
    }

    /// Deadlines that are no incident's: those on record, and periodic ones where they were asked for.
    private func duties(_ store: IncidentStore, _ keeper: ClockKeeper, _ now: Timestamp, _ session: Session) throws -> [Line] {
        let month: Int64 = 30 * 86_400_000_000
        var lines: [Line] = []
        var shown: Set<String> = []
        if periodic {
            let begun = try store.events(limit: 1).first?.time ?? now
            let from = max(begun, Timestamp(microseconds: now.microseconds - month))
            for (occurrence, clock) in try keeper.periodic(dueFrom: from, until: Timestamp(microseconds: now.microseconds + month)) {
                // Of reports in the future the next one is enough.
                let isAhead = occurrence.from > now
                if (isAhead || (clock.metAt != nil && !all)) || (occurrence.due > now && !shown.insert(clock.code).inserted) { continue }
                shown.insert(clock.code + clock.subject)
                lines.append(line(clock, occurrence.report.name[session.language], isTarget: occurrence.isTarget, keeper, now))
            }
        }
        for clock in try store.dutyClocks(open: !all) where !shown.contains(clock.code + clock.subject) {
            let report = keeper.engine.profile.periodicReport(clock.code)
            if report != nil && !periodic && !all { continue }
            lines.append(
                line(
                    clock, (keeper.deadline(clock.code)?.name ?? report?.name)?[session.language] ?? "",
                    isTarget: report?.before == nil && report != nil,
                    keeper, now))
        }
        return lines
    }

    private func line(_ clock: DutyClock, _ name: String, isTarget: Bool, _ keeper: ClockKeeper, _ now: Timestamp) -> Line {
        let standing: ClockStanding =
            if let met = clock.metAt { clock.due.map { met <= $0 } ?? true ? .met : .metLate } else {
                clock.due.map { now > $0 } ?? false ? .overdue : .running
            }
        return Line(
            subject: clock.subject, clock: nil, code: clock.code, name: name, limit: clock.due, isTarget: isTarget, standing: standing,
            metAt: clock.metAt, fulfilledBy: clock.fulfilledBy,
            json: .object([
                "incident": .null, "duty": .string(clock.subject), "code": .string(clock.code), "profile": .string(clock.profile),
                "t0": .time(clock.t0), "due": isTarget ? .null : .time(clock.due), "target": .time(clock.due),
                "state": .string(standing.rawValue), "candidate": .bool(false), "met_at": .time(clock.metAt),
                "fulfilled_by": .optional(clock.fulfilledBy), "name": .string(name),
            ]))
    }
}

struct ClockShow: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show",
        abstract: HelpText.text(
            "The deadlines of an incident: what the law says, who must get what by when, what was sent, who was warned."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var incident: IncidentCode
    @Argument(help: ArgumentHelp(HelpText.text("Code of one deadline, R26_24; all of them without.")), completion: Suggestions.clocks)
    var code: String?

    func run() throws {
        let session = Session(options: common)
        let store = try session.store()
        let keeper = try session.keeper(store)
        let detail = try store.detail(incident, alertLimit: 0, eventLimit: 0)
        let warnings = try store.warnings(incident: incident)
        let clocks = detail.clocks.filter { code == nil || $0.code == code?.uppercased() }
        if clocks.isEmpty, let code { throw NotFoundError(.clock, "\(incident) \(code.uppercased())") }
        let parts = clocks.map { clock in
            (clock, detail.dispatches.filter { $0.clock == clock.code }, warnings.filter { $0.clock == clock.code })
        }
        let now = Timestamp.now
        if common.json {
            let documents = parts.map { json($0, sent: $1, warnings: $2, keeper, now) }
            return try session.show(code == nil ? .array(documents) : documents[0])
        }
        if parts.isEmpty { session.say("\(incident) chưa có thời hạn nào.", "\(incident) has no deadlines yet.") }
        for (number, (clock, sent, warnings)) in parts.enumerated() {
            if number > 0 { print() }
            show(clock, sent: sent, warnings: warnings, keeper, session, now)
        }
    }

    private func json(_ clock: IncidentClock, sent: [StoredDispatch], warnings: [ClockWarning], _ keeper: ClockKeeper, _ now: Timestamp)
        -> JSONValue
    {
        guard case .object(var members) = ClockText.json(clock, keeper, at: now) else { return .null }
        members["dispatches"] = .array(sent.map(\.json))
        members["warnings"] = .array(
            warnings.map {
                .object([
                    "at": .time($0.at), "minutes_before": .integer(Int64($0.minutesBefore)), "channel": .string($0.channel),
                    "delivered": .bool($0.isDelivered), "detail": .string($0.detail),
                ])
            })
        return .object(members)
    }

    private func show(
        _ clock: IncidentClock, sent: [StoredDispatch], warnings: [ClockWarning], _ keeper: ClockKeeper, _ session: Session,
        _ now: Timestamp
    ) {
        let engine = keeper.engine(of: clock.code)
        let deadline = keeper.deadline(clock.code)
        session.wrapped("\(clock.incident)  \(clock.code)  \(deadline?.name[session.language] ?? "")", indent: 4)
        var facts: [(String, String)] = [
            (session.text("Tình trạng", "State"), ClockText.name(engine.standing(of: clock, at: now), session)),
            ("T0", LocalTime.text(clock.t0)),
        ]
        if let due = clock.due {
            facts.append((session.text("Hạn", "Due"), LocalTime.text(due)))
        } else if let target = engine.target(of: clock) {
            facts.append((session.text("Mục tiêu", "Target"), LocalTime.text(target) + session.text(" (nội bộ)", " (internal)")))
        }
        if clock.metAt == nil, let limit = engine.target(of: clock) {
            facts.append((session.text("Còn", "Left"), ClockText.left(from: now, until: limit, session.language)))
        }
        if let note = engine.calendarNote(of: clock).text { facts.append((session.text("Lịch", "Calendar"), note[session.language])) }
        if let form = deadline?.form {
            facts.append((session.text("Biểu mẫu", "Form"), "\(form)  \(engine.profile.form(form)?.title[session.language] ?? "")"))
        }
        if let source = deadline?.source { facts.append((session.text("Căn cứ", "Source"), source)) }
        facts.append((session.text("Hồ sơ", "Profile"), clock.profile))
        if let met = clock.metAt { facts.append((session.text("Hoàn thành", "Met"), "\(LocalTime.text(met))  \(clock.fulfilledBy ?? "")")) }
        for (name, value) in facts { session.wrapped("  " + DisplayText.fitted(name, to: 13) + value, indent: 15) }
        part(session.text("Nơi nhận", "Recipients"), session, (deadline?.recipients ?? []).map { $0[session.language] })
        part(
            session.text("Đã gửi", "Sent"), session,
            sent.map {
                "\(LocalTime.text($0.dispatch.sentAt))  \($0.dispatch.document)  → \($0.dispatch.recipient)  \($0.dispatch.channel.rawValue)  \($0.dispatch.proof ?? "")"
            })
        part(
            session.text("Đã nhắc", "Warned"), session,
            warnings.map {
                "\(LocalTime.text($0.at))  \($0.channel)  "
                    + ($0.isDelivered ? session.text("đã gửi", "delivered") : session.text("KHÔNG GỬI ĐƯỢC", "NOT DELIVERED"))
                    + "  \($0.detail)"
            })
    }

    private func part(_ heading: String, _ session: Session, _ lines: [String]) {
        guard !lines.isEmpty else { return }
        print("\n\(heading)")
        for line in lines { session.wrapped("  " + line, indent: 6) }
    }
}

extension Dispatch.Channel: ExpressibleByArgument {}

struct ClockMeet: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "meet", abstract: HelpText.text("Say that a deadline was met, by which document, sent to whom and how."),
        discussion: HelpText.text("Of an incident (VG-2026-0001 R26_24), or of a period (2026-W47 P_WEEKLY)."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident, or the period of a periodic report.")), completion: Suggestions.incidents)
    var subject: String
    @Argument(help: ArgumentHelp(HelpText.text("Code of the deadline: R26_24.")), completion: Suggestions.clocks) var code: String
    @Option(help: ArgumentHelp(HelpText.text("Number and sign of what was sent."))) var document: String
    @Option(help: ArgumentHelp(HelpText.text("To whom."))) var recipient: String = ""
    @Option(help: ArgumentHelp(HelpText.text("How:") + " \(Dispatch.Channel.allCases.map(\.rawValue).joined(separator: ", "))."))
    var channel: Dispatch.Channel = .other
    @Option(help: ArgumentHelp(HelpText.text("What shows that it arrived: a receipt number, a reply."))) var proof: String?
    @Option(help: ArgumentHelp(HelpText.text("When it was sent; now by default."))) var at: String?
    @Flag(help: ArgumentHelp(HelpText.text("It is met already; this went to another recipient, or is a later version."))) var also = false

    func run() throws {
        let session = Session(options: common)
        let now = Timestamp.now
        let moment = try at.map { try ListOptions.moment($0, "--at") } ?? now
        guard moment.microseconds <= now.microseconds + 60_000_000 else {
            throw UsageError("--at \(at ?? ""): nằm trong tương lai", "--at \(at ?? ""): lies in the future")
        }
        let store = try session.store(.readWrite)
        let code = code.uppercased()
        let dispatch = Dispatch(document: document, recipient: recipient, channel: channel, sentAt: moment, proof: proof)
        if let incident = IncidentCode(subject) {
            if !also, let clock = try store.detail(incident, alertLimit: 0, eventLimit: 0).clocks.first(where: { $0.code == code }),
                clock.metAt != nil
            {
                throw HouseRuleError.clockMet(code: code, incident: incident.description)
            }
            try store.fulfil(code, of: incident, by: dispatch, hand: session.hand())
        } else {
            let duty = try duty(code, store, session)
            if !also, duty.metAt != nil { throw HouseRuleError.clockMet(code: code, incident: subject) }
            try store.fulfil(duty, by: dispatch, hand: session.hand())
        }
        session.say("\(subject): \(code) đã hoàn thành bằng \(document).", "\(subject): \(code) is met by \(document).")
    }

    /// The deadline of a period or an agency.
    private func duty(_ code: String, _ store: IncidentStore, _ session: Session) throws -> DutyClock {
        if let known = try store.dutyClocks().first(where: { $0.code == code && $0.subject == subject }) { return known }
        let keeper = try session.keeper(store)
        let now = Timestamp.now
        let year: Int64 = 370 * 86_400_000_000
        let found = try keeper.periodic(
            dueFrom: Timestamp(microseconds: now.microseconds - year), until: Timestamp(microseconds: now.microseconds + year)
        ).first { $0.clock.code == code && $0.clock.subject == subject }
        guard let found else { throw NotFoundError(.clock, "\(subject) \(code)") }
        return found.clock
    }
}

struct ClockProfiles: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "profile", abstract: HelpText.text("Check a compliance profile and list its deadlines."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("vn-2026, vn-2017, or a .yaml file; the one in use by default."))) var profile: String?

    func run() throws {
        let session = Session(options: common)
        let name = try profile ?? session.warningSettings().profile ?? ProfileLibrary.standard
        let profile = try ProfileLibrary().profile(name)
        for other in profile.alongside {
            let known = try ProfileLibrary().profile(other.profile)
            for code in other.deadlines where known.deadline(code) == nil { throw NotFoundError(.clock, "\(other.profile) \(code)") }
        }
        if common.json {
            return try session.show(
                .object([
                    "id": .string(profile.id), "version": .string(profile.version), "t0_rule": .string(profile.t0Rule.rawValue),
                    "deadlines": .array(
                        profile.deadlines.map {
                            .object([
                                "code": .string($0.code), "name_vi": .string($0.name[.vi]), "name_en": .string($0.name[.en]),
                                "hours": $0.allowance.hours.map { .integer(Int64($0)) } ?? .null, "from": .string($0.start.rawValue),
                                "form": .optional($0.form), "source": .string($0.source),
                            ])
                        }),
                    "alongside": .array(
                        profile.alongside.map {
                            .object(["profile": .string($0.profile), "deadlines": .array($0.deadlines.map { .string($0) })])
                        }),
                    "periodic": .array(
                        profile.periodicReports.map {
                            .object([
                                "code": .string($0.code), "period": .string($0.period.rawValue), "before": .optional($0.before),
                                "source": .string($0.source),
                            ])
                        }),
                ]))
        }
        session.line("\(profile.label)  \(profile.title[session.language])")
        let isNarrow = session.columns.map { $0 < 110 } ?? false
        func row(_ code: String, _ allowed: String, _ source: String, _ name: String) -> [String] {
            isNarrow ? [code, allowed, name] : [code, allowed, source, name]
        }
        var table = Table(
            row(
                session.text("Mã", "Code"), session.text("Hạn", "Allowed"), session.text("Căn cứ", "Source"), session.text("Việc", "What")))
        for deadline in profile.deadlines {
            table.add(
                row(deadline.code, ClockText.allowance(deadline.allowance, session), deadline.source, deadline.name[session.language]))
        }
        for report in profile.periodicReports {
            let when =
                report.before.map { day in
                    let parts = day.split(separator: "-")
                    return session.text("trước ", "before ") + parts.reversed().joined(separator: "/")
                } ?? session.text("(\(report.targetHours ?? 0) giờ*)", "(\(report.targetHours ?? 0) h*)")
            table.add(row(report.code, when, report.source, report.name[session.language]))
        }
        for other in profile.alongside {
            let known = try ProfileLibrary().profile(other.profile)
            for code in other.deadlines {
                guard let deadline = known.deadline(code) else { continue }
                table.add(
                    row(
                        code, ClockText.allowance(deadline.allowance, session), deadline.source,
                        deadline.name[session.language] + " (\(other.profile))"))
            }
        }
        session.show(table)
    }
}
