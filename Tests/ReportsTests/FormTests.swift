import Bytes
import Compliance
import Foundation
import Incidents
import Reports
import TestSupport
import Testing
import Wording

@Suite struct FormTests {
    private let office: Office
    private let incident: Incident

    init() throws {
        office = try Office()
        let code = try office.incident("C2_BOTNET", "10.20.10.7").code
        try office.store.confirm(code, by: Hand("trực"))
        incident = try office.store.contain(code, note: "Đã cách ly máy 10.20.10.7", by: Hand("trực"))
    }

    private func form(_ id: String, answers: [String: String] = [:], profile: String = "vn-2026", unit: String? = nil) throws
        -> FormDocument
    {
        var options = DocumentOptions()
        options.letterhead = try Letterhead.parse(unit ?? Self.unit, file: "organisation.yaml")
        options.now = LocalTime.parse("2026-11-17T09:00:00")
        let head = try office.store.dataHead()
        let profile = try ProfileLibrary(folders: []).profile(profile)
        let template = try TemplateLibrary(folders: []).template(id)
        let subject: FormSubject =
            if template.about == .period {
                .period(try WeeklyData(from: office.store, period: #require(ReportPeriod(half: "2026-H2")), profile: profile))
            } else {
                .incident(try office.store.detail(incident.code), try office.store.agencies())
            }
        return FormDocument(
            template, about: subject, profile: profile, answers: answers, ledger: LedgerHead(seq: head.seq, hash: head.hash.hex),
            options: options)
    }

    private static let unit = """
        name: Đội ứng cứu
        symbol: ĐƯC
        place: Vọng Hải
        address: 1 Trần Phú
        phone: "0299 1"
        email: ung-cuu@example.vn
        owner: UBND tỉnh
        contact: {name: Nguyễn Văn A, phone: "0900", email: a@example.vn}
        signer: {title: Đội trưởng}
        """

    /// Forms know the unit and the incident; what nobody can know but a person is missing.
    @Test(arguments: [
        ("f24", []), ("f72", ["report_kind", "cause"]), ("initial", ["notified"]), ("final", []), ("notice", []),
        ("progress", []), ("plan", ["plan_text"]), ("support", ["request_text"]), ("ack", ["sender"]), ("intake", []),
        ("pdp", ["dpo_name", "dpo_phone", "dpo_email", "data_types", "data_quantity", "consequences"]), ("periodic", []),
    ])
    func whatIsMissingIsKnown(id: String, missing: [String]) throws {
        let form = try form(id)
        #expect(form.missing.map(\.key) == missing)
        let html = HTMLRenderer.render(form.document)
        #expect(html.contains("[cần bổ sung]") == !missing.isEmpty)
        #expect(html.contains("DỰ THẢO, CÒN THIẾU") == !missing.isEmpty)
        // Every field of the form is on the page.
        for field in form.template.parts.compactMap(\.formField) {
            #expect(html.contains(field.name.vietnamese.prefix(12)), "\(field.key)")
        }
    }

    /// Parts of a form stand where that is so; what does not stand is not demanded.
    @Test func conditionsAndLoopsInAForm() throws {
        let text = """
            schema: vonggac-template/1
            id: own
            about: incident
            kind: {vi: A, en: A}
            symbol: A
            title: {vi: "{incident.code}{#if incident.severity = M1} KHẨN{/if}", en: x}
            form:
              - {field: kind, vi: Loại, en: x, type: choice, choices: [{code: a, vi: A, en: A}, {code: b, vi: B, en: B}]}
              - {field: why, vi: Vì sao, en: x, required: true, if: kind = b}
              - text: {vi: "Máy: {#each incident.addresses}[{item}]{/each}{#if not incident.summary} chưa tổng kết{/if}", en: x}
              - {heading: {vi: Dữ liệu, en: x}, if: incident.personal_data = co}
            """
        let template = try DocumentTemplate.parse(text, file: "t.yaml")
        func form(_ answers: [String: String]) throws -> FormDocument {
            var options = DocumentOptions()
            options.letterhead = try Letterhead.parse(Self.unit, file: "organisation.yaml")
            return FormDocument(
                template, about: .incident(try office.store.detail(incident.code), []), profile: try ProfileLibrary(folders: []).profile(),
                answers: answers, ledger: LedgerHead(seq: 1, hash: ""), options: options)
        }
        let first = try form(["kind": "a"])
        #expect(first.missing.isEmpty && first.document.title == incident.code.description)
        let html = HTMLRenderer.render(first.document)
        #expect(!html.contains("Vì sao") && !html.contains("Dữ liệu") && html.contains(" chưa tổng kết"))
        for host in try office.store.detail(incident.code).hosts { #expect(html.contains("[\(host.address)]")) }
        #expect(try form(["kind": "b"]).missing.map(\.key) == ["why"])
    }

    @Test func answersFillAForm() throws {
        let form = try form("f72", answers: ["report_kind": "cuoi_cung", "cause": "Tệp đính kèm độc hại"])
        #expect(form.missing.isEmpty)
        #expect(form.template.fulfils.clocks(form.values) == ["R26_72", "R26_FINAL"])
        let document = form.document
        #expect(document.draftNote == nil)
        let html = HTMLRenderer.render(document)
        #expect(html.contains("☒ Cuối cùng") && html.contains("☐ Sơ bộ") && html.contains("Tệp đính kèm độc hại"))
        #expect(html.contains("Đã cách ly máy 10.20.10.7"))
        #expect(document.addressees.first?.contains("Cơ quan chuyên trách bảo vệ an ninh mạng") == true)
        #expect(form.mailSubject == "[TBSC] Báo cáo sự cố an ninh mạng \(incident.code)")
    }

    /// TT 20/2017 Mẫu 03: no address of the inner network anywhere.
    @Test func initialReportNamesPublicAddressesOnly() throws {
        let form = try form(
            "initial",
            answers: [
                "system_name_domain_ip": "cong.example 203.113.1.2 10.20.10.7",
                "support_request": "Xem máy 192.168.1.5:8080, 172.16.0.0/12.",
            ])
        for text in [
            HTMLRenderer.render(form.document), CSVRenderer.render(form.document), try JSONRenderer.json(of: form.document).canonicalText(),
        ] {
            for inner in ["10.20.10", "192.168.", "172.16."] { #expect(!text.contains(inner), "\(inner)") }
        }
        let html = HTMLRenderer.render(form.document)
        #expect(
            html.contains("cong.example, 203.113.1.2") && html.contains("(IP nội bộ)")
                && html.contains("CÁ NHÂN/NGƯỜI ĐẠI DIỆN THEO PHÁP LUẬT"))
    }

    @Test func formFiveAddsUp() throws {
        let document = try form("periodic", answers: ["damage.MALWARE": "20 triệu đồng"]).document
        let table = try #require(document.tables.first)
        #expect(table.rows.count == 11 && table.columns.count == 8)
        for column in 2...6 {
            let sum = table.rows.dropLast().reduce(0) { $0 + (Int($1[column]) ?? -1000) }
            #expect(table.rows.last?[column] == String(sum))
        }
        #expect(table.rows[2][7] == "20 triệu đồng")
        #expect(table.rows.last?[2] == "1")
    }

    @Test func yearlyTableHasASystemForEachAgency() throws {
        let document = try form("annual", answers: ["systems.SNV.approval": "Đã được phê duyệt"]).document
        let table = try #require(document.tables.first)
        #expect(table.rows.map { $0[1] } == ["Hệ thống mạng của Sở Nội vụ", "Hệ thống mạng của Sở Tài chính"])
        #expect(table.rows[0][5] == "Đã được phê duyệt" && table.rows[1][5] == "…")
        #expect(document.sections.last?.isLandscape == true)
    }

    @Test func unitsNameTheirOwnRecipients() throws {
        let document = try form("f24", unit: Self.unit + "\nrecipients: {f24: [Phòng An ninh mạng, Cục A05]}").document
        #expect(document.addressees == ["Phòng An ninh mạng", "Cục A05"])
        #expect(HTMLRenderer.render(document).contains("- Phòng An ninh mạng;<br>- Cục A05."))
    }
}

extension FormPart {
    var formField: FormField? { if case .field(let field) = self { field } else { nil } }
}
