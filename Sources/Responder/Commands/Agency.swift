import ArgumentParser
import Bytes
import Foundation
import Incidents
import Terminal
import Trust

struct AgencyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agency", abstract: HelpText.text("Agencies, their networks, contacts, assets and Internet links."),
        subcommands: [
            AgencyList.self, AgencyShow.self, AgencyAdd.self, AgencyEdit.self, AgencyRemove.self, AgencyNetworkCommand.self,
            AgencyContactCommand.self, AgencyAssetCommand.self, AgencyLinkCommand.self, AgencyCoverage.self, AgencyImport.self,
            AgencyExport.self, AgencyChange.self,
        ])
}

extension Agency.Kind: ExpressibleByArgument {
    func name(_ session: Session) -> String {
        switch self {
        case .province: session.text("tỉnh", "province")
        case .department: session.text("sở, ngành", "department")
        case .ward: session.text("phường", "ward")
        case .commune: session.text("xã", "commune")
        case .specialZone: session.text("đặc khu", "special zone")
        case .school: session.text("trường học", "school")
        case .hospital: session.text("bệnh viện", "hospital")
        case .unit: session.text("đơn vị", "unit")
        case .party: session.text("cơ quan Đảng", "party office")
        case .enterprise: session.text("doanh nghiệp", "enterprise")
        case .other: session.text("khác", "other")
        }
    }
}

/// What the verbs that change the registry share.
enum Registry {
    /// Changes one agency; says what became of it, and starts the deadline that changed contacts bring.
    static func edit(_ common: CommonOptions, _ code: String, _ change: (inout Agency) throws -> Void) throws {
        let session = Session(options: common)
        let store = try session.store(.readWrite)
        guard let before = try store.agencies().first(where: { $0.code == code }) else { throw NotFoundError(.agency, code) }
        var agency = before
        try change(&agency)
        let changed = try store.save(agency, isNew: false, by: session.hand())
        if changed, agency.contacts != before.contacts { try contactsChanged([code], store, session) }
        try say(agency, changed, store, session)
    }

    static func say(_ agency: Agency, _ changed: Bool, _ store: IncidentStore, _ session: Session) throws {
        if session.options.json { return try session.show(IncidentStore.entry(agency)) }
        if !changed { return session.say("\(agency.code): không thay đổi.", "\(agency.code): unchanged.") }
        session.say("Đã ghi \(agency.code).", "\(agency.code) is recorded.")
        let directory = try store.agencyDirectory()
        for network in agency.networks {
            guard let prefix = network.prefix else { continue }
            for (other, wider) in directory.surroundings(of: prefix) where other.code != agency.code {
                session.line(
                    session.text(
                        "  \(network) nằm trong \(wider) của \(other.code); dải hẹp hơn được ưu tiên",
                        "  \(network) lies within \(wider) of \(other.code); the narrower block wins"))
            }
        }
    }

    /// Changed contacts must be made known (TT 20/2017 Đ6.1.b): starts that deadline for each agency.
    static func contactsChanged(_ codes: [String], _ store: IncidentStore, _ session: Session) throws {
        guard let (deadline, profile) = try session.keeper(store).deadline(starting: .contactChanged) else { return }
        let now = Timestamp.now
        for code in codes {
            let due = deadline.allowance.hours.map { Timestamp(microseconds: now.microseconds + Int64($0) * 3_600_000_000) }
            try store.startDuty(
                DutyClock(
                    code: deadline.code, profile: profile, subject: "\(code)/\(LocalTime.iso(now).prefix(16))", t0: now, due: due),
                by: session.hand())
        }
    }
}

