/// Charts as inline SVG: no script, readable in grey, each with a title for screen readers.
enum SVGChart {
    private static let text = "font-family:'Times New Roman','Liberation Serif',Tinos,serif;font-size:13px;fill:#000"

    static func bars(_ chart: BarChart) -> String {
        let most = max(1, chart.bars.map { $0.first + $0.second }.max() ?? 1)
        let (labelWidth, barWidth, rowHeight) = (270, 330, 26)
        let hasSecond = chart.bars.contains { $0.second > 0 }
        var svg = ""
        var y = 0
        for bar in chart.bars {
            let lines = wrapped(bar.label, to: 40)
            let height = max(rowHeight, lines.count * 15 + 8)
            for (index, line) in lines.enumerated() {
                let baseline = y + height / 2 + 4 - (lines.count - 1) * 15 / 2 + index * 15
                svg +=
                    "<text x=\"\(labelWidth - 8)\" y=\"\(baseline)\" text-anchor=\"end\" style=\"\(text)\">\(HTMLText.escaped(line))</text>"
            }
            let first = bar.first * barWidth / most
            let second = bar.second * barWidth / most
            let top = y + (height - 16) / 2
            svg += "<rect x=\"\(labelWidth)\" y=\"\(top)\" width=\"\(first)\" height=\"16\" fill=\"#1f4e79\"/>"
            if bar.second > 0 {
                svg +=
                    "<rect x=\"\(labelWidth + first)\" y=\"\(top)\" width=\"\(second)\" height=\"16\" fill=\"url(#hatch)\" stroke=\"#1f4e79\" stroke-width=\"1\"/>"
            }
            let number = bar.second > 0 ? "\(bar.first) + \(bar.second)" : "\(bar.first)"
            svg += "<text x=\"\(labelWidth + first + second + 6)\" y=\"\(top + 12)\" style=\"\(text)\">\(number)</text>"
            y += height
        }
        return frame(chart.title, legend: hasSecond ? chart.legend : [], width: labelWidth + barWidth + 60, height: y, svg)
    }

    static func columns(_ chart: ColumnChart) -> String {
        let most = max(1, chart.columns.map { $0.first + $0.second }.max() ?? 1)
        let (plotHeight, step) = (120, 54)
        let hasSecond = chart.columns.contains { $0.second > 0 }
        let width = chart.columns.count * step
        var svg = "<line x1=\"0\" y1=\"\(plotHeight + 20)\" x2=\"\(width)\" y2=\"\(plotHeight + 20)\" stroke=\"#111\"/>"
        for (index, column) in chart.columns.enumerated() {
            let x = index * step + 13
            let first = column.first * plotHeight / most
            let second = column.second * plotHeight / most
            let base = plotHeight + 20
            if first > 0 { svg += "<rect x=\"\(x)\" y=\"\(base - first)\" width=\"28\" height=\"\(first)\" fill=\"#1f4e79\"/>" }
            if second > 0 {
                svg +=
                    "<rect x=\"\(x)\" y=\"\(base - first - second)\" width=\"28\" height=\"\(second)\" fill=\"url(#hatch)\" stroke=\"#1f4e79\" stroke-width=\"1\"/>"
            }
            let number = column.second > 0 ? "\(column.first)+\(column.second)" : "\(column.first)"
            svg += "<text x=\"\(x + 14)\" y=\"\(base - first - second - 5)\" text-anchor=\"middle\" style=\"\(text)\">\(number)</text>"
            svg +=
                "<text x=\"\(x + 14)\" y=\"\(base + 16)\" text-anchor=\"middle\" style=\"\(text)\">\(HTMLText.escaped(column.label))</text>"
        }
        return frame(chart.title, legend: hasSecond ? chart.legend : [], width: width, height: plotHeight + 44, svg)
    }

    private static func frame(_ title: String, legend: [String], width: Int, height: Int, _ content: String) -> String {
        var head = ""
        var offset = 0
        if legend.count == 2 {
            offset = 24
            head =
                "<rect x=\"0\" y=\"4\" width=\"14\" height=\"12\" fill=\"#1f4e79\"/><text x=\"20\" y=\"14\" style=\"\(text)\">\(HTMLText.escaped(legend[0]))</text>"
                + "<rect x=\"150\" y=\"4\" width=\"14\" height=\"12\" fill=\"url(#hatch)\" stroke=\"#1f4e79\"/><text x=\"170\" y=\"14\" style=\"\(text)\">\(HTMLText.escaped(legend[1]))</text>"
        }
        let label = HTMLText.escaped(title)
        return """
            <figure><figcaption>\(label)</figcaption>
            <svg role="img" aria-label="\(label)" viewBox="0 0 \(width) \(height + offset)" width="\(width)" height="\(height + offset)" xmlns="http://www.w3.org/2000/svg">
            <title>\(label)</title><defs><pattern id="hatch" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="6" height="6" fill="#fff"/><line x1="0" y1="0" x2="0" y2="6" stroke="#1f4e79" stroke-width="2"/></pattern></defs>
            \(head)<g transform="translate(0,\(offset))">\(content)</g></svg></figure>

            """
    }

    /// At most two lines of about `width` characters, broken at spaces.
    private static func wrapped(_ label: String, to width: Int) -> [String] {
        guard label.count > width else { return [label] }
        var lines = [""]
        for word in label.split(separator: " ") {
            let last = lines[lines.count - 1]
            if last.isEmpty {
                lines[lines.count - 1] = String(word)
            } else if last.count + word.count + 1 <= width || lines.count == 2 {
                lines[lines.count - 1] = last + " " + word
            } else {
                lines.append(String(word))
            }
        }
        if lines.count == 2, lines[1].count > width { lines[1] = lines[1].prefix(width - 1) + "…" }
        return lines
    }
}
