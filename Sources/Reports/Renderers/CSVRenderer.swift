import Incidents

/// The report's numbers as CSV (RFC 4180) in UTF-8 with a byte order mark, as spreadsheets expect Vietnamese text.
public enum CSVRenderer {
    public static func render(_ document: ReportDocument) -> String {
        let language = document.language
        guard !document.metrics.isEmpty else { return fields(document) }
        var lines = [["metric", "name", "key", "label", "value", "unit", "incidents"]]
        for metric in document.metrics {
            for value in metric.values {
                let (text, unit) = value.amount.machine
                lines.append([
                    metric.code, metric.name[language], value.key, value.label?[language] ?? "", text, unit,
                    value.incidents.map(\.description).joined(separator: " "),
                ])
            }
        }
        return text(lines)
    }

    /// One table of the report as it is printed.
    public static func render(_ table: DataTable) -> String { text([table.columns.map(\.heading)] + table.rows) }

    /// A form's fields; where it has tables, the first of them.
    private static func fields(_ document: ReportDocument) -> String {
        if document.fields.isEmpty, let table = document.tables.first { return render(table) }
        let official = OfficialText(document)
        return text(
            [["field", "label", "required", "value"]]
                + document.fields.map { field in
                    let value: String =
                        switch field.value {
                        case .text(let text): text
                        case .choices(let choices): choices.filter(\.isChosen).map(\.label).joined(separator: "; ")
                        case .missing, .blank: ""
                        }
                    return [field.key, official.label(of: field), field.isRequired ? "true" : "false", value]
                })
    }

    private static func text(_ lines: [[String]]) -> String {
        "\u{feff}" + lines.map { $0.map(field).joined(separator: ",") + "\r\n" }.joined()
    }

    /// Quoted where needed. A leading `=`, `+`, `-` or `@` would be a formula to a spreadsheet: names of rules and services come from
    /// outside, so such a field gets an apostrophe in front, unless it is a number.
    private static func field(_ text: String) -> String {
        var text = text
        if let first = text.first, "=+-@\t\r".contains(first), Double(text) == nil { text = "'" + text }
        guard text.contains(where: { "\",\r\n".contains($0) }) || text.contains("\r\n") else { return text }
        return "\"" + text.replacing("\"", with: "\"\"") + "\""
    }
}

extension MetricValue.Amount {
    /// The value and its unit, for machines.
    var machine: (text: String, unit: String) {
        switch self {
        case .count(let count): (String(count), "count")
        case .share(let share): (String(share), "share")
        case .seconds(let seconds): (String(seconds), "seconds")
        case .text(let text): (text, "text")
        case .missing: ("", "missing")
        }
    }
}
