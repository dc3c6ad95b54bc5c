import Wording

/// A report's numbers, fields and tables as a workbook (ISO/IEC 29500 SpreadsheetML): a sheet each, numbers as numbers.
public enum XLSXRenderer {
    private enum Cell {
        case text(String)
        case number(String)
    }

    private struct Sheet {
        var name: String
        var head: [String]
        var rows: [[Cell]]
    }

    public static func render(_ document: ReportDocument) -> [UInt8] {
        let sheets = self.sheets(document)
        var archive = ZipArchive()
        let main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
        let relation = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
        let type = "application/vnd.openxmlformats-officedocument.spreadsheetml"
        archive.add(
            "[Content_Types].xml",
            XMLText.declaration + "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
                + "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
                + "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
                + "<Override PartName=\"/xl/workbook.xml\" ContentType=\"\(type).sheet.main+xml\"/><Override PartName=\"/xl/styles.xml\" ContentType=\"\(type).styles+xml\"/>"
                + sheets.indices.map { "<Override PartName=\"/xl/worksheets/sheet\($0 + 1).xml\" ContentType=\"\(type).worksheet+xml\"/>" }
                .joined()
                + "</Types>")
        archive.add(
            "_rels/.rels",
            XMLText.declaration + "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
                + "<Relationship Id=\"rId1\" Type=\"\(relation)/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>")
        archive.add(
            "xl/workbook.xml",
            XMLText.declaration + "<workbook xmlns=\"\(main)\" xmlns:r=\"\(relation)\"><sheets>"
                + sheets.enumerated().map { "<sheet name=\"\(XMLText.escaped($1.name))\" sheetId=\"\($0 + 1)\" r:id=\"rId\($0 + 1)\"/>" }
                .joined()
                + "</sheets></workbook>")
        archive.add(
            "xl/_rels/workbook.xml.rels",
            XMLText.declaration + "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
                + sheets.indices.map {
                    "<Relationship Id=\"rId\($0 + 1)\" Type=\"\(relation)/worksheet\" Target=\"worksheets/sheet\($0 + 1).xml\"/>"
                }.joined()
                + "<Relationship Id=\"rId\(sheets.count + 1)\" Type=\"\(relation)/styles\" Target=\"styles.xml\"/></Relationships>")
        archive.add("xl/styles.xml", styles(main))
        for (index, sheet) in sheets.enumerated() { archive.add("xl/worksheets/sheet\(index + 1).xml", xml(sheet, main)) }
        return archive.bytes
    }

    private static func sheets(_ document: ReportDocument) -> [Sheet] {
        let isVietnamese = document.language == .vi
        var sheets: [Sheet] = []
        if !document.metrics.isEmpty {
            let head =
                isVietnamese
                ? ["Mã", "Số liệu", "Khóa", "Nhóm", "Giá trị", "Đơn vị", "Sự cố"]
                : ["Code", "Number", "Key", "Group", "Value", "Unit", "Incidents"]
            sheets.append(
                Sheet(
                    name: isVietnamese ? "Số liệu" : "Numbers", head: head,
                    rows: document.metrics.flatMap { metric in
                        metric.values.map { value in
                            let (text, unit) = value.amount.machine
                            let isNumber = unit == "count" || unit == "share" || unit == "seconds"
                            return [
                                .text(metric.code), .text(metric.name[document.language]), .text(value.key),
                                .text(value.label?[document.language] ?? ""), isNumber ? .number(text) : .text(text), .text(unit),
                                .text(value.incidents.map(\.description).joined(separator: " ")),
                            ]
                        }
                    }))
        }
        let official = OfficialText(document)
        if !document.fields.isEmpty {
            sheets.append(
                Sheet(
                    name: isVietnamese ? "Các mục" : "Fields", head: isVietnamese ? ["Mục", "Nội dung"] : ["Field", "Content"],
                    rows: document.fields.map { [.text(official.label(of: $0)), .text(official.value(of: $0))] }))
        }
        for table in document.tables {
            sheets.append(
                Sheet(
                    name: table.caption, head: table.columns.map(\.heading),
                    rows: table.rows.map { row in
                        zip(row, table.columns).map { text, column in cell(text, column.alignment, document.language) }
                    }))
        }
        if sheets.isEmpty { sheets.append(Sheet(name: document.kind, head: [document.plainTitle], rows: [])) }
        var taken: Set<String> = []
        for index in sheets.indices { sheets[index].name = name(sheets[index].name, &taken) }
        return sheets
    }

