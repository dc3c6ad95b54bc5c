import ArgumentParser
import Bytes
import Detect
import Foundation
import Incidents
import RuleLanguage
import Terminal
import Trust

struct RulesExplain: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "explain", abstract: HelpText.text("How a rule has done: what its alerts became, and how often it was right."),
        discussion: HelpText.text("The rule's text comes from --rules, /etc/vonggac/rules and the rules that were shipped."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("Number of the rule."))) var sid: Int64
    @Option(help: ArgumentHelp(HelpText.text("A rule file; repeat for more."), valueName: "file"), completion: .file()) var rules:
        [String] = []
    @Option(help: ArgumentHelp(HelpText.text("The table of correlation."), valueName: "file"), completion: .file()) var correlation: String?

    func run() throws {
        let session = Session(options: common)
        let record = try session.store().ruleRecord(sid)
        let rule = try rule()
        guard rule != nil || record.alerts > 0 else { throw NotFoundError(.rule, String(sid)) }
        let kind = try rule.map { try explanation($0) }
        if common.json { return try session.show(json(record, rule, kind)) }
        session.wrapped("\(sid)  \(rule?.info.message ?? record.message ?? "")", indent: 4)
        var facts: [(String, String)] = []
        if let rule { facts.append((session.text("Ở", "At"), rule.info.position.description)) }
        facts.append((session.text("Loại luật", "Class"), rule?.info.classType ?? record.classType ?? "-"))
        facts.append((session.text("Trở thành", "Becomes"), becomes(kind ?? nil, record, session)))
        facts.append(
            (
                session.text("Cảnh báo", "Alerts"),
                "\(record.alerts)"
                    + session.text(", \(record.alertsOutside) không thuộc sự cố nào", ", \(record.alertsOutside) in no incident")
            ))
        if let first = record.firstSeen, let last = record.lastSeen {
            facts.append((session.text("Thời gian", "Seen"), "\(LocalTime.text(first)) – \(LocalTime.text(last))"))
        }
        let open = record.verdicts.count - record.right - record.wrong
        facts.append(
            (
                session.text("Sự cố", "Incidents"),
                session.text(
                    "\(record.verdicts.count): \(record.right) đúng, \(record.wrong) báo động nhầm, \(open) chưa kết luận",
                    "\(record.verdicts.count): \(record.right) real, \(record.wrong) false, \(open) not judged")
            ))
        facts.append(
            (
                session.text("Tỷ lệ đúng", "Right"),
                record.precision.map { "\(Int(($0 * 100).rounded()))% (\(record.right)/\(record.right + record.wrong))" } ?? "-"
            ))
        for (name, value) in facts { session.wrapped("  " + DisplayText.fitted(name, to: 12) + value, indent: 14) }
        part(
            session.text("Báo động nhầm", "False alarms"), session,
            record.verdicts.filter { $0.state == .falseAlarm }.map { verdict in
                "\(verdict.incident)  \(verdict.judgedAt.map(session.moment) ?? "")  \(verdict.actor ?? "")  “\(verdict.reason ?? "")”  "
                    + session.alerts(verdict.alerts)
            })
        part(
            session.text("Sự cố khác", "Other incidents"), session,
            record.verdicts.filter { $0.state != .falseAlarm }.suffix(10).map {
                "\($0.incident)  \(StateNames.name($0.state, session.language))  "
                    + session.alerts($0.alerts)
            })
    }

    private func part(_ heading: String, _ session: Session, _ lines: [String]) {
        guard !lines.isEmpty else { return }
        print("\n\(heading)")
        for line in lines { session.wrapped("  " + line, indent: 6) }
    }

    /// The rule among the files that are there.
    private func rule() throws -> Signature? {
        var files = rules
        if files.isEmpty {
            for folder in ["/etc/vonggac/rules"] + ShippedContent.folders("Rules") + ["/usr/share/vonggac/Rules"] {
                let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".rules") }
                // Only a file that names the number is worth compiling.
                files += names.sorted().map { "\(folder)/\($0)" }.filter {
                    (try? String(contentsOfFile: $0, encoding: .utf8))?.contains("sid:\(sid);") ?? false
                }
                if !files.isEmpty { break }
            }
        }
        guard !files.isEmpty else { return nil }
        return try loadRules(files).signatures.first { Int64($0.id.signature) == sid }
    }

    /// What the table of correlation makes of the rule.
    private func explanation(_ rule: Signature) throws -> (kind: IncidentKind?, reason: KindReason)? {
        let files =
            correlation.map { [$0] } ?? (ShippedContent.folders("Rules") + ["/usr/share/vonggac/Rules"]).map { $0 + "/correlation.yaml" }
        guard let file = files.first(where: { FileManager.default.fileExists(atPath: $0) }) else { return nil }
        var alert = AlertRecord(
            time: Timestamp(seconds: 0), sid: sid, message: rule.info.message, source: Endpoint(.zero), destination: Endpoint(.zero))
        alert.classType = rule.info.classType
        alert.categoryHint = rule.info.metadata.first { $0.key == "vonggac_category" }?.value
        return try CorrelationTable.load(file: file).explain(alert)
    }

    private func becomes(_ found: (kind: IncidentKind?, reason: KindReason)?, _ record: RuleRecord, _ session: Session) -> String {
        guard let found else { return record.kinds.isEmpty ? "-" : record.kinds.map(\.rawValue).joined(separator: ", ") }
        let why =
            switch found.reason {
            case .metadata(let word): session.text("theo metadata vonggac_category \(word)", "by its metadata vonggac_category \(word)")
            case .map(let entry):
                session.text("theo mục \(entry) của map trong correlation.yaml", "by entry \(entry) of map in correlation.yaml")
            case .unmapped: session.text("không mục nào nhắc tới", "no entry names it")
            }
        guard let kind = found.kind else { return session.text("chỉ đếm, không thành sự cố, ", "counted only, no incident, ") + why }
        return "\(kind.code) \(kind.severity.rawValue), "
            + session.text("gộp trong \(kind.windowSeconds / 60) phút, ", "gathered within \(kind.windowSeconds / 60) min, ")
            + (kind.threshold > 1 ? session.text("từ \(kind.threshold) cảnh báo, ", "from \(kind.threshold) alerts on, ") : "") + why
    }

    private func json(
        _ record: RuleRecord, _ rule: Signature?, _ kind: ((kind: IncidentKind?, reason: KindReason)?)?
    ) -> JSONValue {
        .object([
            "sid": .integer(sid), "message": .optional(rule?.info.message ?? record.message),
            "place": .optional(rule?.info.position.description), "class": .optional(rule?.info.classType ?? record.classType),
            "kind": .optional((kind ?? nil)?.kind?.code.rawValue), "kinds_seen": .array(record.kinds.map { .string($0.rawValue) }),
            "alerts": .integer(Int64(record.alerts)), "alerts_in_no_incident": .integer(Int64(record.alertsOutside)),
            "first_seen": .time(record.firstSeen), "last_seen": .time(record.lastSeen), "right": .integer(Int64(record.right)),
            "wrong": .integer(Int64(record.wrong)), "precision": record.precision.map { .number($0) } ?? .null,
            "incidents": .array(
                record.verdicts.map {
                    .object([
                        "code": .string($0.incident.description), "state": .string($0.state.rawValue), "alerts": .integer(Int64($0.alerts)),
                        "reason": .optional($0.reason), "judged_by": .optional($0.actor), "judged_at": .time($0.judgedAt),
                    ])
                }),
        ])
    }
}

struct AlertNoise: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "noise", abstract: HelpText.text("Alerts that opened no incident, by rule: counted, never dropped."))
    @OptionGroup var common: CommonOptions

    func run() throws {
        let session = Session(options: common)
        let quiet = try session.store().quietRules()
        if common.json {
            return try session.show(
                .array(
                    quiet.map {
                        .object([
                            "sid": .integer($0.sid), "message": .string($0.message), "reason": .string($0.reason.rawValue),
                            "alerts": .integer(Int64($0.alerts)),
                        ])
                    }))
        }
        if quiet.isEmpty { return session.say("Không có.", "None.") }
        var table = Table([session.text("Cảnh báo", "Alerts"), "SID", session.text("Vì sao", "Why"), session.text("Nội dung", "What")])
        for rule in quiet {
            let reason =
                switch rule.reason {
                case .noise: session.text("chỉ là thông tin", "information only")
                case .belowThreshold: session.text("chưa đủ ngưỡng", "below the threshold")
                case .falseAlarm: session.text("đã kết luận nhầm", "dismissed")
                }
            table.add([String(rule.alerts), String(rule.sid), reason, rule.message])
        }
        session.show(table)
    }
}
