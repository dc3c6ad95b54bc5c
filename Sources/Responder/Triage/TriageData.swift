import Bytes
import Compliance
import Foundation
import Incidents
import Playbooks
import Wording

/// One incident of the queue.
struct QueueItem: Sendable, Hashable {
    /// The deadline that comes next.
    struct Deadline: Sendable, Hashable {
        var code: String
        var limit: Timestamp
        /// It would run if somebody confirmed the incident.
        var isCandidate: Bool
    }

    var incident: Incident
    var deadline: Deadline?
    /// What a search looks through: ``TriageText/folded(_:)``.
    var searchText: String

    var code: IncidentCode { incident.code }

    func isOverdue(at now: Timestamp) -> Bool { deadline.map { !$0.isCandidate && $0.limit < now } ?? false }

    /// The gravest first, then the nearest deadline, then the newest.
    static func < (a: QueueItem, b: QueueItem) -> Bool {
        let (first, second) = (a.deadline?.limit.microseconds ?? .max, b.deadline?.limit.microseconds ?? .max)
        if a.incident.severity != b.incident.severity { return a.incident.severity < b.incident.severity }
        if first != second { return first < second }
        if a.incident.lastSeen != b.incident.lastSeen { return a.incident.lastSeen > b.incident.lastSeen }
        return a.code < b.code
    }
}

/// Which incidents are in the queue.
struct QueueFilter: Sendable, Hashable {
    enum Scope: String, Sendable, CaseIterable {
        /// Work is to be done.
        case open
        case new
        /// Confirmed and not closed.
        case working
        /// A deadline runs, whatever the state.
        case owing
        case done, all

        var states: Set<IncidentState>? {
            switch self {
            case .open: Set(IncidentState.allCases.filter(\.isOpen))
            case .new: [.new]
            case .working: [.confirmed, .contained, .eradicated, .recovered]
            case .done: Set(IncidentState.allCases.filter { !$0.isOpen })
            case .owing, .all: nil
            }
        }
    }

    var scope = Scope.open
    var severity: Severity?
    var agency: String?
    /// Only what this person works on.
    var assignee: String?
    var isOverdue = false
    var text = ""

    /// An address as text: hosts are looked for in the database, since the queue does not hold them all.
    var address: IPAddress? { IPAddress(text.trimmingCharacters(in: .whitespaces)) }

    func admits(_ item: QueueItem, at now: Timestamp) -> Bool {
        if let severity, item.incident.severity != severity { return false }
        if let agency, item.incident.agency != agency { return false }
        if let assignee, item.incident.assignee != assignee { return false }
        if isOverdue, !item.isOverdue(at: now) { return false }
        if scope == .owing, item.deadline.map(\.isCandidate) ?? true { return false }
        guard !text.isEmpty, address == nil else { return true }
        return TriageText.folded(text).split(separator: " ").allSatisfy { item.searchText.contains($0) }
    }
}

/// Everything about the selected incident, as it was at one moment.
struct TriageDetail: Sendable {
    struct Clock: Sendable, Hashable {
        var code: String
        var name: String
        var t0: Timestamp
        var limit: Timestamp?
        /// The law gives no number; the limit is the house's own.
        var isTarget: Bool
        var metAt: Timestamp?
        var fulfilledBy: String?
        var form: String?
        var source: String?
        /// It would run if somebody confirmed the incident.
        var isCandidate = false

        /// Those that run come first, the nearest at the top.
        var place: (Int, Int64, String) { (metAt == nil ? 0 : 1, limit?.microseconds ?? Int64.max, code) }
    }

    struct Entry: Sendable, Hashable {
        var time: Timestamp
        var actor: String
        var name: String
        var text: String
    }

    var detail: IncidentDetail
    var clocks: [Clock]
    var timeline: [Entry]

    var incident: Incident { detail.incident }
    var openTasks: [IncidentTask] { detail.tasks.filter { $0.state == .open } }
}

/// What lies in the database and in folders, read for the screen.
struct TriageDesk {
    let session: Session
    let store: IncidentStore
    let keeper: ClockKeeper

    /// Incidents of the queue that are read at once; who comes to their end gets as many more.
    static let most = 1000

    init(_ session: Session) throws {
        self.session = session
        store = try session.store()
        keeper = try session.keeper(store)
    }

    /// - Parameter most: how many incidents; the gravest first, and of the same severity the newest.
    /// - Returns: and how many more there are.
    func queue(_ filter: QueueFilter, most: Int = TriageDesk.most) throws -> (items: [QueueItem], unread: Int) {
        var wanted = IncidentFilter()
        wanted.states = filter.scope.states
        wanted.address = filter.address
        var incidents: [Incident] = []
        for severity in filter.severity.map({ [$0] }) ?? Severity.allCases.sorted() where incidents.count < most {
            wanted.severities = [severity]
            wanted.limit = most - incidents.count
            incidents += try store.incidents(wanted)
        }
        wanted.severities = filter.severity.map { [$0] }
        let all = incidents.count < most ? incidents.count : try store.incidentCounts(by: .severity, wanted).reduce(0) { $0 + $1.count }
        var nearest: [IncidentCode: QueueItem.Deadline] = [:]
        func note(_ clock: IncidentClock, isCandidate: Bool) {
            guard let limit = keeper.engine(of: clock.code).target(of: clock) else { return }
            if let known = nearest[clock.incident], (known.limit, known.code) <= (limit, clock.code) { return }
            nearest[clock.incident] = QueueItem.Deadline(code: clock.code, limit: limit, isCandidate: isCandidate)
        }
        for clock in try store.clocks(open: true) { note(clock, isCandidate: false) }
        let levels = Dictionary(try store.agencies().map { ($0.code, $0.level) }, uniquingKeysWith: { first, _ in first })
        for incident in incidents where incident.state == .new && nearest[incident.code] == nil {
            let level = incident.agency.flatMap { levels[$0] ?? nil }
            for clock in keeper.clocks(for: incident, level: level, assumingConfirmed: true) { note(clock, isCandidate: true) }
        }
        let items = incidents.map { incident in
            let words: [String?] = [
                incident.code.description, incident.titleVietnamese, incident.titleEnglish, incident.agency, incident.assignee,
                incident.attacker?.description, incident.victim?.description, incident.indicator, incident.kind?.rawValue,
                incident.category.rawValue, incident.severity.rawValue, StateNames.name(incident.state, .vi),
                StateNames.name(incident.state, .en),
            ]
            return QueueItem(
                incident: incident, deadline: nearest[incident.code],
                searchText: TriageText.folded(words.compactMap { $0 }.joined(separator: " ")))
        }
        return (items.sorted { $0 < $1 }, max(0, all - incidents.count))
    }

