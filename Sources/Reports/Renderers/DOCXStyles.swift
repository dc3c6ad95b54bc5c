import Wording

/// The styles of the Word document: Times New Roman, sizes in half points, spacing in twentieths of a point (NĐ 30/2020, Phụ lục I).
enum DOCXStyles {
    static func sheet(_ language: Language) -> String {
        let tongue = language == .vi ? "vi-VN" : "en-GB"
        var xml = XMLText.declaration
        xml += "<w:styles \(DOCXParts.namespaces)><w:docDefaults><w:rPrDefault><w:rPr>"
        xml += "<w:rFonts w:ascii=\"Times New Roman\" w:hAnsi=\"Times New Roman\" w:eastAsia=\"Times New Roman\" w:cs=\"Times New Roman\"/>"
        xml += "<w:color w:val=\"000000\"/><w:sz w:val=\"28\"/><w:szCs w:val=\"28\"/><w:lang w:val=\"\(tongue)\"/></w:rPr></w:rPrDefault>"
        xml += "<w:pPrDefault><w:pPr><w:spacing w:after=\"120\" w:line=\"312\" w:lineRule=\"auto\"/></w:pPr></w:pPrDefault></w:docDefaults>"
        xml += "<w:style w:type=\"paragraph\" w:default=\"1\" w:styleId=\"Normal\"><w:name w:val=\"Normal\"/><w:qFormat/></w:style>"
        for style in styles { xml += style.xml }
        xml +=
            "<w:style w:type=\"table\" w:default=\"1\" w:styleId=\"TableNormal\"><w:name w:val=\"Normal Table\"/><w:tblPr><w:tblInd w:w=\"0\" w:type=\"dxa\"/>"
        xml += "<w:tblCellMar><w:left w:w=\"80\" w:type=\"dxa\"/><w:right w:w=\"80\" w:type=\"dxa\"/></w:tblCellMar></w:tblPr></w:style>"
        xml +=
            "<w:style w:type=\"table\" w:styleId=\"ReportTable\"><w:name w:val=\"Report Table\"/><w:basedOn w:val=\"TableNormal\"/><w:tblPr><w:tblBorders>"
        for edge in ["top", "left", "bottom", "right", "insideH", "insideV"] {
            xml += "<w:\(edge) w:val=\"single\" w:sz=\"4\" w:space=\"0\" w:color=\"000000\"/>"
        }
        return xml + "</w:tblBorders></w:tblPr></w:style></w:styles>"
    }

    private struct Style {
        var id: String
        var name: String
        /// Half points.
        var size: Int
        var paragraph = ""
        var bold = false
        var italic = false
        var caps = false

        var xml: String {
            "<w:style w:type=\"paragraph\" w:styleId=\"\(id)\"><w:name w:val=\"\(name)\"/><w:basedOn w:val=\"Normal\"/><w:qFormat/>"
                + "<w:pPr>\(paragraph)</w:pPr><w:rPr>\(bold ? "<w:b/><w:bCs/>" : "")\(italic ? "<w:i/><w:iCs/>" : "")\(caps ? "<w:caps/>" : "")"
                + "<w:sz w:val=\"\(size)\"/><w:szCs w:val=\"\(size)\"/></w:rPr></w:style>"
        }
    }

    private static let tight = "<w:spacing w:before=\"0\" w:after=\"0\" w:line=\"240\" w:lineRule=\"auto\"/>"
    private static let centred = tight + "<w:jc w:val=\"center\"/>"
    private static let indented = "<w:ind w:firstLine=\"567\"/>"

