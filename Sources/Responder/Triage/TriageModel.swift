import Bytes
import Incidents
import Terminal
import Wording

/// What the program has to do because of a key.
enum TriageIntent: Sendable, Hashable {
    case quit
    /// The queue is another one now.
    case reload
    /// Somebody wants to see this incident.
    case open(IncidentCode)
    /// Command lines, one after the other; refused when the incident is no longer at this version.
    case act([CommandLineForm], IncidentCode, version: Int64)
    /// A command that needs the terminal for itself.
    case lend(CommandLineForm)
    /// A piece of evidence, by number.
    case view(Int64)
    /// The person came to the end of what was read, and there is more.
    case more
    case repaint
    /// Everything is said in the other language.
    case speak(Language)
}

/// The screen as a value: what there is, what is selected, what is being asked. Keys change it and give what has to be done; it knows neither
/// the database nor the terminal.
struct TriageModel: Sendable {
    enum Tab: Int, Sendable, CaseIterable {
        case summary, timeline, hosts, packets, evidence, clocks, tasks
    }

    enum Dialog: Sendable {
        case form(TriageForm)
        case search(LineEditor, before: String)
        case filters
        case palette(TriagePalette)
        /// The commands that the keys stand for, from a line on.
        case commands(top: Int)
        case help(top: Int)
    }

    /// A line that says how something went.
    struct Status: Sendable, Hashable {
        enum Kind: Sendable { case good, alarm, plain }

        var text: String
        var kind: Kind
        /// The command line that does the same.
        var command = ""
    }

    var language: Language
    let isReadOnly: Bool
    let actor: String
    /// Shown behind command lines: `--state …` where it was given.
    let options: [String]
    var rows = 24
    var columns = 80
    var now: Timestamp
    private(set) var items: [QueueItem] = []
    /// Incidents that the filter's scope holds beyond ``items``.
    private(set) var unread = 0
    private(set) var selected: IncidentCode?
    private(set) var detail: TriageDetail?
    var choices = TriageChoices()
    private(set) var filter = QueueFilter()
    private(set) var tab = Tab.summary
    /// The incident has the whole screen.
    private(set) var isLarge = false
    /// First line of the pane.
    private(set) var paneTop = 0
    /// Piece of evidence that is selected, where the tab lists them.
    private(set) var evidenceIndex = 0
    private(set) var viewed: EvidenceContent?
    private(set) var dialog: Dialog?
    var status: Status?

    init(language: Language, actor: String, isReadOnly: Bool, options: [String] = [], now: Timestamp) {
        self.language = language
        self.actor = actor
        self.isReadOnly = isReadOnly
        self.options = options
        self.now = now
    }

    func text(_ vietnamese: String, _ english: String) -> String { language == .vi ? vietnamese : english }

    /// What the filter lets through, in the queue's order.
    var visible: [QueueItem] { items.filter { filter.admits($0, at: now) } }

    var selectedItem: QueueItem? { selected.flatMap { code in visible.first { $0.code == code } } }

    // MARK: what comes from the database

    /// Takes a queue; the selection stays on its incident, or goes to the one that took its place.
    /// - Parameter unread: how many more there are.
    mutating func take(_ items: [QueueItem], unread: Int = 0) -> [TriageIntent] {
        let before = visible.firstIndex { $0.code == selected } ?? 0
        self.items = items
        self.unread = unread
        return settle(near: before)
    }

    mutating func take(_ detail: TriageDetail) {
        guard detail.incident.code == selected else { return }
        if self.detail?.incident.code != detail.incident.code {
            paneTop = 0
            evidenceIndex = 0
        }
        self.detail = detail
        evidenceIndex = min(evidenceIndex, max(0, listedEvidence.count - 1))
        paneTop = min(paneTop, mostPaneTop)
    }

    mutating func take(_ content: EvidenceContent) {
        viewed = content
        isLarge = true
        paneTop = 0
    }

