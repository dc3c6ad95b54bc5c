import ArgumentParser
import Bytes
import Compliance
import Foundation
import Incidents
import Terminal
import Trust

struct DatabaseCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "db", abstract: HelpText.text("The database file."),
        subcommands: [DatabaseCheck.self, DatabaseBackup.self, DatabaseRestore.self, DatabaseRetention.self, DatabaseVacuum.self])
}

struct DatabaseCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: HelpText.text("Look for damage, and count every alert anew."),
        discussion: HelpText.text("With --rebuild every table is made anew from the ledger, in a scratch file, and compared row by row."))
    @OptionGroup var common: CommonOptions
    @Flag(help: ArgumentHelp(HelpText.text("Rebuild the tables from the ledger and compare."))) var rebuild = false

    func run() throws {
        let session = Session(options: common)
        let store = try session.store()
        let problems = try session.waiting("Kiểm tra tệp", "Checking the file") { try store.integrityProblems() }
        let tables =
            rebuild ? try session.watched("Dựng lại các bảng", "Rebuilding the tables") { try store.rebuildTables(progress: $0) } : []
        let findings = tables.flatMap(\.findings)
        if common.json {
            try session.show(
                .object([
                    "problems": .array(problems.map { .string($0) } + findings.map { .string($0.english) }),
                    "tables": .array(
                        tables.map {
                            .object([
                                "name": .string($0.name), "rows": .integer(Int64($0.rows)), "waiting": .integer(Int64($0.waiting)),
                                "equal": .bool($0.findings.isEmpty),
                            ])
                        }),
                ]))
        } else {
            for problem in problems { print(DisplayText.safe(problem)) }
            if rebuild {
                var table = Table([
                    session.text("Bảng", "Table"), session.text("Số dòng", "Rows"), session.text("Dựng lại từ sổ", "Rebuilt"),
                ])
                for row in tables {
                    table.add([
                        row.name, String(row.rows),
                        row.findings.isEmpty
                            ? session.text("khớp", "equal")
                                + (row.waiting > 0 ? session.text(" (\(row.waiting) chờ)", " (\(row.waiting) wait)") : "")
                            : session.text("sai lệch", "differs"),
                    ])
                }
                session.show(table)
                for finding in findings { print(DisplayText.safe(session.text(of: finding))) }
            }
            let isSound = problems.isEmpty && findings.isEmpty
            session.say(
                isSound ? "Cơ sở dữ liệu nguyên vẹn." : "Có hư hỏng.", isSound ? "The database is sound." : "Damaged.")
        }
        if !problems.isEmpty || !findings.isEmpty { throw CommandFailure(code: .failed, message: nil) }
    }
}

struct DatabaseBackup: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backup", abstract: HelpText.text("Copy the database as it is now, while sensors write."),
        discussion: HelpText.text("Evidence lies in files of its own beside it and never changes: copy that folder too."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The new file.")), completion: .file()) var file: String

    func run() throws {
        let session = Session(options: common)
        let store = try session.store()
        try session.watched("Sao lưu", "Copying") { try store.backUp(to: file, progress: $0) }
        session.say("Đã sao lưu vào \(file).", "Copied to \(file).")
    }
}

struct DatabaseRestore: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "restore", abstract: HelpText.text("Put a backup in the place of the database; what was there is kept beside it."),
        discussion: HelpText.text(
            "The backup is verified first. Sensors should be stopped: what they write meanwhile goes into what is put aside."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("A file that db backup wrote.")), completion: .file()) var file: String

    func run() throws {
        let session = Session(options: common)
        let done = try IncidentStore.restore(file, to: session.folder + "/incidents.sqlite", by: session.hand())
        if common.json {
            return try session.show(
                .object(["seq": .integer(done.seq), "replaced": JSONValue(done.replaced), "kept": .optional(done.kept)]))
        }
        session.say("Đã khôi phục đến mục \(done.seq).", "Restored through entry \(done.seq).")
        if let kept = done.kept, let replaced = done.replaced {
            session.say(
                "Bản bị thay (đến mục \(replaced)) còn ở \(kept).", "What it replaced (through entry \(replaced)) is kept as \(kept).")
        }
    }
}