    /// Elements within a paragraph's properties stand in the order that the schema fixes.
    private static let styles: [Style] = [
        Style(
            id: "Heading1", name: "heading 1", size: 26,
            paragraph: "<w:keepNext/><w:spacing w:before=\"240\" w:after=\"120\"/>\(indented)<w:outlineLvl w:val=\"0\"/>", bold: true,
            caps: true),
        Style(
            id: "Heading1Centred", name: "Appendix Title", size: 28,
            paragraph: "<w:keepNext/><w:jc w:val=\"center\"/><w:outlineLvl w:val=\"0\"/>", bold: true, caps: true),
        Style(
            id: "Heading2", name: "heading 2", size: 28,
            paragraph: "<w:keepNext/><w:spacing w:before=\"120\" w:after=\"60\"/>\(indented)<w:outlineLvl w:val=\"1\"/>", bold: true),
        Style(
            id: "Title", name: "Title", size: 28, paragraph: "<w:spacing w:before=\"240\" w:after=\"0\"/><w:jc w:val=\"center\"/>",
            bold: true),
        Style(id: "Subtitle", name: "Subtitle", size: 28, paragraph: centred, bold: true),
        Style(id: "BodyText", name: "Body Text", size: 28, paragraph: "\(indented)<w:jc w:val=\"both\"/>"),
        Style(id: "Basis", name: "Basis", size: 28, paragraph: "\(indented)<w:jc w:val=\"both\"/>", italic: true),
        Style(
            id: "Addressee", name: "Addressee", size: 28, paragraph: "<w:spacing w:before=\"60\" w:after=\"60\"/><w:ind w:left=\"1440\"/>"),
        Style(id: "Fact", name: "Fact", size: 28, paragraph: "\(indented)"),
        Style(id: "Field", name: "Field", size: 28, paragraph: "\(indented)"),
        Style(
            id: "ListBullet", name: "List Bullet", size: 28,
            paragraph: "<w:numPr><w:ilvl w:val=\"0\"/><w:numId w:val=\"1\"/></w:numPr><w:jc w:val=\"both\"/>"),
        Style(id: "Missing", name: "Missing", size: 28, paragraph: indented, italic: true),
        Style(
            id: "BlankLine", name: "Blank Line", size: 28,
            paragraph: "<w:pBdr><w:bottom w:val=\"dotted\" w:sz=\"4\" w:space=\"1\" w:color=\"000000\"/></w:pBdr>"),
        Style(id: "Nation", name: "Nation", size: 24, paragraph: centred, bold: true),
        Style(id: "Motto", name: "Motto", size: 26, paragraph: centred, bold: true),
        Style(id: "Parent", name: "Parent Body", size: 24, paragraph: centred),
        Style(id: "Issuer", name: "Issuing Body", size: 24, paragraph: centred, bold: true),
        Style(id: "DocumentNumber", name: "Document Number", size: 26, paragraph: centred),
        Style(id: "DateLine", name: "Place and Date", size: 26, paragraph: centred, italic: true),
        Style(
            id: "Rule", name: "Rule", size: 8,
            paragraph:
                "<w:pBdr><w:top w:val=\"single\" w:sz=\"6\" w:space=\"1\" w:color=\"000000\"/></w:pBdr><w:spacing w:before=\"20\" w:after=\"60\" w:line=\"240\" w:lineRule=\"auto\"/>"
        ),
        Style(
            id: "Chart", name: "Chart", size: 20,
            paragraph: "<w:spacing w:before=\"0\" w:after=\"120\" w:line=\"240\" w:lineRule=\"auto\"/><w:jc w:val=\"center\"/>"),
        Style(
            id: "Caption", name: "caption", size: 26, paragraph: "<w:keepNext/><w:spacing w:before=\"60\" w:after=\"40\"/>", italic: true),
        Style(id: "TableText", name: "Table Text", size: 24, paragraph: tight),
        Style(id: "TableSmall", name: "Table Text Small", size: 22, paragraph: tight),
        Style(id: "TableHead", name: "Table Head", size: 22, paragraph: centred, bold: true),
        Style(id: "TableGap", name: "Table Gap", size: 12, paragraph: tight),
        Style(id: "CopiesLabel", name: "Copies Label", size: 24, paragraph: tight, bold: true, italic: true),
        Style(id: "Copies", name: "Copies", size: 22, paragraph: tight),
        Style(id: "Signature", name: "Signature", size: 28, paragraph: centred, bold: true),
        Style(id: "SignatureNote", name: "Signature Note", size: 28, paragraph: centred, italic: true),
        Style(id: "AppendixLabel", name: "Appendix Label", size: 28, paragraph: "<w:keepNext/><w:jc w:val=\"center\"/>", bold: true),
        Style(id: "AppendixOf", name: "Appendix Of", size: 28, paragraph: "<w:jc w:val=\"center\"/>", italic: true),
        Style(id: "Provenance", name: "Provenance", size: 20, paragraph: tight),
        Style(id: "Header", name: "header", size: 26, paragraph: centred),
    ]
}