    private mutating func settle(near index: Int) -> [TriageIntent] {
        let visible = visible
        if let selected, visible.contains(where: { $0.code == selected }) { return [.open(selected)] }
        // A question about an incident stays, also when the incident has left the queue.
        if case .form = dialog, let selected { return [.open(selected)] }
        if isLarge, let selected, items.isEmpty == false { return [.open(selected)] }
        return select(visible.isEmpty ? nil : visible[min(index, visible.count - 1)].code)
    }

    private mutating func select(_ code: IncidentCode?) -> [TriageIntent] {
        if code != selected {
            detail = nil
            viewed = nil
            paneTop = 0
            evidenceIndex = 0
        }
        selected = code
        if code == nil { isLarge = false }
        return code.map { [.open($0)] } ?? []
    }

    // MARK: keys

    mutating func handle(_ key: Key) -> [TriageIntent] {
        if key == .resize {
            paneTop = min(paneTop, mostPaneTop)
            return []
        }
        if key == .control("l") { return [.repaint] }
        switch dialog {
        case .form(let form): return handle(key, form)
        case .search(let editor, let before): return handle(key, editor, before)
        case .filters: return handleFilter(key)
        case .palette(let palette): return handle(key, palette)
        case .help(let top): return handlePopup(key, top) { .help(top: $0) }
        case .commands(let top): return handlePopup(key, top) { .commands(top: $0) }
        case nil: break
        }
        status = nil
        if viewed != nil { return handleViewer(key) }
        return browse(key)
    }

    private mutating func browse(_ key: Key) -> [TriageIntent] {
        switch key {
        case .up, .character("k"): return isLarge ? moveInPane(-1) : move(-1)
        case .down, .character("j"): return isLarge ? moveInPane(1) : move(1)
        case .home, .character("g"): return isLarge ? scroll(to: 0) : move(to: 0)
        case .end, .character("G"): return isLarge ? scroll(to: .max) : move(to: .max)
        case .pageUp, .character("K"): return scroll(by: 1 - paneRows)
        case .pageDown, .character(" "), .character("J"): return scroll(by: paneRows - 1)
        case .tab, .right: return turn(1)
        case .backTab, .left: return turn(-1)
        case .enter:
            guard selected != nil else { return [] }
            if isLarge || tab == .packets || tab == .evidence, let item = listedEvidence[safely: evidenceIndex] {
                guard isLarge else {
                    isLarge = true
                    return []
                }
                return [.view(item.id)]
            }
            isLarge = true
        case .escape, .character("q"), .backspace:
            if isLarge {
                isLarge = false
                paneTop = 0
                // The incident may have left the queue meanwhile.
                return settle(near: 0)
            }
            if key == .escape, filter != QueueFilter() { return set(QueueFilter()) }
            return key == .character("q") ? [.quit] : []
        case .character("/"): dialog = .search(LineEditor(filter.text), before: filter.text)
        case .character("l"): dialog = .filters
        case .character("$"), .character("!"): dialog = .commands(top: 0)
        case .character(":"): openPalette()
        case .character("?"), .function(1): dialog = .help(top: 0)
        case .character("L"): return [.speak(language == .vi ? .en : .vi)]
        case .character(let character):
            if let number = character.wholeNumberValue, let tab = Tab(rawValue: number - 1) {
                self.tab = tab
                paneTop = 0
                evidenceIndex = 0
            } else {
                begin(character)
            }
        default: break
        }
        return []
    }

    private mutating func begin(_ key: Character) {
        guard let verb = TriageVerb.of(key) else { return }
        guard !isReadOnly else {
            status = Status(text: text("Chế độ chỉ đọc: không thao tác được.", "Read-only: nothing can be done here."), kind: .alarm)
            return
        }
        guard let detail else { return }
        guard verb.applies(detail) else {
            status = Status(
                text: text(
                    "“\(verb.name[.vi])” không dùng được khi \(detail.incident.code) ở trạng thái “\(StateNames.name(detail.incident.state, .vi))”.",
                    "\"\(verb.name[.en])\" is not for \(detail.incident.code) as it stands: \(StateNames.name(detail.incident.state, .en))."
                ),
                kind: .alarm)
            return
        }
        dialog = .form(TriageForm(verb, context(detail)))
    }

