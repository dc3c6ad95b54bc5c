import ArgumentParser
import Bytes
import Digest
import Incidents
import Terminal
import Trust

struct AlertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "alert", abstract: "What the sensors saw.", subcommands: [AlertList.self, AlertShow.self, AlertCount.self])
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
    @Argument var id: Int64

    func run() throws {
        let session = Session(options: common)
        let alert = try session.store().alert(id: id)
        if common.json { return try session.show(alert.json) }
        guard case .object(let fields) = alert.json else { return }
        for (key, value) in fields.sorted(by: { $0.key < $1.key }) where value != .null {
            let text =
                switch value {
                case .string(let text): text
                case .integer(let number): String(number)
                default: ""
                }
            print(DisplayText.fitted(key, to: 14) + DisplayText.safe(text))
        }
    }
}

struct SensorCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "sensor", abstract: "Sensors.", subcommands: [SensorList.self])
}

struct SensorList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "Sensors and what they saw in the last days.")
    @OptionGroup var common: CommonOptions
    @Option(help: "Days back from now.") var days = 7

    func run() throws {
        let session = Session(options: common)
        let now = Timestamp.now
        let from = Timestamp(microseconds: now.microseconds - Int64(min(max(days, 1), 36_500)) * 86_400_000_000)
        let sensors = try session.store().sensors(from: from, until: now)
        if common.json {
            return try session.show(
                .array(
                    sensors.map {
                        .object([
                            "name": .string($0.identity.name), "version": .string($0.identity.version),
                            "mode": .string($0.identity.mode.rawValue),
                            "interfaces": .array($0.identity.interfaces.map { .string($0) }),
                        ])
                    }))
        }
        if sensors.isEmpty { return session.say("Chưa có cảm biến nào.", "No sensors.") }
        var table = Table([
            session.text("Tên", "Name"), session.text("Phiên bản", "Version"), session.text("Kiểu", "Mode"),
            session.text("Nguồn", "Source"),
        ])
        for sensor in sensors {
            table.add([
                sensor.identity.name, sensor.identity.version, sensor.identity.mode.rawValue,
                sensor.identity.interfaces.joined(separator: ", "),
            ])
        }
        session.show(table)
    }
}

struct AgencyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agency", abstract: "Agencies and their networks.",
        subcommands: [AgencyList.self, AgencyImport.self, AgencyChange.self])
}

struct AgencyList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List agencies.")
    @OptionGroup var common: CommonOptions

    func run() throws {
        let session = Session(options: common)
        let agencies = try session.store().agencies()
        if common.json {
            return try session.show(.array(agencies.map { .object(["code": .string($0.code), "name": .string($0.name)]) }))
        }
        if agencies.isEmpty { return session.say("Chưa có cơ quan nào; hãy dùng agency import.", "No agencies; use agency import.") }
        var table = Table([session.text("Mã", "Code"), session.text("Tên", "Name")])
        for agency in agencies { table.add([agency.code, agency.name]) }
        session.show(table)
    }
}

struct AgencyImport: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "import", abstract: "Take the registry from a YAML file.")
    @OptionGroup var common: CommonOptions
    @Argument var file: String

    func run() throws {
        let session = Session(options: common)
        let directory = try AgencyDirectory.load(file: file)
        let changed = try session.store(.readWrite).importAgencies(directory, from: file, by: session.hand())
        session.say(
            changed ? "Đã nhập \(directory.agencies.count) cơ quan." : "Danh mục không thay đổi.",
            changed ? "\(directory.agencies.count) agencies imported." : "The registry is unchanged.")
    }
}

struct AgencyChange: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "change", abstract: "Record a change in an agency's systems; the weekly report lists it.")
    @OptionGroup var common: CommonOptions
    @Argument(help: "Code of the agency.") var code: String
    @Argument(help: "What was changed.") var text: String
    @Option(help: ArgumentHelp("When; now by default.", valueName: "date")) var at: String?

    func run() throws {
        let session = Session(options: common)
        let moment = try at.map { text in
            guard let moment = LocalTime.parse(text) else { throw ValidationError("--at \(text): expected 2026-11-21 or 2026-11-21T08:00") }
            return moment
        }
        let store = try session.store(.readWrite)
        guard let agency = try store.agencies().first(where: { $0.code == code }) else { throw NotFoundError(.agency, code) }
        try store.record(
            kind: "change.monitored", subject: "agency/\(agency.code)", body: ["text": .string("\(agency.code): \(text)")],
            actor: session.hand().actor, at: moment)
        session.say("Đã ghi thay đổi của \(agency.name).", "The change at \(agency.nameEnglish) is recorded.")
    }
}
