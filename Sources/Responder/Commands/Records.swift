import ArgumentParser
import Bytes
import Digest
import Incidents
import Terminal
import Trust

struct AlertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alert", abstract: HelpText.text("What the sensors saw."),
        subcommands: [AlertList.self, AlertShow.self, AlertCount.self, AlertNoise.self])
}

struct AlertList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: HelpText.text("List alerts, the newest first."))
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
        // On a narrow terminal both ends stand behind the message, else nothing would be left for it.
        let isNarrow = session.columns.map { $0 < 110 } ?? false
        let ends = isNarrow ? [] : [session.text("Từ", "From"), session.text("Đến", "To")]
        var table = Table(
            ["#", session.text("Lúc", "When"), "SID"] + ends + [session.text("Sự cố", "Incident"), session.text("Nội dung", "What")])
        for alert in alerts {
            let ends = [alert.record.source.description, alert.record.destination.description]
            table.add(
                [String(alert.id), session.moment(alert.record.time), String(alert.record.sid)] + (isNarrow ? [] : ends) + [
                    alert.incident?.description ?? "-",
                    alert.record.message + (isNarrow ? "  " + ends.joined(separator: " → ") : ""),
                ])
        }
        session.show(table)
    }
}

struct AlertShow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: HelpText.text("One alert."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The alert's number."))) var id: Int64

    func run() throws {
        let session = Session(options: common)
        let alert = try session.store().alert(id: id)
        if common.json { return try session.show(alert.json) }
        let record = alert.record
        let group = [record.classType, session.text("ưu tiên \(record.priority)", "priority \(record.priority)")]
        let facts: [(String, String?)] = [
            (session.text("Lúc", "When"), LocalTime.iso(record.time) + session.ago(record.time)),
            (session.text("Từ", "From"), record.source.description), (session.text("Đến", "To"), record.destination.description),
            (session.text("Giao thức", "Protocol"), record.appProtocol ?? record.transport.rawValue),
            (session.text("Tên máy", "Host name"), record.hostname), ("URL", record.url),
            (session.text("Loại luật", "Class"), group.filter { !$0.isEmpty }.joined(separator: ", ")),
            (session.text("Trở thành", "Becomes"), alert.kind?.rawValue), (session.text("Cơ quan", "Agency"), alert.agency),
            (session.text("Sự cố", "Incident"), alert.incident?.description), (session.text("Cảm biến", "Sensor"), alert.sensor),
            (session.text("Tệp gói tin", "Capture"), record.captureFile),
            (session.text("Gói số", "Packet"), record.packetNumber.map { String($0) }),
        ]
        session.wrapped("\(id)  \(record.sid)  \(record.message)", indent: 4)
        for case (let name, let value?) in facts { session.wrapped("  " + DisplayText.fitted(name, to: 13) + value, indent: 15) }
    }
}
