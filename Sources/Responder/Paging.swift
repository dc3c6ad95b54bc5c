import ArgumentParser
import Foundation
import Glibc
import Synchronization
import Terminal

/// A command whose output is read from the top: on a terminal it goes through the pager when it is longer than that.
protocol PagedCommand: ParsableCommand {}

extension IncidentShow: PagedCommand {}
extension IncidentTimeline: PagedCommand {}
extension AlertShow: PagedCommand {}
extension AlertList: PagedCommand {}
extension AgencyShow: PagedCommand {}
extension EvidenceShow: PagedCommand {}
extension EvidenceList: PagedCommand {}
extension ClockShow: PagedCommand {}
extension ClockList: PagedCommand {}
extension AuditShow: PagedCommand {}
extension PlaybookShow: PagedCommand {}
extension PlaybookStatus: PagedCommand {}
extension RulesExplain: PagedCommand {}
extension RulesList: PagedCommand {}
extension ReportAnswers: PagedCommand {}
extension ReportTemplate: PagedCommand {}
extension SensorStatusCommand: PagedCommand {}

/// Holds back what a command prints until it is known how long it is.
enum Paging {
    struct Terminal: Sendable {
        var columns: Int
        var rows: Int?
    }

    private static let held = Mutex<Terminal?>(nil)

    /// The terminal that gets what is held back now; nil where nothing is.
    static var terminal: Terminal? { held.withLock { $0 } }

    /// Runs the command; what it prints is shown at its end, also where it fails.
    static func run(_ command: inout any PagedCommand) throws {
        let environment = ProcessInfo.processInfo.environment
        guard let columns = Session.size(of: 1)?.columns, isatty(0) == 1, let rows = Session.size(of: 0)?.rows,
            Pager.command(lines: .max, rows: rows, environment) != nil, let file = tmpfile()
        else { return try command.run() }
        defer { fclose(file) }
        fflush(nil)
        let screen = dup(1)
        guard screen >= 0, dup2(fileno(file), 1) >= 0 else { return try command.run() }
        held.withLock { $0 = Terminal(columns: columns, rows: rows) }
        let result = Result { try command.run() }
        fflush(nil)
        dup2(screen, 1)
        close(screen)
        held.withLock { $0 = nil }
        rewind(file)
        var lines = text(of: file).split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        if !lines.isEmpty { Pager.show(lines, rows: rows, environment) }
        try result.get()
    }

    private static func text(of file: UnsafeMutablePointer<FILE>) -> String {
        var bytes: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = fread(&piece, 1, piece.count, file)
            guard count > 0 else { break }
            bytes += piece[..<count]
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