    func context(_ detail: TriageDetail) -> FormContext {
        FormContext(detail: detail, items: items, choices: choices, actor: actor, language: language)
    }

    private mutating func openPalette() {
        guard let detail else { return }
        dialog = .palette(TriagePalette(context(detail), isReadOnly: isReadOnly))
    }

    private mutating func handle(_ key: Key, _ palette: TriagePalette) -> [TriageIntent] {
        var palette = palette
        switch palette.take(key) {
        case .goesOn: dialog = .palette(palette)
        case .cancelled: dialog = nil
        case .chosen(let action):
            dialog = nil
            guard let detail else { return [] }
            switch action {
            case .key(let key): begin(key)
            case .command(let text):
                // What only reads and is complete needs no more questions.
                if let command = TriagePalette.complete(text) { return [.lend(command)] }
                dialog = .form(TriageForm(TriagePalette.verb(text), context(detail)))
            }
        }
        return []
    }

    /// Keys in a page over everything: what scrolls it, and all others leave.
    private mutating func handlePopup(_ key: Key, _ top: Int, _ dialog: (Int) -> Dialog) -> [TriageIntent] {
        let most = TriageLayout.mostPopupTop(self)
        switch key {
        case .down, .character("j"): self.dialog = dialog(min(most, top + 1))
        case .up, .character("k"): self.dialog = dialog(max(0, top - 1))
        case .pageDown, .character(" "): self.dialog = dialog(min(most, top + rows - 2))
        case .pageUp: self.dialog = dialog(max(0, top - rows + 2))
        default: self.dialog = nil
        }
        return []
    }

    private mutating func handle(_ key: Key, _ form: TriageForm) -> [TriageIntent] {
        var form = form
        switch form.take(key) {
        case .goesOn:
            dialog = .form(form)
            return []
        case .cancelled:
            dialog = nil
            status = Status(text: text("Thôi, chưa làm gì.", "Left; nothing was done."), kind: .plain)
            return settle(near: 0)
        case .done:
            dialog = nil
            let commands = form.finished
            guard let first = commands.first else { return [] }
            if form.verb.takesTerminal { return [.lend(first)] }
            return [.act(commands, form.context.incident.code, version: form.version)]
        }
    }

    private mutating func handle(_ key: Key, _ editor: LineEditor, _ before: String) -> [TriageIntent] {
        var filter = filter
        switch key {
        case .enter:
            dialog = nil
            return []
        case .escape, .control("c"), .control("g"):
            dialog = nil
            filter.text = before
            return set(filter)
        case .up, .down: return move(key == .up ? -1 : 1)
        default:
            var editor = editor
            guard editor.take(key) else { return [] }
            dialog = .search(editor, before: before)
            filter.text = editor.text
            return set(filter)
        }
    }

    private mutating func handleFilter(_ key: Key) -> [TriageIntent] {
        dialog = nil
        guard case .character(let character) = key else { return [] }
        var filter = filter
        switch character {
        case "o": filter.scope = .open
        case "n": filter.scope = .new
        case "w": filter.scope = .working
        case "d": filter.scope = .owing
        case "c": filter.scope = .done
        case "a": filter.scope = .all
        case "1", "2", "3", "4":
            let severity = Severity(rawValue: "M\(character)")
            filter.severity = filter.severity == severity ? nil : severity
        case "m": filter.assignee = filter.assignee == nil ? actor : nil
        case "g": filter.agency = filter.agency == nil ? selectedItem?.incident.agency : nil
        case "u": filter.isOverdue.toggle()
        case "x": filter = QueueFilter()
        default: return []
        }
        return set(filter)
    }

