import ArgumentParser
import Bytes
import Compliance
import Digest
import Foundation
import Incidents
import Reports
import Terminal
import Wording

/// A document as far as it is known, and what it is about.
struct DocumentDraft {
    /// The form: `weekly`, `f24`.
    var form: String
    /// `VG-2026-0003`, `2026-W47`.
    var subject: String
    var incident: IncidentCode?
    var period: ReportPeriod?
    var document: ReportDocument
    var mailSubject: String
    /// Codes of the deadlines that sending it fulfils.
    var clocks: [String]
    var missing: [FormField]
    var profile: ComplianceProfile
    var letterhead: Letterhead

    /// Its number and sign: `05/BC-ĐƯCSC`; the form and subject while it has none.
    var name: String {
        document.number.map { "\($0.count == 1 ? "0" : "")\($0)/\(document.symbol)-\(letterhead.symbol)" } ?? "\(form) \(subject)"
    }
}

/// Makes documents from the record.
struct DocumentMaker {
    let options: MakingOptions
    let session: Session
    let store: IncidentStore

    /// - Parameter writes: answers or the making itself are to be recorded.
    init(_ options: MakingOptions, writes: Bool) throws {
        self.options = options
        session = options.session
        store = try session.store(writes ? .readWrite : .readOnly)
    }

    /// Profiles whose deadlines run beside.
    static func alongside(_ profile: ComplianceProfile) throws -> [ComplianceProfile] {
        try profile.alongside.map { try ProfileLibrary().profile($0.profile) }
    }

    /// A report on a period made of sections.
    func report(_ form: String, _ period: ReportPeriod, remarks: [String]? = nil, isTraced: Bool = false) throws -> DocumentDraft {
        let template = try options.library().template(form)
        let profile = try options.profileOptions.load()
        let answers = try store.answers(form: form, subject: period.name)
        var weekly = WeeklyOptions(template: template)
        weekly.language = session.language
        weekly.letterhead = try options.letterhead()
        weekly.number = options.number
        weekly.date = try options.moment()
        weekly.answers = answers
        weekly.remarks = remarks ?? ReportText.paragraphs(answers["remarks"] ?? "")
        weekly.isTraced = isTraced
        weekly.origins = try options.origins()
        let data = try WeeklyData(
            from: store, period: period, profile: profile, alongside: Self.alongside(profile), evidenceFolder: options.evidenceFolder())
        let report = WeeklyReport(data, weekly)
        return DocumentDraft(
            form: form, subject: period.name, incident: nil, period: period, document: report.document, mailSubject: report.mailSubject,
            clocks: template.fulfils.clocks([:]), missing: [], profile: profile, letterhead: weekly.letterhead)
    }

    /// A form about an incident.
    func form(_ form: String, _ code: IncidentCode) throws -> (draft: DocumentDraft, form: FormDocument) {
        let detail = try store.detail(code, alertLimit: 1000)
        return try make(form, .incident(detail, store.agencies()), subject: code.description, incident: code, period: nil)
    }

    /// A form about a period.
    func form(_ form: String, _ period: ReportPeriod) throws -> (draft: DocumentDraft, form: FormDocument) {
        let profile = try options.profileOptions.load()
        let data = try WeeklyData(from: store, period: period, profile: profile, alongside: Self.alongside(profile))
        return try make(form, .period(data), subject: period.name, incident: nil, period: period)
    }

    private func make(
        _ form: String, _ subject: FormSubject, subject name: String, incident: IncidentCode?, period: ReportPeriod?
    ) throws -> (draft: DocumentDraft, form: FormDocument) {
        let template = try options.library().template(form)
        let profile = try options.profileOptions.load()
        var document = DocumentOptions()
        document.language = session.language
        document.letterhead = try options.letterhead()
        document.number = options.number
        document.date = try options.moment()
        document.now = .now
        let head = try store.dataHead()
        let filled = FormDocument(
            template, about: subject, profile: profile, answers: try store.answers(form: form, subject: name),
            ledger: LedgerHead(seq: head.seq, hash: head.hash.hex), options: document)
        let draft = DocumentDraft(
            form: form, subject: name, incident: incident, period: period, document: filled.document, mailSubject: filled.mailSubject,
            clocks: template.fulfils.clocks(filled.values), missing: filled.missing, profile: profile, letterhead: document.letterhead)
        return (draft, filled)
    }

    /// Any document by its form and the name of its subject.
    func draft(_ form: String, subject: String) throws -> DocumentDraft {
        let template = try options.library().template(form)
        guard template.sections.isEmpty else {
            guard let period = ReportText.period(subject) else {
                throw UsageError("\(subject): cần một kỳ như 2026-W47", "\(subject): expected a period such as 2026-W47")
            }
            return try report(form, period)
        }
        if template.about == .period {
            guard let period = ReportText.period(subject, form: form) else {
                throw UsageError("\(subject): cần một kỳ như 2026-H1 hoặc 2026", "\(subject): expected a period such as 2026-H1 or 2026")
            }
            return try self.form(form, period).draft
        }
        guard let code = IncidentCode(subject) else {
            throw UsageError("\(subject): cần mã sự cố như VG-2026-0001", "\(subject): expected an incident such as VG-2026-0001")
        }
        return try self.form(form, code).draft
    }

