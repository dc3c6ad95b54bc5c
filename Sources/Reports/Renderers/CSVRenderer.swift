import Incidents

/// The report's numbers as CSV (RFC 4180) in UTF-8 with a byte order mark, as spreadsheets expect Vietnamese text.
public enum CSVRenderer {
    public static func render(_ document: ReportDocument) -> String {
        let language = document.language
        var lines = [["metric", "name", "key", "label", "value", "unit", "incidents"]]
        for metric in document.metrics {
            for value in metric.values {
                let (text, unit): (String, String) =
                    switch value.amount {
                    case .count(let count): (String(count), "count")
                    case .share(let share): (String(share), "share")
                    case .seconds(let seconds): (String(seconds), "seconds")
                    case .text(let text): (text, "text")
                    case .missing: ("", "missing")
                    }
                lines.append([
                    metric.code, metric.name[language], value.key, value.label?[language] ?? "", text, unit,
                    value.incidents.map(\.description).joined(separator: " "),
                ])
            }
        }
        return "\u{feff}" + lines.map { $0.map(field).joined(separator: ",") + "\r\n" }.joined()
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