struct AgencyList: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: HelpText.text("List agencies."))
    @OptionGroup var common: CommonOptions
    @Option(help: ArgumentHelp(HelpText.text("Only of this kind:") + " \(Agency.Kind.allCases.map(\.rawValue).joined(separator: ", "))."))
    var kind: Agency.Kind?
    @Flag(help: ArgumentHelp(HelpText.text("As a tree."))) var tree = false

    func run() throws {
        let session = Session(options: common)
        let agencies = try session.store().agencies().filter { kind == nil || $0.kind == kind }
        if common.json { return try session.show(.array(agencies.map(IncidentStore.entry))) }
        if agencies.isEmpty { return session.say("Chưa có cơ quan nào; hãy dùng agency import.", "No agencies; use agency import.") }
        if tree { return show(agencies, below: nil, depth: 0, session) }
        var table = Table([
            session.text("Mã", "Code"), session.text("Loại", "Kind"), session.text("Cấp độ", "Level"), session.text("Mạng", "Networks"),
            session.text("Trực", "Duty"), session.text("Tên", "Name"),
        ])
        for agency in agencies {
            table.add([
                agency.code, agency.kind.name(session), agency.level.map { String($0) } ?? "-", String(agency.networks.count),
                agency.contacts.contains(where: \.isAlwaysReachable) ? session.text("có", "yes") : "-",
                session.text(agency.name, agency.nameEnglish),
            ])
        }
        session.show(table)
    }

    private func show(_ agencies: [Agency], below parent: String?, depth: Int, _ session: Session) {
        let codes = Set(agencies.map(\.code))
        for agency in agencies where parent == nil ? agency.parent.map({ !codes.contains($0) }) ?? true : agency.parent == parent {
            session.line(String(repeating: "  ", count: depth) + "\(agency.code)  \(session.text(agency.name, agency.nameEnglish))")
            show(agencies, below: agency.code, depth: depth + 1, session)
        }
    }
}

struct AgencyShow: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "show", abstract: HelpText.text("One agency: whom to call, what it has."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The agency's code: SNV.")), completion: Suggestions.agencies) var code: String

    func run() throws {
        let session = Session(options: common)
        let store = try session.store()
        let agencies = try store.agencies()
        guard let agency = agencies.first(where: { $0.code == code }) else { throw NotFoundError(.agency, code) }
        if common.json { return try session.show(IncidentStore.entry(agency)) }
        session.line("\(agency.code)  \(session.text(agency.name, agency.nameEnglish))")
        var facts: [(String, String)] = [(session.text("Loại", "Kind"), agency.kind.name(session))]
        if let parent = agency.parent { facts.append((session.text("Trực thuộc", "Belongs to"), parent)) }
        if let address = agency.address { facts.append((session.text("Địa chỉ", "Address"), address)) }
        facts.append(
            (session.text("Cấp độ", "Level"), (agency.level.map { String($0) } ?? "-") + (agency.decision.map { " (\($0))" } ?? "")))
        for (name, value) in facts { session.wrapped("  " + DisplayText.fitted(name, to: 12) + value, indent: 14) }
        part(
            session.text("Đầu mối liên hệ", "Contacts"), session,
            agency.contacts.sorted { $0.isAlwaysReachable && !$1.isAlwaysReachable }.map {
                [$0.isAlwaysReachable ? "24/7" : "    ", $0.name, $0.title, $0.phone, $0.email].compactMap { $0 }.joined(separator: "  ")
            })
        let directory = try AgencyDirectory(agencies)
        part(
            session.text("Mạng", "Networks"), session,
            agency.networks.map { network in
                let wider = network.prefix.map { directory.surroundings(of: $0) }?.first { $0.agency.code != agency.code }
                return "\(network)"
                    + (wider.map {
                        session.text("  (trong \($0.prefix) của \($0.agency.code))", "  (within \($0.prefix) of \($0.agency.code))")
                    } ?? "")
            })
        part(
            session.text("Tài sản", "Assets"), session,
            agency.assets.map {
                [
                    $0.kind.rawValue, $0.name, $0.address?.description, $0.hostname,
                    $0.level.map { session.text("cấp độ \($0)", "level \($0)") }, $0.decision,
                ].compactMap { $0 }.joined(separator: "  ")
            })
        part(
            session.text("Đường truyền Internet", "Internet links"), session,
            agency.links.map {
                [
                    $0.name, $0.provider, $0.bandwidthMbps.map { "\($0) Mbps" },
                    $0.sensor ?? session.text("CHƯA CÓ CẢM BIẾN", "NO SENSOR"),
                ].compactMap { $0 }.joined(separator: "  ")
            })
        let parts = agencies.filter { $0.parent == agency.code }
        part(session.text("Đơn vị trực thuộc", "Below it"), session, parts.map { "\($0.code)  \(session.text($0.name, $0.nameEnglish))" })
        part(
            session.text("Thay đổi", "Changes"), session,
            try store.events(subject: "agency/\(agency.code)").suffix(10).map {
                "\(session.moment($0.time))  \($0.actor)  \($0.kind)"
            })
    }

    private func part(_ heading: String, _ session: Session, _ lines: [String]) {
        guard !lines.isEmpty else { return }
        print("\n\(heading)")
        for line in lines { session.wrapped("  " + line, indent: 6) }
    }
}

