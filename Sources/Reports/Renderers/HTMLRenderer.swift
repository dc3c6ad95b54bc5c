import Incidents

/// A report as one HTML file that needs nothing else: no script, no font, no image from elsewhere.
public enum HTMLRenderer {
    public static func render(_ document: ReportDocument) -> String {
        let isVietnamese = document.language == .vi
        let esc = HTMLText.escaped
        var html = """
            <!DOCTYPE html>
            <html lang="\(isVietnamese ? "vi" : "en")">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
            <title>\(esc(document.kind + ": " + document.title))</title>
            <style>
            \(HTMLStyle.sheet)
            </style>
            </head>
            <body>

            """
        html += letterhead(document)
        html += "<main>\n<h1><span class=\"kind\">\(esc(document.kind))</span>\(esc(document.title))</h1><hr class=\"rule\">\n"
        html += addressees(document)
        for section in document.sections {
            html += "<section\(section.isAppendix ? " class=\"appendix\"" : "") id=\"section-\(esc(section.number))\">\n"
            html += section.isAppendix ? "<h2>\(esc(section.heading))</h2>\n" : "<h2>\(esc(section.number)). \(esc(section.heading))</h2>\n"
            for block in section.blocks { html += render(block) }
            html += "</section>\n"
            // The signature closes the text; appendices come after it.
            if section.number == document.sections.last(where: { !$0.isAppendix })?.number { html += closing(document) }
        }
        if document.isTraced { html += trace(document) }
        html += "</main>\n<footer class=\"provenance\">\n<dl>\n"
        for fact in document.provenance { html += "<dt>\(esc(fact.name))</dt><dd>\(esc(fact.value))</dd>\n" }
        html += "</dl>\n</footer>\n</body>\n</html>\n"
        return html
    }

    private static func letterhead(_ document: ReportDocument) -> String {
        let esc = HTMLText.escaped
        let head = document.letterhead
        let isVietnamese = document.language == .vi
        let nation = isVietnamese ? "Cộng hòa xã hội chủ nghĩa Việt Nam" : "Socialist Republic of Viet Nam"
        let motto = isVietnamese ? "Độc lập - Tự do - Hạnh phúc" : "Independence - Freedom - Happiness"
        let parent = head.parent.map { "<p class=\"parent\">\(esc($0))</p>" } ?? ""
        let number = document.number.map(Self.paddedNumber) ?? "……"
        return """
            <header class="letterhead">
            <div>\(parent)<p class="issuer">\(esc(head.name))</p><hr class="rule"><p class="number">\(isVietnamese ? "Số" : "No."): \(esc(number))/BC-\(esc(head.symbol))</p></div>
            <div><p class="nation">\(nation)</p><p class="motto">\(motto)</p><hr class="rule"><p class="dateline">\(esc(dateline(document)))</p></div>
            </header>

            """
    }

    /// Numbers below 10 have a leading zero (NĐ 30/2020, Phụ lục I, II.3).
    private static func paddedNumber(_ number: String) -> String {
        number.count == 1 && number.first?.isNumber == true ? "0" + number : number
    }

    /// Days below 10 and the months 1 and 2 have a leading zero (NĐ 30/2020, Phụ lục I, II.4).
    private static func dateline(_ document: ReportDocument) -> String {
        let place = document.letterhead.place
        guard let date = document.date else {
            return document.language == .vi ? "\(place), ngày …… tháng …… năm ………" : "\(place), ……………………"
        }
        let day = LocalTime.fields(date)
        guard document.language == .vi else { return "\(place), \(LocalTime.date(date))" }
        return
            "\(place), ngày \(day.day < 10 ? "0" : "")\(day.day) tháng \(day.month < 3 ? "0" : "")\(day.month) năm \(day.year)"
    }

    private static func addressees(_ document: ReportDocument) -> String {
        let list = document.letterhead.addressees
        guard !list.isEmpty else { return "" }
        let label = document.language == .vi ? "Kính gửi" : "To"
        if list.count == 1 { return "<p class=\"addressees\">\(label): \(HTMLText.escaped(list[0])).</p>\n" }
        let lines = list.enumerated().map { index, name in "- \(HTMLText.escaped(name))\(index == list.count - 1 ? "." : ";")" }
        return "<p class=\"addressees\">\(label):<br>\(lines.joined(separator: "<br>"))</p>\n"
    }

    private static func closing(_ document: ReportDocument) -> String {
        let esc = HTMLText.escaped
        let isVietnamese = document.language == .vi
        var copies = (document.letterhead.addressees.isEmpty ? [] : [isVietnamese ? "Như trên" : "As above"]) + document.copies
        copies.append(isVietnamese ? "Lưu: VT, \(document.letterhead.symbol)" : "File: \(document.letterhead.symbol)")
        let lines = copies.enumerated().map { "<p>- \(esc($1))\($0 == copies.count - 1 ? "." : ";")</p>" }.joined()
        let signature = document.signature.dropLast().map { "<p>\(esc($0.uppercased()))</p>" }.joined()
        return """
            <div class="closing">
            <div class="copies"><b>\(isVietnamese ? "Nơi nhận" : "Copies to"):</b>\(lines)</div>
            <div class="signature">\(signature)<div class="space"></div><p>\(esc(document.signature.last ?? ""))</p></div>
            </div>

            """
    }

    private static func render(_ block: Block) -> String {
        let esc = HTMLText.escaped
        switch block {
        case .paragraph(let text): return "<p>\(esc(text))</p>\n"
        case .subheading(let text): return "<h3>\(esc(text))</h3>\n"
        case .facts(let facts):
            return "<dl>\n" + facts.map { "<dt>\(esc($0.name))</dt><dd>\(esc($0.value))</dd>\n" }.joined() + "</dl>\n"
        case .list(let items): return "<ul>\n" + items.map { "<li>\(esc($0))</li>\n" }.joined() + "</ul>\n"
        case .table(let table): return render(table)
        case .bars(let chart): return SVGChart.bars(chart)
        case .columns(let chart): return SVGChart.columns(chart)
        case .missing(let text): return "<p class=\"missing\">\(esc(text))</p>\n"
        case .blankLines(let count): return String(repeating: "<div class=\"blank\"></div>\n", count: count)
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
        var html = "<div class=\"table\"><table><caption>\(esc(table.caption))</caption>\n<thead><tr>"
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

    private static func trace(_ document: ReportDocument) -> String {
        let esc = HTMLText.escaped
        let isVietnamese = document.language == .vi
        var html = "<section class=\"trace\"><h2>\(isVietnamese ? "Nguồn của từng số liệu" : "Where each number comes from")</h2>\n"
        html += "<div class=\"table\"><table><thead><tr>"
        for heading in isVietnamese
            ? ["Mã", "Số liệu", "Cách tính", "Giá trị", "Sự cố"] : ["Code", "Number", "Method", "Value", "Incidents"]
        {
            html += "<th scope=\"col\">\(heading)</th>"
        }
        html += "</tr></thead><tbody>\n"
        let numbers = NumberText(language: document.language)
        for metric in document.metrics {
            for (index, value) in metric.values.enumerated() {
                html += "<tr><td class=\"code\">\(index == 0 ? metric.code : "")</td>"
                html += "<td>\(esc(value.label?[document.language] ?? metric.name[document.language]))</td>"
                html += "<td>\(index == 0 ? esc(metric.method[document.language]) : "")</td>"
                html += "<td class=\"end\">\(esc(numbers.text(value.amount)))</td>"
                html += "<td class=\"code\">\(words(value.incidents.map(\.description).joined(separator: " ")))</td></tr>\n"
            }
        }
        return html + "</tbody></table></div></section>\n"
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