    private mutating func set(_ filter: QueueFilter) -> [TriageIntent] {
        // The severity counts where not all was read.
        let isOther =
            filter.scope != self.filter.scope || filter.address != self.filter.address || filter.severity != self.filter.severity
        let before = visible.firstIndex { $0.code == selected } ?? 0
        self.filter = filter
        return (isOther ? [.reload] : []) + settle(near: before)
    }

    private mutating func move(_ step: Int) -> [TriageIntent] {
        move(to: (visible.firstIndex { $0.code == selected } ?? 0) + step)
    }

    private mutating func move(to index: Int) -> [TriageIntent] {
        let visible = visible
        guard !visible.isEmpty else { return [] }
        let isBeyond = index >= visible.count && unread > 0
        return select(visible[max(0, min(index, visible.count - 1))].code) + (isBeyond ? [.more] : [])
    }

    private mutating func turn(_ step: Int) -> [TriageIntent] {
        let count = Tab.allCases.count
        tab = Tab(rawValue: (tab.rawValue + step + count) % count) ?? .summary
        paneTop = 0
        evidenceIndex = 0
        return []
    }

    // MARK: the pane

    /// Evidence that the tab lists and Enter opens.
    var listedEvidence: [EvidenceItem] {
        switch tab {
        case .packets: detail?.detail.evidence.filter { $0.kind == .pcap } ?? []
        case .evidence: detail?.detail.evidence ?? []
        default: []
        }
    }

    private mutating func moveInPane(_ step: Int) -> [TriageIntent] {
        guard viewed == nil, !listedEvidence.isEmpty else { return scroll(by: step) }
        evidenceIndex = max(0, min(evidenceIndex + step, listedEvidence.count - 1))
        // The selected piece stays on the screen.
        if let row = TriageLayout.paneLines(self).firstIndex(where: \.isSelected) {
            if row < paneTop { paneTop = row }
            if row >= paneTop + paneRows { paneTop = row - paneRows + 1 }
        }
        return []
    }

    private mutating func scroll(by count: Int) -> [TriageIntent] { scroll(to: paneTop + count) }

    private mutating func scroll(to line: Int) -> [TriageIntent] {
        paneTop = max(0, min(line, mostPaneTop))
        return []
    }

    var paneRows: Int { TriageLayout.paneRows(self) }

    private var mostPaneTop: Int { max(0, TriageLayout.paneLines(self).count - paneRows) }

    private mutating func handleViewer(_ key: Key) -> [TriageIntent] {
        switch key {
        case .escape, .character("q"), .backspace, .left:
            viewed = nil
            paneTop = 0
        case .up, .character("k"): return scroll(by: -1)
        case .down, .character("j"), .enter: return scroll(by: 1)
        case .pageUp, .character("K"): return scroll(by: 1 - paneRows)
        case .pageDown, .character("J"), .character(" "): return scroll(by: paneRows - 1)
        case .home, .character("g"): return scroll(to: 0)
        case .end, .character("G"): return scroll(to: .max)
        case .character("n"), .tab, .right: return jump(1)
        case .character("p"), .backTab: return jump(-1)
        case .character("?"), .function(1): dialog = .help(top: 0)
        default: break
        }
        return []
    }

    /// To the next or the last packet.
    private mutating func jump(_ step: Int) -> [TriageIntent] {
        let heads = TriageLayout.paneLines(self).enumerated().filter(\.element.isHead).map(\.offset)
        let target = step > 0 ? heads.first { $0 > paneTop } : heads.last { $0 < paneTop }
        return target.map { scroll(to: $0) } ?? []
    }

    /// Ctrl-C: what is being asked is left; where nothing is, the program.
    mutating func interrupt() -> [TriageIntent] {
        guard dialog != nil else { return [.quit] }
        if case .form = dialog { return handle(.escape) }
        dialog = nil
        return []
    }
}

extension Array {
    /// Nil where there is none.
    subscript(safely index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
