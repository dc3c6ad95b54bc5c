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

    /// Answers of several lines: each is one of its own, with a plus sign as in official papers.
    static func lines(_ text: String) -> [String] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: true).map(String.init)
        return lines.count < 2 ? [lines.first ?? ""] : lines.map { "+ \($0)" }
    }

    /// A text in as few lines of this many letters as it needs, all of about the same length.
    static func balanced(_ text: String, to most: Int) -> [String] {
        let words = text.split(separator: " ")
        let count = (text.count + most - 1) / most
        var lines: [String] = []
        var rest = words[...]
        while !rest.isEmpty {
            let left = max(1, count - lines.count)
            let length = rest.reduce(-1) { $0 + $1.count + 1 }
            var line = String(rest.removeFirst())
            // As near to its share as whole words come.
            while let next = rest.first, left == 1 || line.count + (next.count + 1) / 2 <= length / left {
                line += " " + next
                rest.removeFirst()
            }
            lines.append(line)
        }
        return lines
    }

    func label(of field: FilledField) -> String { field.label + (field.isRequired ? " (*)" : "") }

    /// "./." closes the text (II.6.h); it stands behind the last words of the last section that is no appendix.
    static let end = "./."

    /// The last words with the end: a full stop of their own is part of it.
    static func ended(_ text: String) -> String { (text.hasSuffix(".") ? String(text.dropLast()) : text) + end }

    /// The last block with the end behind its last words; nil where it has none, and the end is a line of its own.
    static func ended(_ block: Block) -> Block? {
        switch block {
        case .paragraph(let text): return .paragraph(ended(text))
        case .missing(let text): return .missing(ended(text))
        case .list(var items):
            guard let last = items.popLast() else { return nil }
            return .list(items + [ended(last)])
        case .fields(var fields):
            guard var last = fields.popLast(), case .text(let text) = last.value else { return nil }
            last.value = .text(ended(text))
            return .fields(fields + [last])
        case .subheading, .facts, .table, .bars, .columns, .blankLines: return nil
        }
    }

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
