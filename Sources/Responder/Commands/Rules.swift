import ArgumentParser
import Detect
import Incidents
import RuleLanguage
import Terminal
import Trust

struct RulesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rules", abstract: HelpText.text("Rule files."), subcommands: [RulesCheck.self, RulesList.self, RulesExplain.self])
}

func loadRules(_ files: [String]) throws -> LoadedRules {
    var loader = RuleLoader()
    for file in files { try loader.load(file: file) }
    return loader.finish()
}

struct RulesCheck: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: HelpText.text("Read rule files and say what is wrong with them."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("Rule files; a .yaml file is a table of correlation.")), completion: .file()) var files:
        [String]

    func run() throws {
        let session = Session(options: common)
        let tables = files.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }
        for file in tables {
            let table = try CorrelationTable.load(file: file)
            if !common.json {
                session.say(
                    "\(file): \(table.kinds.count) loại, \(table.chains.count) chuỗi tấn công.",
                    "\(file): \(table.kinds.count) kinds, \(table.chains.count) chains.")
            }
        }
        let files = files.filter { !tables.contains($0) }
        if files.isEmpty && !tables.isEmpty {
            return common.json ? try session.show(.object(["tables": .integer(Int64(tables.count))])) : ()
        }
        let loaded = try loadRules(files)
        if common.json {
            try session.show(
                .object([
                    "loaded": .integer(Int64(loaded.loadedCount)), "failed": .integer(Int64(loaded.failedCount)),
                    "skipped": .integer(Int64(loaded.skippedCount)),
                    "issues": .array(
                        loaded.issues.map {
                            .object([
                                "place": .string($0.position.description), "severity": .string($0.severity.rawValue),
                                "message": .string($0.message),
                            ])
                        }),
                ]))
        } else {
            for issue in loaded.issues { print(DisplayText.safe("\(issue.severity.rawValue): \(issue)")) }
            session.say(
                "\(loaded.loadedCount) luật đọc được, \(loaded.failedCount) lỗi, \(loaded.skippedCount) bỏ qua.",
                "\(loaded.loadedCount) rules loaded, \(loaded.failedCount) failed, \(loaded.skippedCount) skipped.")
        }
        if loaded.failedCount > 0 { throw CommandFailure(code: .failed, message: nil) }
    }
}

struct RulesList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: HelpText.text("List the rules of rule files."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("Rule files.")), completion: .file()) var files: [String]

    func run() throws {
        let session = Session(options: common)
        let signatures = try loadRules(files).signatures
        if common.json {
            return try session.show(
                .array(
                    signatures.map {
                        .object([
                            "sid": .integer(Int64($0.id.signature)), "rev": .integer(Int64($0.id.revision)),
                            "message": .string($0.info.message),
                            "class": .string($0.info.classType), "place": .string($0.info.position.description),
                        ])
                    }))
        }
        var table = Table(["SID", "rev", session.text("Nội dung", "What")])
        for signature in signatures { table.add([String(signature.id.signature), String(signature.id.revision), signature.info.message]) }
        session.show(table)
    }
}
