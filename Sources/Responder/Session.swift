import ArgumentParser
import Bytes
import Compliance
import Foundation
import Glibc
import Incidents
import Terminal
import Trust
import Wording

/// Options that every command takes.
struct CommonOptions: ParsableArguments {
    @Option(help: ArgumentHelp(HelpText.text("Folder with incidents.sqlite and evidence."), valueName: "folder"), completion: .directory)
    var state: String?

    @Flag(help: ArgumentHelp(HelpText.text("One JSON document instead of a table.")))
    var json = false

    @Option(help: ArgumentHelp(HelpText.text("Language: vi or en."), valueName: "language"))
    var lang: Language?

    @Option(help: ArgumentHelp(HelpText.text("Who acts; the login name by default."), valueName: "name"))
    var actor: String?
}

extension Language: ExpressibleByArgument {}

/// What a command works with: the store, the language, the way out.
struct Session {
    let options: CommonOptions
    let environment = ProcessInfo.processInfo.environment

    var language: Language {
        options.lang ?? (environment["LC_ALL"] ?? environment["LANG"] ?? "").hasPrefix("en").languageOrVietnamese
    }

    var folder: String { options.state ?? environment["VONGGAC_STATE"] ?? "/var/lib/vonggac" }

    func store(_ mode: IncidentStore.Mode = .readOnly) throws -> IncidentStore {
        try IncidentStore(path: folder + "/incidents.sqlite", mode: mode)
    }

    /// - Parameter expect: the version that the person saw.
    func hand(expect: Int64? = nil) -> Hand {
        let name = options.actor ?? environment["USER"] ?? environment["LOGNAME"] ?? "uid:\(getuid())"
        // A person never acts under the name of a sensor.
        return Hand(name.hasPrefix("sensor:") ? "uid:\(getuid()) \(name)" : name, version: expect)
    }

    /// Settings of deadlines and warnings, from the state folder or /etc/vonggac.
    func warningSettings() throws -> WarningSettings { try WarningSettings.find(in: [folder, "/etc/vonggac"]).settings }

    /// What keeps deadlines, by the profile that `--profile` or the settings name.
    func keeper(_ store: IncidentStore, profile: String? = nil) throws -> ClockKeeper {
        let name = try profile ?? warningSettings().profile ?? ProfileLibrary.standard
        return try ClockKeeper(store: store, profile: ProfileLibrary().profile(name))
    }

    /// The one of two texts that the person reads.
    func text(_ vietnamese: String, _ english: String) -> String { language == .vi ? vietnamese : english }

    /// Columns of the terminal; nil when the output goes elsewhere.
    var columns: Int? { Paging.terminal?.columns ?? Session.size(of: 1)?.columns }