/// What is said about an agency when it is added or edited; what is left out stays as it is.
struct AgencyFacts: ParsableArguments {
    @Option(help: ArgumentHelp(HelpText.text("Name."))) var name: String?
    @Option(help: ArgumentHelp(HelpText.text("Name in English."))) var nameEn: String?
    @Option(help: "\(Agency.Kind.allCases.map(\.rawValue).joined(separator: ", ")).") var kind: Agency.Kind?
    @Option(help: ArgumentHelp(HelpText.text("Code of the agency that it belongs to; none for the top."))) var parent: String?
    @Option(help: ArgumentHelp(HelpText.text("Where it is."))) var address: String?
    @Option(help: ArgumentHelp(HelpText.text("Level of its information system, 1 to 5; 0 when it is not classified."))) var level: Int?
    @Option(help: ArgumentHelp(HelpText.text("Number of the decision that approved the level."))) var decision: String?

    func apply(to agency: inout Agency) throws {
        if let level {
            guard (0...5).contains(level) else {
                throw UsageError("--level \(level): cần một số từ 1 đến 5, hoặc 0", "--level \(level): expected 1 to 5, or 0")
            }
            agency.level = level == 0 ? nil : level
        }
        if let name { agency.name = name }
        if let nameEn { agency.nameEnglish = nameEn }
        if let kind { agency.kind = kind }
        if let parent { agency.parent = parent == "none" ? nil : parent }
        if let address { agency.address = address }
        if let decision { agency.decision = decision }
        guard !agency.name.isEmpty else { throw UsageError("--name không được để trống", "--name must not be empty") }
    }
}

struct AgencyAdd: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: HelpText.text("Add an agency."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("A short code that never changes, such as SNV."))) var code: String
    @OptionGroup var facts: AgencyFacts
    @Option(help: ArgumentHelp(HelpText.text("A block of addresses; repeat for more."))) var network: [String] = []

    func run() throws {
        let session = Session(options: common)
        guard AgencyDirectory.isCode(code) else {
            throw UsageError(
                "\(code): chỉ gồm chữ cái không dấu, chữ số, - và _, nhiều nhất 32 ký tự",
                "\(code): expected letters, digits, - and _, at most 32")
        }
        guard let name = facts.name else { throw UsageError("thiếu --name", "--name is needed") }
        var agency = Agency(code: code, name: name, nameEnglish: facts.nameEn ?? name)
        try facts.apply(to: &agency)
        for text in network { agency.networks.append(AgencyNetwork(prefix: try AgencyNetworkAdd.block(text))) }
        let store = try session.store(.readWrite)
        try store.save(agency, isNew: true, by: session.hand())
        try Registry.say(agency, true, store, session)
    }
}

struct AgencyEdit: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "edit", abstract: HelpText.text("Change what is known of an agency."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The agency's code: SNV.")), completion: Suggestions.agencies) var code: String
    @OptionGroup var facts: AgencyFacts
    func run() throws { try Registry.edit(common, code) { try facts.apply(to: &$0) } }
}

struct AgencyRemove: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: HelpText.text("Take an agency from the registry; its old alerts and incidents stay its own."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The agency's code: SNV.")), completion: Suggestions.agencies) var code: String
    @Option(help: ArgumentHelp(HelpText.text("Why."))) var reason: String

    func run() throws {
        let session = Session(options: common)
        try session.store(.readWrite).removeAgency(code, reason: reason, by: session.hand())
        session.say("Đã bỏ \(code) khỏi danh mục.", "\(code) is taken from the registry.")
    }
}

