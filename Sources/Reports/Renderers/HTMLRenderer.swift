import Incidents

/// A report as one HTML file that needs nothing else: no script, no font, no image from elsewhere. The PDF is made from the same page.
public enum HTMLRenderer {
    public static func render(_ document: ReportDocument) -> String {
        let official = OfficialText(document)
        let esc = HTMLText.escaped
        var html = """
            <!DOCTYPE html>
            <html lang="\(document.language.rawValue)">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
            <meta name="author" content="\(esc(document.letterhead.name))">
            <title>\(esc(document.kind + ": " + document.plainTitle))</title>
            <style>
            \(HTMLStyle.sheet)
            \(HTMLStyle.appendixPages(document.sections))
            </style>
            </head>
            <body>

            """
        html += letterhead(document, official)
        let title = document.title.split(separator: "\n").map { esc(String($0)) }.joined(separator: "<br>")
        html += "<main>\n<h1><span class=\"kind\">\(esc(official.kind))</span>\(title)</h1><hr class=\"rule short\">\n"
        html += addressees(official)
        for line in official.basis { html += "<p class=\"basis\">\(esc(line))</p>\n" }
        let facts = document.provenance.map { "\(esc($0.name)): \(esc($0.value))" }.joined(separator: ". ")
        let provenance = "<footer class=\"provenance\"><p>\(facts).</p></footer>\n"
        let lastOfText = document.sections.lastIndex { !$0.isAppendix }
        for (index, section) in document.sections.enumerated() {
            html += opening(section, index, official, document.sections)
            let last = index == lastOfText ? section.blocks.count - 1 : -1
            for (place, block) in section.blocks.enumerated() { html += render(block, official, isLast: place == last) }
            html += "</section>\n"
            // The signature closes the text; appendices come after it.
            if index == lastOfText { html += closing(document, official) + provenance }
        }
        if lastOfText == nil { html += closing(document, official) + provenance }
        let name = document.sections.last.flatMap { HTMLStyle.page(of: $0, among: document.sections) }
        let page = name.map { " style=\"page:\($0)\"" } ?? ""
        if document.isTraced {
            html += "<section class=\"trace\"\(page)><h2>\(esc(official.traceHeading))</h2>\n" + render(official.trace) + "</section>\n"
        }
        return html + "</main>\n</body>\n</html>\n"
    }

    private static func letterhead(_ document: ReportDocument, _ official: OfficialText) -> String {
        let esc = HTMLText.escaped
        let parent = official.parent.map { "<p class=\"parent\">\(Self.broken($0))</p>" } ?? ""
        let logo = document.letterhead.logo.map { "<p><img class=\"logo\" alt=\"\" src=\"\($0.dataURI)\"></p>" } ?? ""
        return """
            <header class="letterhead">
            <div class="left">\(logo)\(parent)<div class="fit"><p class="issuer">\(broken(official.issuer))</p><hr class="rule"></div><p class="number">\(esc(official.number))</p></div>
            <div class="right"><p class="nation">\(esc(official.nation))</p><p class="motto"><span>\(esc(official.motto))</span></p><p class="dateline">\(esc(official.dateline))</p></div>
            </header>

            """
    }

    /// A long name in lines of about the same length.
    private static func broken(_ name: String) -> String {
        OfficialText.balanced(name, to: 26).map(HTMLText.escaped).joined(separator: "<br>")
    }

    private static func addressees(_ official: OfficialText) -> String {
        let list = official.addressees
        guard !list.isEmpty else { return "" }
        let esc = HTMLText.escaped
        if list.count == 1 { return "<p class=\"addressees\">\(official.toLabel): \(esc(list[0]))</p>\n" }
        return "<p class=\"addressees\">\(official.toLabel):<br>\(list.map(esc).joined(separator: "<br>"))</p>\n"
    }

