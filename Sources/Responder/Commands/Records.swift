import ArgumentParser
import Bytes
import Digest
import Incidents
import Terminal
import Trust

struct AlertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alert", abstract: "What the sensors saw.",
        subcommands: [AlertList.self, AlertShow.self, AlertCount.self, AlertNoise.self])
}

struct AlertList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List alerts, the newest first.")
    @OptionGroup var common: CommonOptions
    @OptionGroup var which: AlertOptions
    @OptionGroup var list: ListOptions

    func run() throws {
        let session = Session(options: common)
        var filter = try which.filter()
        filter.since = try list.from()
        filter.until = try list.end()
        filter.limit = list.count
        filter.offset = list.offset
        filter.newestFirst = true
        let alerts = try session.store().alerts(filter)
        if common.json { return try session.show(.array(alerts.map(\.json))) }
        if alerts.isEmpty { return session.say("Không có cảnh báo nào.", "No alerts.") }
        var table = Table([
            "#", session.text("Lúc", "When"), "SID", session.text("Từ", "From"), session.text("Đến", "To"),
            session.text("Sự cố", "Incident"), session.text("Nội dung", "What"),
        ])
        for alert in alerts {
            table.add([
                String(alert.id), LocalTime.text(alert.record.time), String(alert.record.sid), alert.record.source.description,
                alert.record.destination.description, alert.incident?.description ?? "-", alert.record.message,
            ])
        }
        session.show(table)
    }
}

struct AlertShow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: "One alert.")
    @OptionGroup var common: CommonOptions
    @Argument(help: "The alert's number.") var id: Int64

    func run() throws {
        let session = Session(options: common)
        let alert = try session.store().alert(id: id)
        if common.json { return try session.show(alert.json) }
        guard case .object(let fields) = alert.json else { return }
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) where value != .null {
            let text =
                switch value {
                case .string(let text): text + (key == "time" ? session.ago(alert.record.time) : "")
                case .integer(let number): String(number)
                default: ""
                }
            print(DisplayText.fitted(key, to: 14) + DisplayText.safe(text))
        }
    }
}