struct AgencyImport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract: HelpText.text("Make the registry what a YAML file says; agencies that it leaves out are taken from the registry.")
    )
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("YAML file: agencies, as agency export writes them.")), completion: .file()) var file: String
    @Flag(help: ArgumentHelp(HelpText.text("Only say what would change."))) var dryRun = false

    func run() throws {
        let session = Session(options: common)
        let directory = try AgencyDirectory.load(file: file)
        let store = try session.store(dryRun ? .readOnly : .readWrite)
        let before = Dictionary(try store.agencies().map { ($0.code, $0) }, uniquingKeysWith: { a, _ in a })
        let codes = Set(directory.agencies.map(\.code))
        let changed = directory.agencies.filter { before[$0.code] != nil && before[$0.code] != $0 }
        if dryRun {
            for agency in directory.agencies where before[agency.code] == nil { print("+ \(agency.code)") }
            for agency in changed { print("~ \(agency.code)") }
            for code in before.keys.sorted() where !codes.contains(code) { print("- \(code)") }
            return
        }
        let isChanged = try store.importAgencies(directory, from: file, by: session.hand())
        let moved = changed.filter { before[$0.code]?.contacts != $0.contacts && !(before[$0.code]?.contacts.isEmpty ?? true) }
        if isChanged { try Registry.contactsChanged(moved.map(\.code), store, session) }
        session.say(
            isChanged ? "Đã nhập \(directory.agencies.count) cơ quan." : "Danh mục không thay đổi.",
            isChanged ? "\(directory.agencies.count) agencies imported." : "The registry is unchanged.")
    }
}

struct AgencyExport: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: HelpText.text("Write the registry as YAML, to be imported again."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The file; standard output by default.")), completion: .file()) var file: String?

    func run() throws {
        let session = Session(options: common)
        let text = try session.store().agencyDirectory().yaml
        guard let file else { return print(text, terminator: "") }
        do { try text.write(toFile: file, atomically: true, encoding: .utf8) } catch {
            throw CommandFailure(
                code: .failed, message: "vonggac: " + session.text("\(file): không ghi được", "\(file): cannot be written"))
        }
        session.say("Đã ghi \(file).", "\(file) is written.")
    }
}

struct AgencyCoverage: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "coverage",
        abstract: HelpText.text("Which Internet links a sensor watches now (TT 31/2017 Đ5.2.b). Exit code 1 when one is not."))
    @OptionGroup var common: CommonOptions

    func run() throws {
        let session = Session(options: common)
        let store = try session.store()
        let now = Timestamp.now
        let sensors = try store.sensors(from: Timestamp(microseconds: now.microseconds - 86_400_000_000), until: now)
        let lines = try store.agencies().flatMap { agency in
            agency.links.map { link in (agency, link, sensors.first { $0.identity.name == link.sensor }) }
        }
        let covered = lines.count { $0.2?.isActive(at: now) ?? false }
        if common.json {
            try session.show(
                .object([
                    "links": .integer(Int64(lines.count)), "covered": .integer(Int64(covered)),
                    "list": .array(
                        lines.map { agency, link, sensor in
                            .object([
                                "agency": .string(agency.code), "link": .string(link.name), "provider": .optional(link.provider),
                                "sensor": .optional(link.sensor), "last_seen": .time(sensor?.lastSeen),
                                "covered": .bool(sensor?.isActive(at: now) ?? false),
                            ])
                        }),
                ]))
        } else if lines.isEmpty {
            session.say("Chưa ghi đường truyền Internet nào (agency link add).", "No Internet link is on record (agency link add).")
        } else {
            var table = Table([
                session.text("Cơ quan", "Agency"), session.text("Cảm biến", "Sensor"), session.text("Thấy lần cuối", "Last seen"),
                session.text("Giám sát", "Watched"), session.text("Đường truyền", "Link"),
            ])
            for (agency, link, sensor) in lines {
                table.add([
                    agency.code, link.sensor ?? "-", sensor.map { session.moment($0.lastSeen) } ?? "-",
                    sensor?.isActive(at: now) ?? false ? session.text("có", "yes") : session.text("KHÔNG", "NO"), link.name,
                ])
            }
            session.show(table)
            session.say(
                "\(covered)/\(lines.count) đường truyền đang được giám sát.", "\(covered) of \(lines.count) links are watched now.")
        }
        if covered < lines.count { throw CommandFailure(code: .failed, message: nil) }
    }
}
