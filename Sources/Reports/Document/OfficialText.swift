import Bytes
import Incidents
import Wording

/// The fixed texts of a document by NĐ 30/2020/NĐ-CP, Phụ lục I, the same in every format.
struct OfficialText {
    let document: ReportDocument

    init(_ document: ReportDocument) { self.document = document }

    private var isVietnamese: Bool { document.language == .vi }
    private var head: Letterhead { document.letterhead }

    /// Quốc hiệu (II.1), in capitals.
    var nation: String { isVietnamese ? "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" : "SOCIALIST REPUBLIC OF VIET NAM" }
    /// Tiêu ngữ.
    var motto: String { isVietnamese ? "Độc lập - Tự do - Hạnh phúc" : "Independence - Freedom - Happiness" }
    /// Cơ quan chủ quản and cơ quan ban hành (II.2), in capitals.
    var parent: String? { head.parent?.uppercased() }
    var issuer: String { head.name.uppercased() }

    /// Số, ký hiệu (II.3): numbers below 10 have a leading zero.
    var number: String {
        let number = document.number.map { $0.count == 1 && $0.first?.isNumber == true ? "0" + $0 : $0 } ?? "……"
        return "\(isVietnamese ? "Số" : "No."): \(number)/\(document.symbol)-\(head.symbol)"
    }

    /// Địa danh và thời gian (II.4): days below 10 and the months 1 and 2 have a leading zero.
    var dateline: String {
        guard let date = document.date else {
            return isVietnamese ? "\(head.place), ngày …… tháng …… năm ………" : "\(head.place), ……………………"
        }
        return "\(head.place), \(day(date))"
    }

    private func day(_ date: Timestamp) -> String {
        let day = LocalTime.fields(date)
        guard isVietnamese else { return LocalTime.date(date) }
        return "ngày \(day.day < 10 ? "0" : "")\(day.day) tháng \(day.month < 3 ? "0" : "")\(day.month) năm \(day.year)"
    }

    /// The kind in capitals, with the note of a draft.
    var kind: String { document.kind.uppercased() + (document.draftNote.map { " (\($0.uppercased()))" } ?? "") }

    var toLabel: String { isVietnamese ? "Kính gửi" : "To" }

    /// Kính gửi (II.9): one on the same line; several with dashes, semicolons and a full stop.
    var addressees: [String] {
        let list = document.addressees
        if list.count < 2 { return list.map { "\($0)." } }
        return list.enumerated().map { "- \($1)\($0 == list.count - 1 ? "." : ";")" }
    }

    /// Căn cứ (II.6.b): each ends with a semicolon, the last with a full stop.
    var basis: [String] { document.basis.enumerated().map { "\($1)\($0 == document.basis.count - 1 ? "." : ";")" } }

    var copiesLabel: String { isVietnamese ? "Nơi nhận" : "Copies to" }

    /// Nơi nhận (II.9), ending with the file copy.
    var copies: [String] {
        var copies = (document.addressees.isEmpty ? [] : [isVietnamese ? "Như trên" : "As above"]) + document.copies
        copies.append(isVietnamese ? "Lưu: VT, \(head.symbol)" : "File: \(head.symbol)")
        return copies.enumerated().map { "- \($1)\($0 == copies.count - 1 ? "." : ";")" }
    }

    /// The label over an appendix: numbered only where there are several (III.1).
    func appendixLabel(_ section: ReportDocument.Section) -> String {
        let appendices = document.sections.filter(\.isAppendix)
        let label = isVietnamese ? "Phụ lục" : "Appendix"
        guard appendices.count > 1, let index = appendices.firstIndex(where: { $0.heading == section.heading }) else { return label }
        return "\(label) \(Self.roman(index + 1))"
    }

    /// Which document an appendix belongs to.
    var appendixOf: String {
        let number = document.number.map { $0.count == 1 ? "0" + $0 : $0 } ?? "……"
        let day = document.date.map(day) ?? (isVietnamese ? "ngày …… tháng …… năm ………" : "……………………")
        return isVietnamese
            ? "(Kèm theo \(document.kind.capitalizedFirst) số \(number)/\(document.symbol)-\(head.symbol) \(day) của \(head.name))"
            : "(With \(document.kind.lowercased()) No. \(number)/\(document.symbol)-\(head.symbol), \(day), of \(head.name))"
    }

    static func roman(_ number: Int) -> String {
        var (rest, text) = (number, "")
        for (value, digits) in [(10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")] {
            while rest >= value {
                text += digits
                rest -= value
            }
        }
        return text
    }

    /// What stands for a demanded field that is not known.
    var toBeFilledIn: String { isVietnamese ? "[cần bổ sung]" : "[to be filled in]" }
    var dots: String { "………………………………" }

    /// What a field says, as one line of text.
    func value(of field: FilledField) -> String {
        switch field.value {
        case .text(let text): text
        case .choices(let choices): choices.map { "\($0.isChosen ? "☒" : "☐") \($0.label)" }.joined(separator: "   ")
        case .missing: toBeFilledIn
        case .blank: dots
        }
    }

    func label(of field: FilledField) -> String { field.label + (field.isRequired ? " (*)" : "") }

    /// "./." closes the text (II.6.h); it stands behind the last words of the last section that is no appendix.
    static let end = "./."

    var traceHeading: String { isVietnamese ? "Nguồn của từng số liệu" : "Where each number comes from" }
    var traceColumns: [String] {
        isVietnamese ? ["Mã", "Số liệu", "Cách tính", "Giá trị", "Sự cố"] : ["Code", "Number", "Method", "Value", "Incidents"]
    }

    /// The table of the numbers' origin.
    var trace: DataTable {
        let numbers = NumberText(language: document.language)
        let rows = document.metrics.flatMap { metric in
            metric.values.enumerated().map { index, value in
                [
                    index == 0 ? metric.code : "", value.label?[document.language] ?? metric.name[document.language],
                    index == 0 ? metric.method[document.language] : "", numbers.text(value.amount),
                    value.incidents.map(\.description).joined(separator: " "),
                ]
            }
        }
        let alignments: [DataTable.Alignment] = [.code, .start, .start, .end, .code]
        return DataTable("", Array(zip(traceColumns, alignments)).map { (heading: $0.0, alignment: $0.1) }, rows)
    }
}

extension String {
    /// `BÁO CÁO` as it stands within a sentence: `Báo cáo`.
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst().lowercased() }
}
