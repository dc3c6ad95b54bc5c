import ArgumentParser
import Incidents
import Terminal
import Trust
import Wording

struct IncidentCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "incident", abstract: HelpText.text("Incidents and candidates."),
        subcommands: [
            IncidentList.self, IncidentShow.self, IncidentCount.self, IncidentTimeline.self, IncidentNew.self, IncidentConfirm.self,
            IncidentDismiss.self, IncidentDuplicate.self, IncidentAssign.self, IncidentNote.self, TaskCommand.self, IncidentClassify.self,
            IncidentFlag.self, IncidentHandle.self, IncidentContain.self, IncidentEradicate.self, IncidentRecover.self, IncidentClose.self,
            IncidentReopen.self, IncidentUndo.self, IncidentMerge.self, IncidentSplit.self, IncidentLinkCommand.self, IncidentHold.self,
            IncidentRelease.self,
        ])
}

extension IncidentCode: ExpressibleByArgument {
    public init?(argument: String) { self.init(argument) }
    public static var defaultCompletionKind: CompletionKind { Suggestions.incidents }
}

extension IncidentState: ExpressibleByArgument {}
extension Severity: ExpressibleByArgument {}

struct IncidentList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: HelpText.text("List incidents, the newest first."))
    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp(HelpText.text("Only this state."))) var status: IncidentState?
    @Option(help: ArgumentHelp(HelpText.text("Only this agency.")), completion: Suggestions.agencies) var agency: String?
    @Option(help: ArgumentHelp(HelpText.text("Only this severity."))) var severity: Severity?
    @Option(help: ArgumentHelp(HelpText.text("Only those with this address."))) var address: String?
    @Option(help: ArgumentHelp(HelpText.text("Only of this category, such as MALWARE."))) var category: String?
    @Option(help: ArgumentHelp(HelpText.text("Only of this kind, such as PORTSCAN."))) var kind: String?
    @Option(help: ArgumentHelp(HelpText.text("Only what this person works on."))) var assignee: String?
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
        // Both times where the terminal has room for them.
        let isWide = (session.columns ?? 0) >= 110
        for incident in incidents {
            table.add([
                incident.code.description, incident.severity.rawValue, StateNames.name(incident.state, session.language),
                incident.agency ?? "-", session.moment(incident.firstSeen) + (isWide ? session.ago(incident.firstSeen) : ""),
                String(incident.alertCount),
                session.text(incident.titleVietnamese, incident.titleEnglish),
            ])
        }
        session.show(table)
    }
}

struct IncidentTimeline: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "timeline", abstract: HelpText.text("What happened to an incident, from the ledger."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The incident: VG-2026-0001."))) var code: IncidentCode

    func run() throws {
        let session = Session(options: common)
        let events = try session.store().detail(code, alertLimit: 1).events
        if common.json { return try session.show(.array(events.map(\.json))) }
        var table = Table(["#", session.text("Lúc", "When"), session.text("Ai", "Who"), session.text("Việc", "What"), ""], mostLines: .max)
        for event in events {
            // On a terminal the words; elsewhere the kind as well, which scripts look for.
            let kind = session.columns == nil ? event.kind : EventText.name(event.kind, session.language)
            table.add([String(event.seq), session.moment(event.time), session.actor(event.actor), kind, EventText.text(event, session)])
        }
        session.show(table)
    }
}

/// States as people call them.
enum StateNames {
    static func name(_ state: IncidentState, _ language: Language) -> String {
        language == .vi ? state.vietnamese : state.rawValue.replacing("_", with: " ")
    }
}
