import ArgumentParser
import Bytes
import Compliance
import Incidents
import Terminal
import Trust

struct IncidentShow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: HelpText.text("Everything about one incident."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode

    func run() throws {
        let session = Session(options: common)
        let store = try session.store()
        let keeper = try session.keeper(store)
        // Days of chained alerts make thousands of entries; the others are the timeline's to show.
        let detail = try store.detail(code, alertLimit: 50, eventLimit: common.json ? nil : 200)
        if common.json { return try session.show(json(detail, keeper)) }
        let incident = detail.incident
        session.wrapped("\(incident.code)  \(session.text(incident.titleVietnamese, incident.titleEnglish))", indent: 14)
        for (name, value) in facts(detail, keeper.engine.profile, session) {
            session.wrapped("  " + DisplayText.fitted(name, to: 17) + value, indent: 19)
        }
        deadlines(detail, keeper, session)
        part(session.text("Việc phải làm", "Tasks"), session, detail.tasks.map { "\($0.number). \($0.text)  [\($0.stateName(session))]" })
        part(
            session.text("Giai đoạn tấn công", "Stages of the attack"), session,
            incident.stages.map {
                "\(session.moment($0.at))  \(session.text($0.stage.vietnamese, $0.stage.english))  \($0.kind)"
            })
        part(
            session.text("Sự cố liên quan", "Linked incidents"), session,
            detail.links.map { "\($0.with)  \($0.reason ?? "")" })
        part(
            session.text("Máy liên quan", "Hosts"), session,
            hosts(detail, session)
                + more(detail.hosts.count - 20, session))
        part(
            session.text("Cảnh báo", "Alerts"), session,
            detail.alerts.prefix(20).map { "\(session.moment($0.record.time))  \($0.record.sid)  \($0.record.message)" }
                + more(incident.alertCount - min(20, detail.alerts.count), session))
        part(
            session.text("Chứng cứ", "Evidence"), session,
            detail.evidence.map {
                "\($0.digest.hex.prefix(16))…  \(DisplayText.fitted(ByteCount.text($0.size), to: 8))  \(session.description(of: $0))"
            })
        part(
            session.text("Diễn biến", "Timeline"), session,
            earlier(detail, session)
                + EventText.told(detail.events).map {
                    "\(session.moment($0.time))  \(session.actor($0.actor))  \(EventText.name($0.kind, session.language))  \(EventText.text($0, session))"
                })
        if let next = next(detail) {
            print()
            session.wrapped(session.text("Bước tiếp: ", "Next: ") + next, indent: 4)
        }
    }

    private func earlier(_ detail: IncidentDetail, _ session: Session) -> [String] {
        let count = detail.eventCount - detail.events.count
        guard count > 0 else { return [] }
        return [
            session.text(
                "… \(count) mục trước đó: vonggac incident timeline \(detail.incident.code)",
                "… \(count) earlier: vonggac incident timeline \(detail.incident.code)")
        ]
    }

    private func facts(_ detail: IncidentDetail, _ profile: ComplianceProfile, _ session: Session) -> [(String, String)] {
        let incident = detail.incident
        var facts: [(String, String)] = [
            (
                session.text("Trạng thái", "State"),
                StateNames.name(incident.state, session.language)
                    + (incident.supersededBy.map { session.text(", gộp vào \($0)", ", merged into \($0)") } ?? "")
                    + session.text(", phiên bản \(incident.version)", ", version \(incident.version)")
            ),
            (session.text("Mức độ", "Severity"), named(incident.severity.rawValue, profile[incident.severity]?.name[session.language])),
            (
                session.text("Loại", "Category"),
                ([incident.category] + incident.secondaryCategories).map { named($0.rawValue, profile[$0]?.name[session.language]) }
                    .joined(separator: " + ")
            ),
            (session.text("Cơ quan", "Agency"), incident.agency ?? "-"),
            (session.text("Người xử lý", "Assignee"), incident.assignee ?? "-"),
            (session.text("Thấy lần đầu", "First seen"), LocalTime.text(incident.firstSeen) + session.ago(incident.firstSeen)),
            (session.text("Thấy lần cuối", "Last seen"), LocalTime.text(incident.lastSeen) + session.ago(incident.lastSeen)),
            (session.text("Cảnh báo", "Alerts"), String(incident.alertCount)),
        ]
        func took(_ vietnamese: String, _ english: String, _ seconds: Double?) {
            guard let seconds else { return }
            facts.append((session.text(vietnamese, english), ClockText.span(seconds: Int64(max(0, seconds)), session.language)))
        }
        took("Tiếp nhận sau", "Acknowledged in", incident.secondsToAcknowledge)
        took("Ngăn chặn sau", "Contained in", incident.secondsToContain)
        took("Đóng sau", "Closed in", incident.secondsToClose)
        if let mode = incident.handlingMode {
            facts.append((session.text("Cách xử lý", "Handled"), mode.name[session.language] + (incident.helper.map { " (\($0))" } ?? "")))
        }
        if let sender = incident.reportedBy { facts.append((session.text("Bên thông báo", "Reported by"), sender)) }
        for name in incident.flags.names {
            let flag = IncidentFlags.named(name) ?? []
            facts.append(
                (
                    session.text("Ảnh hưởng", "Affected"),
                    "\(TriageVerb.label(flag, session.language))  T0 \(LocalTime.text(incident.t0(of: flag)))"
                ))
        }
        if incident.isHeld { facts.append((session.text("Giữ pháp lý", "Legal hold"), session.text("có", "yes"))) }
        if let summary = incident.summary { facts.append((session.text("Tổng kết", "Summary"), summary)) }
        return facts
    }

    /// The code, which commands want, and what it means.
    private func named(_ code: String, _ name: String?) -> String { name.map { "\(code) (\($0))" } ?? code }

    private func deadlines(_ detail: IncidentDetail, _ keeper: ClockKeeper, _ session: Session) {
        let now = Timestamp.now
        let lines = detail.clocks.map { (clock: $0, limit: keeper.engine(of: $0.code).target(of: $0)) }
            .sorted { ($0.limit?.microseconds ?? .max, $0.clock.code) < ($1.limit?.microseconds ?? .max, $1.clock.code) }
        part(
            session.text("Thời hạn", "Deadlines"), session,
            lines.map { clock, limit in
                let standing = keeper.engine(of: clock.code).standing(of: clock, at: now)
                let when = limit.map { session.moment($0) + (clock.due == nil ? "*" : " ") } ?? "-"
                let end =
                    clock.metAt != nil
                    ? clock.fulfilledBy ?? ""
                    : limit.map { ClockText.left(from: now, until: $0, session.language) } ?? ""
                let name = keeper.deadline(clock.code)?.name[session.language] ?? ""
                return [DisplayText.fitted(clock.code, to: 11), when, ClockText.name(standing, session), end, name].filter { !$0.isEmpty }
                    .joined(separator: "  ")
            })
    }

    /// The commands that usually come now.
    private func next(_ detail: IncidentDetail) -> String? {
        let code = detail.incident.code
        switch detail.incident.state {
        case .new: return "vonggac incident confirm \(code)  |  dismiss \(code) --reason …  |  merge \(code) VG-…"
        case .confirmed: return "vonggac playbook list  |  incident contain \(code) --note …"
        case .contained: return "vonggac incident eradicate \(code) --note …"
        case .eradicated: return "vonggac incident recover \(code) --note …"
        case .recovered: return "vonggac incident close \(code) --summary …"
        case .falseAlarm, .closed: return "vonggac incident reopen \(code) --reason …"
        case .duplicate: return detail.incident.supersededBy.map { "vonggac incident show \($0)" }
        }
    }

    private func hosts(_ detail: IncidentDetail, _ session: Session) -> [String] {
        let hosts = detail.hosts.prefix(20)
        let width = hosts.map { $0.address.description.count }.max() ?? 0
        return hosts.map { host in
            let address = DisplayText.fitted(host.address.description, to: width)
            return
                "\(role(host.role, session))  \(address)  \(DisplayText.fitted(session.alerts(host.alerts), to: 12))  \(host.agency ?? "")"
        }
    }

    private func role(_ role: IncidentHost.Role, _ session: Session) -> String {
        switch role {
        case .attacker: session.text("tấn công   ", "attacker")
        case .victim: session.text("nạn nhân   ", "victim  ")
        case .relay: session.text("chuyển tiếp", "relay   ")
        }
    }

    private func more(_ count: Int, _ session: Session) -> [String] {
        count > 0 ? [session.text("… và \(count) nữa", "… and \(count) more")] : []
    }

    private func part(_ heading: String, _ session: Session, _ lines: [String]) {
        guard !lines.isEmpty else { return }
        print("\n\(heading)")
        for line in lines { session.wrapped("  " + line, indent: 6) }
    }

    private func json(_ detail: IncidentDetail, _ keeper: ClockKeeper) -> JSONValue {
        .object([
            "incident": detail.incident.json, "alerts": .array(detail.alerts.map(\.json)),
            "evidence": .array(detail.evidence.map(\.json)), "timeline": .array(detail.events.map(\.json)),
            "hosts": .array(
                detail.hosts.map {
                    .object([
                        "address": .string($0.address.description), "role": .string($0.role.rawValue), "agency": .optional($0.agency),
                        "alerts": .integer(Int64($0.alerts)),
                    ])
                }),
            "clocks": .array(detail.clocks.map { ClockText.json($0, keeper, at: Timestamp.now) }),
            "tasks": .array(detail.tasks.map { $0.json(detail.incident.code) }),
            "links": .array(
                detail.links.map { .object(["incident": .string($0.with.description), "reason": .optional($0.reason)]) }),
            "dispatches": .array(detail.dispatches.map(\.json)),
        ])
    }
}
