import Wording

/// A report as a Word document (ISO/IEC 29500 WordprocessingML), written directly: named styles, real headings, lists and tables with repeated
/// heads, page numbers as NĐ 30/2020 asks.
public enum DOCXRenderer {
    public static func render(_ document: ReportDocument) -> [UInt8] {
        var archive = ZipArchive()
        let logo = document.letterhead.logo
        var charts: [DOCXChart] = []
        let body = body(document, &charts)
        archive.add("[Content_Types].xml", DOCXParts.contentTypes(logo: logo, charts: charts.count))
        archive.add("_rels/.rels", DOCXParts.packageRelations)
        archive.add("docProps/core.xml", DOCXParts.properties(document))
        archive.add("word/document.xml", body)
        archive.add("word/_rels/document.xml.rels", DOCXParts.relations(logo: logo, charts: charts.count))
        archive.add("word/styles.xml", DOCXStyles.sheet(document.language))
        archive.add("word/numbering.xml", DOCXParts.numbering)
        archive.add("word/settings.xml", DOCXParts.settings)
        archive.add("word/header1.xml", DOCXParts.pageNumber)
        archive.add("word/header2.xml", DOCXParts.noPageNumber)
        for (index, chart) in charts.enumerated() { archive.add("word/charts/chart\(index + 1).xml", chart.xml) }
        if let logo { archive.add("word/media/\(logo.fileName)", logo.bytes) }
        return archive.bytes
    }

    private static func body(_ document: ReportDocument, _ charts: inout [DOCXChart]) -> String {
        let official = OfficialText(document)
        var xml = XMLText.declaration + "<w:document \(DOCXParts.namespaces)><w:body>"
        xml += letterhead(document, official)
        xml += paragraph("Title", official.kind) + paragraph("Subtitle", document.title) + rule(sides: 3000)
        let addressees = official.addressees
        if addressees.count == 1 {
            xml += paragraph("Addressee", "\(official.toLabel): \(addressees[0])")
        } else if !addressees.isEmpty {
            xml += ([official.toLabel + ":"] + addressees).map { paragraph("Addressee", $0) }.joined()
        }
        for line in official.basis { xml += paragraph("Basis", line) }
        let provenance = document.provenance.map { paragraph("Provenance", "\($0.name): \($0.value)") }.joined()
        let lastOfText = document.sections.lastIndex { !$0.isAppendix }
        var isLandscape = false
        for (index, section) in document.sections.enumerated() {
            // A section of the file ends where another orientation or an appendix, which counts its pages anew, begins.
            if index > 0, section.isAppendix || section.isLandscape != isLandscape {
                xml += "<w:p><w:pPr>\(page(landscape: isLandscape, restarts: document.sections[index - 1].isAppendix))</w:pPr></w:p>"
            }
            isLandscape = section.isLandscape
            if section.isAppendix {
                xml += paragraph("AppendixLabel", official.appendixLabel(section))
                xml += paragraph("Heading1Centred", section.heading) + paragraph("AppendixOf", official.appendixOf)
            } else if !section.heading.isEmpty {
                xml += paragraph("Heading1", section.number.isEmpty ? section.heading : "\(section.number). \(section.heading)")
            }
            let last = index == lastOfText ? section.blocks.count - 1 : -1
            for (place, block) in section.blocks.enumerated() {
                xml += self.block(block, official, isLast: place == last, isLandscape: section.isLandscape, &charts)
            }
            if index == lastOfText { xml += closing(document, official) + provenance }
        }
        if lastOfText == nil { xml += closing(document, official) + provenance }
        if document.isTraced {
            xml += paragraph("Heading1", official.traceHeading) + table(official.trace, isLandscape: isLandscape)
        }
        return xml + page(landscape: isLandscape, restarts: document.sections.last?.isAppendix ?? false) + "</w:body></w:document>"
    }

    private static func page(landscape: Bool, restarts: Bool) -> String {
        let size = landscape ? "<w:pgSz w:w=\"16838\" w:h=\"11906\" w:orient=\"landscape\"/>" : "<w:pgSz w:w=\"11906\" w:h=\"16838\"/>"
        return "<w:sectPr><w:headerReference w:type=\"default\" r:id=\"rId3\"/><w:headerReference w:type=\"first\" r:id=\"rId4\"/>"
            + "<w:type w:val=\"nextPage\"/>" + size
            + "<w:pgMar w:top=\"1134\" w:right=\"851\" w:bottom=\"1134\" w:left=\"1701\" w:header=\"454\" w:footer=\"454\" w:gutter=\"0\"/>"
            + (restarts ? "<w:pgNumType w:start=\"1\"/>" : "") + "<w:titlePg/></w:sectPr>"
    }

