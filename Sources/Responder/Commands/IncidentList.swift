import ArgumentParser
import Incidents
import Terminal
import Trust
import Wording

struct IncidentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incident", abstract: "Incidents and candidates.",
        subcommands: [
            IncidentList.self, IncidentShow.self, IncidentCount.self, IncidentTimeline.self, IncidentConfirm.self, IncidentDismiss.self,
            IncidentAssign.self,
            IncidentNote.self, IncidentClassify.self, IncidentContain.self, IncidentEradicate.self, IncidentRecover.self,
            IncidentClose.self, IncidentReopen.self, IncidentHold.self, IncidentRelease.self, IncidentMerge.self, IncidentLink.self,
        ])
}

extension IncidentCode: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
}

extension IncidentState: ExpressibleByArgument {}
extension Severity: ExpressibleByArgument {}

struct IncidentList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List incidents, the newest first.")
    @OptionGroup var common: CommonOptions
    @Option(help: "Only this state.") var status: IncidentState?
    @Option(help: "Only this agency.") var agency: String?
    @Option(help: "Only this severity.") var severity: Severity?
    @Option(help: "Only those with this address.") var address: String?
    @Option(help: "Only of this category, such as MALWARE.") var category: String?
    @Option(help: "Only of this kind, such as PORTSCAN.") var kind: String?
    @Option(help: "Only what this person works on.") var assignee: String?
    @OptionGroup var list: ListOptions

    func run() throws {
        let session = Session(options: common)
        var filter = IncidentFilter()
        filter.states = status.map { [$0] }
        filter.agency = agency
        filter.severities = severity.map { [$0] }
        filter.category = category.map { CategoryCode(rawValue: $0.uppercased()) }
        filter.kind = kind.map { KindCode(rawValue: $0.uppercased()) }
        filter.assignee = assignee
        filter.address = try ListOptions.address(address)
        filter.since = try list.from()
        filter.until = try list.end()
        filter.limit = list.count
        filter.offset = list.offset
        let incidents = try session.store().incidents(filter)
        if common.json { return try session.show(.array(incidents.map(\.json))) }
        if incidents.isEmpty { return session.say("Không có sự cố nào.", "No incidents.") }
        var table = Table([
            session.text("Mã", "Code"), session.text("Mức", "Sev"), session.text("Trạng thái", "State"), session.text("Cơ quan", "Agency"),
            session.text("Thấy lần đầu", "First seen"), session.text("CB", "Alerts"), session.text("Nội dung", "What"),
        ])
        for incident in incidents {
            table.add([
                incident.code.description, incident.severity.rawValue, StateNames.name(incident.state, session.language),
                incident.agency ?? "-", LocalTime.text(incident.firstSeen), String(incident.alertCount),
                session.text(incident.titleVietnamese, incident.titleEnglish),
            ])
        }
        session.show(table)
    }
}

struct IncidentShow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "Everything about one incident.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode

    func run() throws {
        let session = Session(options: common)
        let detail = try session.store().detail(code, alertLimit: 50)
        if common.json {
            return try session.show(
                .object([
                    "incident": detail.incident.json, "alerts": .array(detail.alerts.map(\.json)),
                    "evidence": .array(detail.evidence.map(\.json)), "timeline": .array(detail.events.map(\.json)),
                    "hosts": .array(
                        detail.hosts.map {
                            .object([
                                "address": .string($0.address.description), "role": .string($0.role.rawValue),
                                "agency": .optional($0.agency),
                                "alerts": .integer(Int64($0.alerts)),
                            ])
                        }),
                ]))
        }
        let incident = detail.incident
        print(DisplayText.safe("\(incident.code)  \(session.text(incident.titleVietnamese, incident.titleEnglish))"))
        let facts: [(String, String)] = [
            (session.text("Trạng thái", "State"), StateNames.name(incident.state, session.language)),
            (session.text("Mức độ", "Severity"), incident.severity.rawValue),
            (session.text("Loại", "Category"), incident.category.rawValue),
            (session.text("Cơ quan", "Agency"), incident.agency ?? "-"),
            (session.text("Người xử lý", "Assignee"), incident.assignee ?? "-"),
            (session.text("Thấy lần đầu", "First seen"), LocalTime.text(incident.firstSeen)),
            (session.text("Thấy lần cuối", "Last seen"), LocalTime.text(incident.lastSeen)),
            (session.text("Cảnh báo", "Alerts"), String(incident.alertCount)),
        ]
        for (name, value) in facts { print("  " + DisplayText.fitted(name, to: 16) + DisplayText.safe(value)) }
        part(session.text("Máy liên quan", "Hosts"), detail.hosts.map { "\($0.role.rawValue)  \($0.address)  \($0.agency ?? "")" })
        part(
            session.text("Cảnh báo", "Alerts"),
            detail.alerts.map { "\(LocalTime.text($0.record.time))  \($0.record.sid)  \($0.record.message)" })
        part(session.text("Chứng cứ", "Evidence"), detail.evidence.map { "\($0.digest.hex.prefix(16))…  \($0.size) B  \($0.description)" })
        part(session.text("Diễn biến", "Timeline"), detail.events.map { "\(LocalTime.text($0.time))  \($0.actor)  \($0.kind)" })
    }

    private func part(_ heading: String, _ lines: [String]) {
        guard !lines.isEmpty else { return }
        print("\n\(heading)")
        for line in lines { print("  " + DisplayText.safe(line)) }
    }
}

struct IncidentTimeline: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "timeline", abstract: "What happened to an incident, from the ledger.")
    @OptionGroup var common: CommonOptions
    @Argument var code: IncidentCode

    func run() throws {
        let session = Session(options: common)
        let events = try session.store().detail(code, alertLimit: 1).events
        if common.json { return try session.show(.array(events.map(\.json))) }
        var table = Table(["#", session.text("Lúc", "When"), session.text("Ai", "Who"), session.text("Việc", "What"), ""])
        for event in events { table.add([String(event.seq), LocalTime.text(event.time), event.actor, event.kind, event.body]) }
        session.show(table)
    }
}

/// States as people call them.
enum StateNames {
    static func name(_ state: IncidentState, _ language: Language) -> String {
        guard language == .vi else { return state.rawValue.replacing("_", with: " ") }
        switch state {
        case .new: return "mới"
        case .confirmed: return "đã xác nhận"
        case .falseAlarm: return "báo động nhầm"
        case .duplicate: return "trùng"
        case .contained: return "đã ngăn chặn"
        case .eradicated: return "đã gỡ bỏ"
        case .recovered: return "đã khôi phục"
        case .closed: return "đã kết thúc"
        }
    }
}
