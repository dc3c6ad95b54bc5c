import ArgumentParser
import Bytes
import Digest
import Foundation
import Incidents
import Terminal
import Trust

struct EvidenceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evidence", abstract: "Evidence.", subcommands: [EvidenceList.self, EvidenceVerify.self])
}

struct EvidenceList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List evidence.")
    @OptionGroup var common: CommonOptions
    @Option(help: "Only of this incident.") var incident: IncidentCode?

    func run() throws {
        let session = Session(options: common)
        let items = try session.store().evidence(incident: incident)
        if common.json { return try session.show(.array(items.map(\.json))) }
        var table = Table(["#", "SHA-256", session.text("Cỡ", "Size"), session.text("Sự cố", "Incident"), session.text("Mô tả", "What")])
        for item in items {
            table.add([
                String(item.id), String(item.digest.hex.prefix(16)), String(item.size), item.incident?.description ?? "-", item.description,
            ])
        }
        session.show(table)
    }
}

struct EvidenceVerify: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "verify", abstract: "Compare every piece of evidence with its hash.")
    @OptionGroup var common: CommonOptions

    func run() throws {
        let session = Session(options: common)
        let folder = EvidenceFolder(existing: session.folder + "/evidence")
        let items = try session.store().evidence()
        var bad = 0
        for item in items {
            if let finding = folder.check(item.digest, size: item.size) {
                bad += 1
                print(DisplayText.safe("\(item.digest.hex)  \(finding)"))
            }
        }
        session.say("\(items.count) chứng cứ, \(bad) sai lệch.", "\(items.count) pieces of evidence, \(bad) differ.")
        if bad > 0 { throw CommandFailure(code: .failed, message: nil) }
    }
}