    private static func letterhead(_ document: ReportDocument, _ official: OfficialText) -> String {
        var left = document.letterhead.logo.map { DOCXParts.picture($0) } ?? ""
        left += official.parent.map { paragraph("Parent", OfficialText.balanced($0, to: 26).joined(separator: "\n")) } ?? ""
        left +=
            paragraph("Issuer", OfficialText.balanced(official.issuer, to: 26).joined(separator: "\n")) + rule(sides: 1150)
            + paragraph("DocumentNumber", official.number)
        let right =
            paragraph("Nation", official.nation) + paragraph("Motto", official.motto) + rule(sides: 1070)
            + paragraph("DateLine", official.dateline)
        return borderless([(3742, left), (5612, right)])
    }

    private static func closing(_ document: ReportDocument, _ official: OfficialText) -> String {
        let copies =
            paragraph("CopiesLabel", official.copiesLabel + ":") + official.copies.map { paragraph("Copies", $0) }.joined()
        var signature = document.signature.lines.map { paragraph("Signature", $0.uppercased()) }.joined()
        if let note = document.signature.note { signature += paragraph("SignatureNote", note) }
        signature += String(repeating: paragraph("Signature", ""), count: 4) + paragraph("Signature", document.signature.name)
        return paragraph("TableText", "") + borderless([(4677, copies), (4677, signature)])
    }

    private static func borderless(_ cells: [(width: Int, content: String)]) -> String {
        "<w:tbl><w:tblPr><w:tblW w:w=\"\(cells.map(\.width).reduce(0, +))\" w:type=\"dxa\"/><w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>"
            + cells.map { "<w:gridCol w:w=\"\($0.width)\"/>" }.joined() + "</w:tblGrid><w:tr><w:trPr><w:cantSplit/></w:trPr>"
            + cells.map { "<w:tc><w:tcPr><w:tcW w:w=\"\($0.width)\" w:type=\"dxa\"/></w:tcPr>\($0.content)</w:tc>" }.joined()
            + "</w:tr></w:tbl>"
    }

    /// A line across the middle, indented by so many twentieths of a point on both sides.
    private static func rule(sides: Int) -> String {
        "<w:p><w:pPr><w:pStyle w:val=\"Rule\"/><w:ind w:left=\"\(sides)\" w:right=\"\(sides)\" w:firstLine=\"0\"/></w:pPr></w:p>"
    }

    private static func paragraph(_ style: String, _ text: String, _ extra: String = "") -> String {
        "<w:p><w:pPr><w:pStyle w:val=\"\(style)\"/>\(extra)</w:pPr>\(text.isEmpty ? "" : run(text))</w:p>"
    }

    private static func run(_ text: String, bold: Bool = false, italic: Bool = false) -> String {
        let properties = (bold ? "<w:b/>" : "") + (italic ? "<w:i/>" : "")
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map {
            "<w:t xml:space=\"preserve\">\(XMLText.escaped(String($0)))</w:t>"
        }
        return "<w:r>\(properties.isEmpty ? "" : "<w:rPr>\(properties)</w:rPr>")\(lines.joined(separator: "<w:br/>"))</w:r>"
    }

    private static func block(
        _ block: Block, _ official: OfficialText, isLast: Bool, isLandscape: Bool, _ charts: inout [DOCXChart]
    ) -> String {
        if isLast, let ended = OfficialText.ended(block) {
            return self.block(ended, official, isLast: false, isLandscape: isLandscape, &charts)
        }
        let endLine = isLast ? paragraph("TableText", OfficialText.end) : ""
        switch block {
        case .paragraph(let text): return paragraph("BodyText", text)
        case .subheading(let text): return paragraph("Heading2", text)
        case .facts(let facts):
            return facts.map { "<w:p><w:pPr><w:pStyle w:val=\"Fact\"/></w:pPr>\(run($0.name + ": "))\(run($0.value, bold: true))</w:p>" }
                .joined()
                + endLine
        case .fields(let fields):
            let lines = fields.map { field in
                if case .text(let text) = field.value, text.contains("\n") {
                    return paragraph("Field", "- \(official.label(of: field)):")
                        + OfficialText.lines(text).map { "<w:p><w:pPr><w:pStyle w:val=\"Field\"/></w:pPr>\(run($0, bold: true))</w:p>" }
                        .joined()
                }
                let isAnswer = if case .text = field.value { true } else { field.value == .missing }
                return "<w:p><w:pPr><w:pStyle w:val=\"Field\"/></w:pPr>\(run("- \(official.label(of: field)): "))"
                    + run(official.value(of: field), bold: isAnswer, italic: field.value == .missing) + "</w:p>"
            }.joined()
            return isLast && lines.hasSuffix("</w:p>") ? lines.dropLast(6) + run(OfficialText.end) + "</w:p>" : lines
        case .list(let items):
            return items.map { paragraph("ListBullet", $0) }.joined()
        case .table(let table): return self.table(table, isLandscape: isLandscape) + endLine
        case .bars(let chart):
            charts.append(DOCXChart(chart))
            return paragraph("Caption", chart.title) + charts[charts.count - 1].drawing(charts.count) + endLine
        case .columns(let chart):
            charts.append(DOCXChart(chart))
            return paragraph("Caption", chart.title) + charts[charts.count - 1].drawing(charts.count) + endLine
        case .missing(let text): return paragraph("Missing", text)
        case .blankLines(let count): return String(repeating: paragraph("BlankLine", ""), count: count) + endLine
        }
    }