    private static func opening(_ section: ReportDocument.Section, _ index: Int, _ official: OfficialText, _ all: [ReportDocument.Section])
        -> String
    {
        let esc = HTMLText.escaped
        let page = HTMLStyle.page(of: section, among: all).map { " style=\"page:\($0)\"" } ?? ""
        var html = "<section\(section.isAppendix ? " class=\"appendix\"" : "")\(page) id=\"section-\(index + 1)\">\n"
        if section.isAppendix {
            html += "<h2><span class=\"label\">\(esc(official.appendixLabel(section)))</span>\(esc(section.heading))</h2>\n"
            html += "<p class=\"of\">\(esc(official.appendixOf))</p>\n"
        } else if !section.heading.isEmpty {
            html += "<h2>\(esc(section.number.isEmpty ? section.heading : "\(section.number). \(section.heading)"))</h2>\n"
        }
        return html
    }

    private static func closing(_ document: ReportDocument, _ official: OfficialText) -> String {
        let esc = HTMLText.escaped
        let lines = official.copies.map { "<p>\(esc($0))</p>" }.joined()
        let signature = document.signature.lines.map { "<p>\(esc($0.uppercased()))</p>" }.joined()
        let note = document.signature.note.map { "<p class=\"note\">\(esc($0))</p>" } ?? ""
        return """
            <div class="closing">
            <div class="copies"><b>\(official.copiesLabel):</b>\(lines)</div>
            <div class="signature">\(signature)\(note)<div class="space"></div><p>\(esc(document.signature.name))</p></div>
            </div>

            """
    }

    private static func render(_ block: Block, _ official: OfficialText, isLast: Bool) -> String {
        if isLast, let ended = OfficialText.ended(block) { return render(ended, official, isLast: false) }
        let esc = HTMLText.escaped
        let endLine = isLast ? "<p class=\"end\">\(OfficialText.end)</p>\n" : ""
        switch block {
        case .paragraph(let text): return "<p>\(esc(text))</p>\n"
        case .subheading(let text): return "<h3>\(esc(text))</h3>\n"
        case .facts(let facts):
            return "<dl>\n" + facts.map { "<div><dt>\(esc($0.name))</dt><dd>\(esc($0.value))</dd></div>\n" }.joined() + "</dl>\n" + endLine
        case .fields(let fields):
            let lines = fields.map { field in render(field, official) }.joined()
            return isLast && lines.hasSuffix("</p>\n") ? lines.dropLast(5) + OfficialText.end + "</p>\n" : lines
        case .list(let items): return "<ul>\n" + items.map { "<li>\(esc($0))</li>\n" }.joined() + "</ul>\n"
        case .table(let table): return render(table) + endLine
        case .bars(let chart): return SVGChart.bars(chart) + endLine
        case .columns(let chart): return SVGChart.columns(chart) + endLine
        case .missing(let text): return "<p class=\"missing\">\(esc(text))</p>\n"
        case .blankLines(let count):
            return "<div class=\"blanks\">\(String(repeating: "<div class=\"blank\"></div>", count: count))</div>\n" + endLine
        }
    }

    private static func render(_ field: FilledField, _ official: OfficialText) -> String {
        let esc = HTMLText.escaped
        let label = "- \(esc(official.label(of: field))):"
        switch field.value {
        case .text(let text):
            let lines = OfficialText.lines(text)
            if lines.count == 1 { return "<p class=\"field\">\(label) <b>\(esc(lines[0]))</b></p>\n" }
            return "<p class=\"field head\">\(label)</p>\n" + lines.map { "<p class=\"field\"><b>\(esc($0))</b></p>\n" }.joined()
        case .choices(let choices):
            let boxes = choices.map { "<span class=\"choice\">\($0.isChosen ? "☒" : "☐") \(esc($0.label))</span>" }
            return "<p class=\"field\">\(label) \(boxes.joined(separator: " "))</p>\n"
        case .missing: return "<p class=\"field\">\(label) <mark>\(esc(official.toBeFilledIn))</mark></p>\n"
        case .blank: return "<p class=\"field\">\(label) \(official.dots)</p>\n"
        }
    }

    private static func render(_ table: DataTable) -> String {
        let esc = HTMLText.escaped
        func name(_ alignment: DataTable.Alignment) -> String {
            switch alignment {
            case .start: ""
            case .end: " class=\"end\""
            case .code: " class=\"code\""
            case .hash: " class=\"hash\""
            }
        }
        let caption = table.caption.isEmpty ? "" : "<caption>\(esc(table.caption))</caption>\n"
        var html = "<div class=\"table\"><table\(table.columns.count > 7 ? " class=\"wide\"" : "")>\(caption)<thead><tr>"
        for column in table.columns {
            html += "<th scope=\"col\"\(column.alignment == .end ? " class=\"end\"" : "")>\(esc(column.heading))</th>"
        }
        html += "</tr></thead>\n<tbody>\n"
        for (index, row) in table.rows.enumerated() {
            html += table.hasTotal && index == table.rows.count - 1 ? "<tr class=\"total\">" : "<tr>"
            for (cell, column) in zip(row, table.columns) {
                html += "<td\(name(column.alignment))>\(column.alignment == .code ? words(cell) : esc(cell))</td>"
            }
            html += "</tr>\n"
        }
        return html + "</tbody></table></div>\n"
    }

    /// Codes and addresses, which break between them and never within.
    private static func words(_ text: String) -> String {
        text.split(separator: " ").map { "<span>\(HTMLText.escaped(String($0)))</span>" }.joined(separator: " ")
    }
}

extension NumberText {
    func text(_ amount: MetricValue.Amount) -> String {
        switch amount {
        case .count(let value): count(value)
        case .share(let share): percent(share)
        case .seconds(let seconds): duration(seconds)
        case .text(let text): text
        case .missing: language == .vi ? "chưa có dữ liệu" : "no data"
        }
    }
}