    func detail(_ code: IncidentCode) throws -> TriageDetail {
        let detail = try store.detail(code, alertLimit: 200)
        let incident = detail.incident
        // What a person took back runs no longer; what was met stays met.
        let runs = incident.state.isConfirmed || (incident.state == .new && incident.reportedBy != nil)
        var running = detail.clocks.filter { runs || $0.metAt != nil }
        var candidates: Set<String> = []
        if incident.state == .new {
            let known = Set(running.map(\.code))
            let more = keeper.clocks(for: incident, level: try keeper.level(of: incident), assumingConfirmed: true)
                .filter { !known.contains($0.code) }
            running += more
            candidates = Set(more.map(\.code))
        }
        let clocks = running.map { clock in
            let deadline = keeper.deadline(clock.code)
            let limit = keeper.engine(of: clock.code).target(of: clock)
            return TriageDetail.Clock(
                code: clock.code, name: deadline?.name[session.language] ?? "", t0: clock.t0, limit: limit,
                isTarget: clock.due == nil && limit != nil, metAt: clock.metAt, fulfilledBy: clock.fulfilledBy, form: deadline?.form,
                source: deadline?.source, isCandidate: candidates.contains(clock.code))
        }.sorted { $0.place < $1.place }
        return TriageDetail(
            detail: detail, clocks: clocks,
            timeline: EventText.told(detail.events).map {
                TriageDetail.Entry(
                    time: $0.time, actor: Session.person($0.actor), name: EventText.name($0.kind, session.language),
                    text: EventText.text($0, session))
            })
    }

    /// What questions offer to choose from.
    func choices() throws -> TriageChoices {
        let shelf = PlaybookShelf(folder: nil)
        return TriageChoices(
            categories: keeper.engine.profile.categories.map { ($0.code, $0.name[session.language]) },
            playbooks: shelf.entries.compactMap { entry in
                guard let playbook = (try? PlaybookReading(file: entry.path))?.playbook else { return nil }
                return TriageChoices.Book(
                    name: entry.name, title: playbook.title(session.language), categories: playbook.labels("category"))
            })
    }
}

/// What questions offer to choose from, beside what the incidents themselves say.
struct TriageChoices: Sendable {
    struct Book: Sendable, Hashable {
        var name: String
        var title: String
        var categories: [String]
    }

    var categories: [(code: CategoryCode, name: String)] = []
    var playbooks: [Book] = []
}

/// Words of the screen.
enum TriageText {
    /// Without marks and case, so that `do quet` finds `Dò quét`.
    static func folded(_ text: String) -> String {
        text.folding(options: [.diacriticInsensitive, .caseInsensitive, .widthInsensitive], locale: nil)
            .replacing("đ", with: "d").replacing("Đ", with: "d")
    }

    /// How long until a limit, short: `5 giờ`, `45 phút`; over it, `QUÁ 2 ngày`, `OVER 2 d`.
    static func left(until limit: Timestamp, at now: Timestamp, _ language: Language) -> String {
        let seconds = (limit.microseconds - now.microseconds) / 1_000_000
        let span = span(seconds: abs(seconds), language)
        return seconds < 0 ? (language == .vi ? "QUÁ " : "OVER ") + span : span
    }

    static func span(seconds: Int64, _ language: Language) -> String {
        let isVietnamese = language == .vi
        if seconds < 3600 { return "\(seconds / 60) \(isVietnamese ? "phút" : "min")" }
        if seconds < 2 * 86_400 { return "\(seconds / 3600) \(isVietnamese ? "giờ" : "h")" }
        return "\(seconds / 86_400) \(isVietnamese ? "ngày" : "d")"
    }

    /// States in at most nine columns.
    static func short(_ state: IncidentState, _ language: Language) -> String {
        switch state {
        case .new: language == .vi ? "mới" : "new"
        case .confirmed: language == .vi ? "xác nhận" : "confirmed"
        case .falseAlarm: language == .vi ? "báo nhầm" : "false"
        case .duplicate: language == .vi ? "trùng" : "duplicate"
        case .contained: language == .vi ? "ngăn chặn" : "contained"
        case .eradicated: language == .vi ? "gỡ bỏ" : "eradicated"
        case .recovered: language == .vi ? "khôi phục" : "recovered"
        case .closed: language == .vi ? "kết thúc" : "closed"
        }
    }

    /// A moment without year and seconds.
    static func moment(_ time: Timestamp) -> String {
        let text = LocalTime.text(time)
        return String(text.prefix(5) + text.dropFirst(10).prefix(6))
    }
}