    private static func table(_ table: DataTable, isLandscape: Bool) -> String {
        let widths = Self.widths(table, of: isLandscape ? 14286 : 9354)
        let style = table.columns.count > 7 ? "TableSmall" : "TableText"
        var xml = table.caption.isEmpty ? "" : paragraph("Caption", table.caption)
        xml += "<w:tbl><w:tblPr><w:tblStyle w:val=\"ReportTable\"/><w:tblW w:w=\"\(widths.reduce(0, +))\" w:type=\"dxa\"/>"
        xml +=
            "<w:tblLayout w:type=\"fixed\"/></w:tblPr><w:tblGrid>" + widths.map { "<w:gridCol w:w=\"\($0)\"/>" }.joined() + "</w:tblGrid>"
        func row(_ cells: [String], isHead: Bool, isTotal: Bool) -> String {
            var row = "<w:tr><w:trPr><w:cantSplit/>\(isHead ? "<w:tblHeader/>" : "")</w:trPr>"
            for (index, column) in table.columns.enumerated() {
                let text = index < cells.count ? cells[index] : ""
                let alignment = isHead ? "center" : column.alignment == .end ? "right" : "left"
                row +=
                    "<w:tc><w:tcPr><w:tcW w:w=\"\(widths[index])\" w:type=\"dxa\"/>\(isHead ? "<w:shd w:val=\"clear\" w:color=\"auto\" w:fill=\"F1F1F1\"/>" : "")</w:tcPr>"
                let words = column.alignment == .hash ? Self.breakable(text) : text
                row += "<w:p><w:pPr><w:pStyle w:val=\"\(isHead ? "TableHead" : style)\"/><w:jc w:val=\"\(alignment)\"/></w:pPr>"
                row += (words.isEmpty ? "" : run(words, bold: isTotal)) + "</w:p></w:tc>"
            }
            return row + "</w:tr>"
        }
        xml += row(table.columns.map(\.heading), isHead: true, isTotal: false)
        for (index, cells) in table.rows.enumerated() {
            xml += row(cells, isHead: false, isTotal: table.hasTotal && index == table.rows.count - 1)
        }
        return xml + "</w:tbl>" + paragraph("TableGap", "")
    }

    /// A digest that a cell can break: at every sixteenth digit.
    private static func breakable(_ text: String) -> String {
        stride(from: 0, to: text.count, by: 16).map { String(text.dropFirst($0).prefix(16)) }.joined(separator: " ")
    }

    /// Every column as wide as its longest word; the rest goes to columns whose texts wrap, then to all.
    private static func widths(_ table: DataTable, of total: Int) -> [Int] {
        let least = table.columns.indices.map { column -> Double in
            let isHash = table.columns[column].alignment == .hash
            let words = table.rows.flatMap { row -> [Substring] in
                guard column < row.count else { return [] }
                if isHash { return [row[column].prefix(16)] }
                // Lines break behind hyphens; codes and addresses keep together.
                let isCode = table.columns[column].alignment == .code
                return row[column].split { $0 == " " || $0 == "-" && !isCode }
            }
            let heading = table.columns[column].heading.split(separator: " ").map { width($0) * 1.08 }.max() ?? 0
            return min(max(heading, words.map { width($0) }.max() ?? 0), 3600) + margins
        }
        let whole = table.columns.indices.map { column -> Double in
            let texts = table.rows.compactMap { column < $0.count ? $0[column][...] : nil }
            return (texts.map { min(width($0), 9000) }.reduce(0, +)) / Double(max(1, texts.count)) + margins
        }
        let sum = least.reduce(0, +)
        let spare = Double(total) - sum
        guard spare > 0 else { return least.map { Int($0 / sum * Double(total)) } }
        let wanted = zip(least, whole).map { max(0, $1 - $0) }
        let all = wanted.reduce(0, +)
        let granted = all > 0 ? min(1, spare / all) : 0
        let left = spare - all * granted
        return zip(least, wanted).map { Int($0 + $1 * granted + left * $0 / sum) }
    }

    /// What a cell has at its sides, in twentieths of a point.
    private static let margins = 190.0

    /// How wide a text of 12 points is, in twentieths of a point: about half of its height a letter, three quarters a capital.
    private static func width(_ text: Substring) -> Double {
        text.reduce(0) { $0 + ($1.isUppercase || $1 == "m" || $1 == "w" || $1 == "%" || $1 == "&" ? 178 : 122) }
    }
}