    /// Whole numbers in columns of numbers, without the marks that group their digits.
    private static func cell(_ text: String, _ alignment: DataTable.Alignment, _ language: Language) -> Cell {
        guard alignment == .end else { return .text(text) }
        let digits = text.replacing(language == .vi ? "." : ",", with: "")
        return Int(digits) != nil && digits.first != "+" ? .number(digits) : .text(text)
    }

    /// At most 31 characters, none of `[]:*?/\`, each once.
    private static func name(_ text: String, _ taken: inout Set<String>) -> String {
        let base = String(text.map { "[]:*?/\\'".contains($0) ? " " : $0 }).prefix(31)
        var name = String(base)
        var count = 2
        while !taken.insert(name.lowercased()).inserted {
            name = base.prefix(27) + " (\(count))"
            count += 1
        }
        return name
    }

    private static func xml(_ sheet: Sheet, _ main: String) -> String {
        var xml = XMLText.declaration + "<worksheet xmlns=\"\(main)\"><sheetViews><sheetView workbookViewId=\"0\">"
        xml += "<pane ySplit=\"1\" topLeftCell=\"A2\" activePane=\"bottomLeft\" state=\"frozen\"/></sheetView></sheetViews><cols>"
        for index in sheet.head.indices {
            let longest =
                ([sheet.head[index].count]
                + sheet.rows.map { row in
                    guard index < row.count else { return 0 }
                    return switch row[index] {
                    case .text(let text), .number(let text): text.count
                    }
                }).max() ?? 8
            xml += "<col min=\"\(index + 1)\" max=\"\(index + 1)\" width=\"\(min(60, max(8, longest + 2)))\" customWidth=\"1\"/>"
        }
        xml += "</cols><sheetData>"
        func text(_ text: String, style: Int) -> String {
            "<c t=\"inlineStr\" s=\"\(style)\"><is><t xml:space=\"preserve\">\(XMLText.escaped(text))</t></is></c>"
        }
        xml += "<row r=\"1\">" + sheet.head.map { text($0, style: 1) }.joined() + "</row>"
        for (index, row) in sheet.rows.enumerated() {
            xml += "<row r=\"\(index + 2)\">"
            for cell in row {
                switch cell {
                case .text(let content): xml += text(content, style: 2)
                case .number(let number): xml += "<c s=\"0\"><v>\(number)</v></c>"
                }
            }
            xml += "</row>"
        }
        return xml + "</sheetData></worksheet>"
    }

    private static func styles(_ main: String) -> String {
        let font = "<name val=\"Times New Roman\"/><family val=\"1\"/>"
        return XMLText.declaration
            + "<styleSheet xmlns=\"\(main)\"><fonts count=\"2\"><font><sz val=\"12\"/>\(font)</font><font><b/><sz val=\"12\"/>\(font)</font></fonts>"
            + "<fills count=\"3\"><fill><patternFill patternType=\"none\"/></fill><fill><patternFill patternType=\"gray125\"/></fill>"
            + "<fill><patternFill patternType=\"solid\"><fgColor rgb=\"FFF1F1F1\"/></patternFill></fill></fills>"
            + "<borders count=\"1\"><border><left/><right/><top/><bottom/><diagonal/></border></borders>"
            + "<cellStyleXfs count=\"1\"><xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\"/></cellStyleXfs><cellXfs count=\"3\">"
            + "<xf numFmtId=\"0\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\"/>"
            + "<xf numFmtId=\"0\" fontId=\"1\" fillId=\"2\" borderId=\"0\" xfId=\"0\" applyFont=\"1\" applyFill=\"1\" applyAlignment=\"1\"><alignment wrapText=\"1\" vertical=\"center\"/></xf>"
            + "<xf numFmtId=\"49\" fontId=\"0\" fillId=\"0\" borderId=\"0\" xfId=\"0\" applyNumberFormat=\"1\" applyAlignment=\"1\"><alignment wrapText=\"1\" vertical=\"top\"/></xf></cellXfs>"
            + "<cellStyles count=\"1\"><cellStyle name=\"Normal\" xfId=\"0\" builtinId=\"0\"/></cellStyles></styleSheet>"
    }
}