    /// Says where the record's incidents are when a report on a period has none.
    func hintAtOtherWeeks(_ draft: DocumentDraft) throws {
        guard let period = draft.period, try store.stateCounts(from: period.from, until: period.until).isEmpty else { return }
        var filter = IncidentFilter()
        filter.limit = 1
        guard let newest = try store.incidents(filter).first else { return }
        let week = ReportPeriod.week(of: newest.firstSeen).name
        session.complain(
            "Kỳ \(period.name) không có sự cố nào; sự cố mới nhất phát hiện lúc \(LocalTime.text(newest.firstSeen)): --week \(week).",
            "There is no incident in \(period.name); the newest was detected at \(LocalTime.text(newest.firstSeen)): --week \(week).")
    }

    /// Writes the document where it was asked for, records that it was made, and says so.
    func deliver(_ draft: DocumentDraft) throws {
        let format = try options.chosenFormat()
        let bytes = try session.waiting("Lập \(format.rawValue.uppercased())", "Making \(format.rawValue.uppercased())") {
            try format.render(draft.document)
        }
        if let output = options.output {
            do {
                try Data(bytes).write(to: URL(fileURLWithPath: output), options: .atomic)
            } catch {
                throw CommandFailure(
                    code: .failed,
                    message: session.text(
                        "vonggac: \(output): không ghi được báo cáo; hãy kiểm tra quyền và dung lượng đĩa",
                        "vonggac: \(output): the report cannot be written; check permissions and free space"))
            }
        } else {
            guard format != .pdf && format != .docx && format != .xlsx || isatty(1) == 0 else {
                throw UsageError(
                    "\(format.rawValue) không in ra màn hình được; hãy ghi -o TỆP", "\(format.rawValue) is not for a terminal; give -o FILE"
                )
            }
            FileHandle.standardOutput.write(Data(bytes))
        }
        try record(draft, format, bytes)
        if let output = options.output {
            session.say("\(draft.document.kind): \(draft.subject) → \(output)", "\(draft.document.kind): \(draft.subject) → \(output)")
        }
        if !options.hasOrganisation {
            session.complain(
                "Chưa biết đơn vị nào ban hành, phần đầu và cuối văn bản để trống: vonggac report template organisation > \(session.folder)/organisation.yaml, rồi sửa tệp đó.",
                "Nobody has said who issues documents, so head and end are blank: vonggac report template organisation > \(session.folder)/organisation.yaml, then edit it."
            )
        }
        if !draft.missing.isEmpty {
            session.complain(
                "Còn thiếu \(draft.missing.count) mục bắt buộc: \(draft.missing.map(\.key).joined(separator: ", ")). Bổ sung bằng --set mục=giá trị, hoặc chạy lại ở cửa sổ dòng lệnh để được hỏi.",
                "\(draft.missing.count) demanded field(s) missing: \(draft.missing.map(\.key).joined(separator: ", ")). Give them with --set field=value, or run again at a terminal to be asked."
            )
        }
    }

    private func record(_ draft: DocumentDraft, _ format: DocumentFormat, _ bytes: [UInt8]) throws {
        guard !options.preview else { return }
        let made = MadeDocument(
            form: draft.form, subject: draft.subject, format: format.rawValue, digest: SHA256Digest(of: bytes), size: Int64(bytes.count),
            number: options.number, profile: draft.profile.label, language: session.language.rawValue, missing: draft.missing.count)
        do { try store.recordDocument(made, by: session.hand()) } catch let error as StoreError {
            session.complain(
                "Không ghi được vào sổ cái rằng văn bản đã được lập: \(error.vietnamese)",
                "The ledger does not hold that this document was made: \(error.english)")
        }
    }
}

/// Small readings that commands on reports share.
enum ReportText {
    /// Paragraphs are set apart by empty lines.
    static func paragraphs(_ text: String) -> [String] {
        text.replacing("\r\n", with: "\n").split(separator: "\n\n").map {
            $0.split(separator: "\n").joined(separator: " ").trimmingCharacters(in: .whitespaces)
        }.filter { !$0.isEmpty }
    }

    static func file(_ path: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: path), let text = String(validating: data, as: UTF8.self) else {
            throw ContentError(file: path, line: nil, key: "", problem: "cannot be read as UTF-8 text")
        }
        return text
    }

    /// A period by its name: `2026-W47`, `2026-H1`, `2026`, `2026-11-21`, `2026-11-01..2026-11-15`. The year of the yearly result table runs
    /// from 15 December.
    static func period(_ name: String, form: String = "") -> ReportPeriod? {
        if let week = ReportPeriod(week: name) { return week }
        if let half = ReportPeriod(half: name) { return half }
        if let year = Int(name), (1970...9999).contains(year) {
            return form == "annual" ? ReportPeriod(reportingYear: year) : ReportPeriod(year: year)
        }
        let ends = name.split(separator: ".", omittingEmptySubsequences: true)
        if ends.count == 2, let from = LocalTime.parse(String(ends[0])), let to = LocalTime.parse(String(ends[1])) {
            return ReportPeriod(from: from, until: Timestamp(microseconds: to.microseconds + ReportPeriod.day))
        }
        return LocalTime.parse(name).flatMap { ReportPeriod(day: $0) }
    }
}