struct DatabaseVacuum: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vacuum",
        abstract: HelpText.text("Write the file anew without free space; sensors wait, and the disk needs room for a second copy."))
    @OptionGroup var common: CommonOptions

    func run() throws {
        let session = Session(options: common)
        let store = try session.store(.readWrite)
        try session.waiting("Ghi lại cơ sở dữ liệu", "Writing the database anew") { try store.vacuum() }
        session.say("Đã ghi lại cơ sở dữ liệu.", "The database is written anew.")
    }
}

struct DatabaseRetention: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retention",
        abstract: HelpText.text("Delete alerts, their packets and heartbeats that are older than the compliance profile keeps."),
        discussion: HelpText.text(
            """
            Incidents, the ledger and what people wrote stay, and so do the alerts and evidence of incidents that are open, confirmed, closed \
            not long ago, or held (incident hold). A running sensor goes on writing meanwhile.
            """))
    @OptionGroup var common: CommonOptions
    @OptionGroup var profileOptions: ProfileOptions
    @Option(help: ArgumentHelp(HelpText.text("Keep this many days instead of the profile's."), valueName: "count")) var days: Int?
    @Flag(help: ArgumentHelp(HelpText.text("Only say how many alerts would go."))) var dryRun = false

    func run() throws {
        let session = Session(options: common)
        let retention = try profileOptions.load().retention
        let policy = RetentionPolicy(alertDays: days ?? retention.eventDays, incidentYears: retention.incidentYears)
        guard policy.alertDays > 0 else {
            throw UsageError("--days \(policy.alertDays): ít nhất là 1", "--days \(policy.alertDays): expected at least 1")
        }
        let store = try session.store(dryRun ? .readOnly : .readWrite)
        for level in try Set(store.agencies().compactMap(\.level)).sorted().reversed() {
            guard let minimum = retention.minimumDaysByLevel[level], policy.alertDays < minimum else { continue }
            throw HouseRuleError.retentionTooShort(days: policy.alertDays, minimum: minimum, level: level)
        }
        if dryRun {
            let (alerts, cutoff) = try store.expiring(policy)
            if common.json { return try session.show(.object(["alerts": .integer(Int64(alerts)), "cutoff": .time(cutoff)])) }
            return session.say(
                "\(alerts) cảnh báo trước \(LocalTime.text(cutoff)) sẽ bị xóa.",
                "\(alerts) alerts before \(LocalTime.text(cutoff)) would go.")
        }
        let run = RetentionRun(
            store: store, policy: policy, folder: EvidenceFolder(existing: session.folder + "/evidence"), actor: session.hand().actor)
        let bar = session.progress("Xóa dữ liệu quá hạn", "Deleting what is too old")
        while true {
            guard try run.step() else { break }
            bar.advance(to: run.walked.done, of: run.walked.total)
            // As long as a slice took, others may write.
            Thread.sleep(forTimeInterval: min(1, max(0.005, run.held / .seconds(1))))
        }
        bar.finish()
        let summary = run.summary
        if common.json {
            return try session.show(
                .object([
                    "alerts": .integer(Int64(summary.alerts)), "evidence": .integer(Int64(summary.evidence)),
                    "heartbeats": .integer(Int64(summary.heartbeats)), "bytes_freed": .integer(summary.bytesFreed),
                    "cutoff": .time(summary.cutoff), "needs_vacuum": .bool(summary.needsVacuum),
                ]))
        }
        let mebibytes = summary.bytesFreed >> 20
        session.say(
            "Đã xóa \(summary.alerts) cảnh báo, \(summary.evidence) chứng cứ trước \(LocalTime.text(summary.cutoff)); trả lại \(mebibytes) MiB.",
            "Deleted \(summary.alerts) alerts and \(summary.evidence) pieces of evidence before \(LocalTime.text(summary.cutoff)); gave back \(mebibytes) MiB."
        )
        if summary.needsVacuum {
            session.say(
                "Tệp do phiên bản cũ tạo nên chưa trả lại dung lượng; hãy chạy vonggac db vacuum một lần.",
                "The file was made by an older version and keeps its free space; run vonggac db vacuum once.")
        }
    }
}