    /// How large a terminal is; nil where the descriptor is none.
    static func size(of descriptor: Int32) -> (rows: Int?, columns: Int)? {
        guard isatty(descriptor) == 1 else { return nil }
        var size = winsize()
        guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return (nil, 80) }
        return (size.ws_row > 0 ? Int(size.ws_row) : nil, Int(size.ws_col))
    }

    /// What an error says to the person.
    func text(of error: any Error) -> String {
        guard let error = error as? any BilingualError else { return "\(error)" }
        return text(error.vietnamese, error.english)
    }

    /// So many alerts.
    func alerts(_ count: Int) -> String { text("\(count) cảnh báo", count == 1 ? "1 alert" : "\(count) alerts") }

    /// One line, cut where the terminal ends.
    func line(_ text: String) {
        var safe = DisplayText.safe(text)
        while safe.last == " " { safe.removeLast() }
        guard let columns, DisplayText.width(safe) > columns else { return print(safe) }
        print(DisplayText.fitted(safe, to: columns))
    }

    /// One line, wrapped where the terminal ends; what goes on stands below its own beginning.
    /// - Parameter indent: columns before the text that is wrapped, such as a name's.
    func wrapped(_ text: String, indent: Int) {
        var safe = DisplayText.safe(text)
        while safe.last == " " { safe.removeLast() }
        guard let columns, columns > indent + 20, DisplayText.width(safe) > columns else { return print(safe) }
        for line in StyledLine(safe).wrapped(to: columns, indent: indent) { print(line.text) }
    }

    /// A moment: on a terminal without year and seconds, elsewhere whole.
    func moment(_ time: Timestamp) -> String {
        let text = LocalTime.text(time)
        guard columns != nil else { return text }
        return String(text.prefix(5) + text.dropFirst(10).prefix(6))
    }

    /// How long ago, to stand behind a moment: ` (3 giờ trước)`. On a terminal alone, where somebody reads it now.
    func ago(_ time: Timestamp, now: Timestamp = .now) -> String {
        guard columns != nil else { return "" }
        let seconds = Double(now.microseconds - time.microseconds) / 1_000_000
        return " (" + RelativeTime.text(seconds: seconds, isVietnamese: language == .vi) + ")"
    }

    /// Who did something: on a terminal no longer than leaves room for what.
    func actor(_ name: String) -> String {
        guard columns != nil else { return name }
        let short = Session.person(name)
        return DisplayText.width(short) > 16 ? DisplayText.fitted(short, to: 16) : short
    }

    /// A sensor by its own name; people as they are.
    static func person(_ actor: String) -> String {
        actor.hasPrefix("sensor:") ? String(actor.dropFirst(7)) : actor
    }

    func show(_ table: Table) {
        let width: Int? = columns
        var colour: ((String) -> Colour?)?
        if Colour.areWanted(isTerminal: width != nil, environment) { colour = { Session.meaning($0) } }
        show(lines: table.lines(columns: width, colour: colour))
    }

    /// Lines, through the pager where they do not fit on the terminal.
    func show(lines: [String]) { Pager.show(lines, rows: rows, environment) }

    /// Rows of the terminal; nil when the output goes elsewhere, or to who pages it.
    private var rows: Int? {
        guard Paging.terminal == nil, isatty(0) == 1 else { return nil }
        return Session.size(of: 1)?.rows
    }

    /// What the words of a cell mean to who has little time.
    static func meaning(_ cell: String) -> Colour? {
        switch cell {
        case "M1", "QUÁ HẠN", "OVERDUE", "CÒN THIẾU", "MISSING": return Colour.alarm
        case "M2", "mới", "new", "chưa xác nhận", "not confirmed", "xong muộn", "met late": return Colour.warning
        case "đã xong", "met", "đã kết thúc", "closed", "đã khôi phục", "recovered": return Colour.good
        case "-", "báo động nhầm", "false alarm", "trùng", "duplicate": return Colour.quiet
        // With how long it is over, where there is no room for a column of its own.
        default: return cell.hasPrefix("QUÁ HẠN ") || cell.hasPrefix("OVERDUE ") ? Colour.alarm : nil
        }
    }

    /// A bar for what takes long.
    func progress(_ vietnamese: String, _ english: String) -> ProgressBar {
        ProgressBar(
            text(vietnamese, english), isTerminal: isatty(2) == 1 && environment["TERM"] != "dumb",
            columns: Session.size(of: 2)?.columns ?? 80)
    }

    /// Does what takes long and cannot say how far it is.
    func waiting<Result>(_ vietnamese: String, _ english: String, _ work: () throws -> Result) rethrows -> Result {
        let line = WaitingLine(text(vietnamese, english), isTerminal: isatty(2) == 1 && environment["TERM"] != "dumb")
        defer { line.finish() }
        return try work()
    }

    /// Does what takes long under a bar, which is gone when it is done.
    func watched<Result>(_ vietnamese: String, _ english: String, _ work: (WorkProgress) throws -> Result) rethrows -> Result {
        let bar = progress(vietnamese, english)
        defer { bar.finish() }
        return try work { bar.advance(to: $0, of: $1) }
    }

    func show(_ value: JSONValue) throws { print(try value.canonicalText()) }

    func say(_ vietnamese: String, _ english: String) { print(text(vietnamese, english)) }

    /// What stands beside the output, on standard error.
    func complain(_ vietnamese: String, _ english: String) {
        FileHandle.standardError.write(Data((DisplayText.safe(text(vietnamese, english)) + "\n").utf8))
    }

    /// The database may be written.
    var canWrite: Bool {
        FileManager.default.isWritableFile(atPath: folder + "/incidents.sqlite") && FileManager.default.isWritableFile(atPath: folder)
    }
}

extension Bool {
    /// Vietnamese unless the environment asks for English.
    fileprivate var languageOrVietnamese: Language { self ? .en : .vi }
}

/// Where a command stops with a code of its own.
struct CommandFailure: Error {
    let code: ExitCode
    let message: String?
}
