/// A chart of a Word file (ISO/IEC 29500 DrawingML charts): stacked bars, drawn by the program that opens it.
struct DOCXChart {
    private let title: String
    private let legend: [String]
    private let bars: [BarChart.Bar]
    private let isUpright: Bool

    init(_ chart: BarChart) {
        (title, legend, bars, isUpright) = (chart.title, chart.legend, chart.bars, false)
    }

    init(_ chart: ColumnChart) {
        (title, legend, isUpright) = (chart.title, chart.legend, true)
        bars = chart.columns.map { .init(label: $0.label, first: $0.first, second: $0.second) }
    }

    private var hasSecond: Bool { bars.contains { $0.second > 0 } }

    /// What stands at a bar: its numbers too, since those of short parts have no room within them.
    private func label(_ bar: BarChart.Bar) -> String {
        bar.label + ": " + String(bar.first) + (bar.second > 0 ? " + \(bar.second)" : "")
    }

    /// Its numbers in words, for who does not see it.
    private var description: String { bars.map(label).joined(separator: "; ") }

    /// In EMU, 360,000 to a centimetre: as wide as the text.
    private var size: (width: Int, height: Int) {
        let rows = isUpright ? 12 : min(42, 3 + bars.count)
        return (5_900_000, 190_000 * rows + 400_000)
    }

    /// The paragraph that shows it.
    /// - Parameter number: from 1, among the charts of the document.
    func drawing(_ number: Int) -> String {
        let (width, height) = size
        return "<w:p><w:pPr><w:pStyle w:val=\"Chart\"/></w:pPr><w:r><w:drawing>"
            + "<wp:inline xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\" distT=\"0\" distB=\"0\" distL=\"0\" distR=\"0\">"
            + "<wp:extent cx=\"\(width)\" cy=\"\(height)\"/>"
            + "<wp:docPr id=\"\(number + 1)\" name=\"\(XMLText.escaped(title))\" descr=\"\(XMLText.escaped(description))\"/>"
            + "<a:graphic xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\">"
            + "<a:graphicData uri=\"\(DOCXChart.namespace)\"><c:chart xmlns:c=\"\(DOCXChart.namespace)\" r:id=\"\(DOCXChart.relation(number))\"/>"
            + "</a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    }

    private static let namespace = "http://schemas.openxmlformats.org/drawingml/2006/chart"

    static func relation(_ number: Int) -> String { "rIdChart\(number)" }

    /// The part of the file that holds it.
    var xml: String {
        var xml = XMLText.declaration
        xml += "<c:chartSpace xmlns:c=\"\(DOCXChart.namespace)\" xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\">"
        xml += "<c:roundedCorners val=\"0\"/><c:chart><c:autoTitleDeleted val=\"1\"/><c:plotArea><c:layout/>"
        xml += "<c:barChart><c:barDir val=\"\(isUpright ? "col" : "bar")\"/><c:grouping val=\"stacked\"/><c:varyColors val=\"0\"/>"
        xml += series(0, legend.first ?? "", bars.map(\.first), "<a:solidFill><a:srgbClr val=\"1F4E79\"/></a:solidFill>")
        if hasSecond {
            // Told apart in grey, and by eyes that see no colours.
            let fill =
                "<a:pattFill prst=\"wdUpDiag\"><a:fgClr><a:srgbClr val=\"1F4E79\"/></a:fgClr><a:bgClr><a:srgbClr val=\"FFFFFF\"/></a:bgClr></a:pattFill>"
            xml += series(1, legend.last ?? "", bars.map(\.second), fill)
        }
        xml += "<c:gapWidth val=\"60\"/><c:overlap val=\"100\"/><c:axId val=\"1\"/><c:axId val=\"2\"/></c:barChart>"
        // The first bar at the top, as one reads.
        xml += "<c:catAx><c:axId val=\"1\"/><c:scaling><c:orientation val=\"\(isUpright ? "minMax" : "maxMin")\"/></c:scaling>"
        xml +=
            "<c:delete val=\"0\"/><c:axPos val=\"\(isUpright ? "b" : "l")\"/><c:majorTickMark val=\"none\"/><c:minorTickMark val=\"none\"/>"
        xml += "<c:tickLblPos val=\"nextTo\"/><c:crossAx val=\"2\"/><c:crosses val=\"autoZero\"/><c:auto val=\"0\"/></c:catAx>"
        xml += "<c:valAx><c:axId val=\"2\"/><c:scaling><c:orientation val=\"minMax\"/><c:min val=\"0\"/></c:scaling><c:delete val=\"1\"/>"
        xml += "<c:axPos val=\"\(isUpright ? "l" : "b")\"/><c:numFmt formatCode=\"0\" sourceLinked=\"0\"/>"
        xml +=
            "<c:majorTickMark val=\"none\"/><c:minorTickMark val=\"none\"/><c:tickLblPos val=\"nextTo\"/><c:crossAx val=\"1\"/></c:valAx></c:plotArea>"
        if hasSecond { xml += "<c:legend><c:legendPos val=\"t\"/><c:overlay val=\"0\"/></c:legend>" }
        xml += "<c:plotVisOnly val=\"1\"/></c:chart><c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr>"
        xml += DOCXChart.text + "</c:chartSpace>"
        return xml
    }

    private func series(_ index: Int, _ name: String, _ values: [Int], _ fill: String) -> String {
        var xml = "<c:ser><c:idx val=\"\(index)\"/><c:order val=\"\(index)\"/><c:tx><c:v>\(XMLText.escaped(name))</c:v></c:tx>"
        xml +=
            "<c:spPr>\(fill)<a:ln w=\"9525\"><a:solidFill><a:srgbClr val=\"1F4E79\"/></a:solidFill></a:ln></c:spPr><c:invertIfNegative val=\"0\"/>"
        xml += "<c:cat><c:strLit><c:ptCount val=\"\(bars.count)\"/>"
        for (place, bar) in bars.enumerated() {
            xml += "<c:pt idx=\"\(place)\"><c:v>\(XMLText.escaped(label(bar)))</c:v></c:pt>"
        }
        xml += "</c:strLit></c:cat><c:val><c:numLit><c:formatCode>0</c:formatCode><c:ptCount val=\"\(values.count)\"/>"
        for (place, value) in values.enumerated() { xml += "<c:pt idx=\"\(place)\"><c:v>\(value)</c:v></c:pt>" }
        return xml + "</c:numLit></c:val></c:ser>"
    }

    /// The document's own letters.
    private static let text =
        "<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz=\"1000\">"
        + "<a:solidFill><a:srgbClr val=\"111111\"/></a:solidFill>"
        + "<a:latin typeface=\"Times New Roman\"/><a:cs typeface=\"Times New Roman\"/></a:defRPr></a:pPr><a:endParaRPr lang=\"vi-VN\"/></a:p></c:txPr>"
}
