/// The parts of a Word file around its text.
enum DOCXParts {
    static let namespaces =
        "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\""

    static func contentTypes(logo: Logo?, charts: Int) -> String {
        let word = "application/vnd.openxmlformats-officedocument.wordprocessingml"
        var xml = XMLText.declaration + "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\">"
        xml += "<Default Extension=\"rels\" ContentType=\"application/vnd.openxmlformats-package.relationships+xml\"/>"
        xml += "<Default Extension=\"xml\" ContentType=\"application/xml\"/>"
        if let logo { xml += "<Default Extension=\"\(logo.fileExtension)\" ContentType=\"\(logo.mediaType)\"/>" }
        for (part, type) in [
            ("document", "document.main"), ("styles", "styles"), ("numbering", "numbering"), ("settings", "settings"),
            ("header1", "header"), ("header2", "header"),
        ] {
            xml += "<Override PartName=\"/word/\(part).xml\" ContentType=\"\(word).\(type)+xml\"/>"
        }
        for number in 1..<charts + 1 {
            xml +=
                "<Override PartName=\"/word/charts/chart\(number).xml\" ContentType=\"application/vnd.openxmlformats-officedocument.drawingml.chart+xml\"/>"
        }
        xml += "<Override PartName=\"/docProps/core.xml\" ContentType=\"application/vnd.openxmlformats-package.core-properties+xml\"/>"
        return xml + "</Types>"
    }

    private static let relationType = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"

    static let packageRelations =
        XMLText.declaration + "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
        + "<Relationship Id=\"rId1\" Type=\"\(relationType)/officeDocument\" Target=\"word/document.xml\"/>"
        + "<Relationship Id=\"rId2\" Type=\"http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties\" Target=\"docProps/core.xml\"/>"
        + "</Relationships>"

    static func relations(logo: Logo?, charts: Int) -> String {
        var xml = XMLText.declaration + "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">"
        for (id, type, target) in [
            ("rId1", "styles", "styles.xml"), ("rId2", "numbering", "numbering.xml"), ("rId3", "header", "header1.xml"),
            ("rId4", "header", "header2.xml"), ("rId5", "settings", "settings.xml"),
        ] { xml += "<Relationship Id=\"\(id)\" Type=\"\(relationType)/\(type)\" Target=\"\(target)\"/>" }
        for number in 1..<charts + 1 {
            xml +=
                "<Relationship Id=\"\(DOCXChart.relation(number))\" Type=\"\(relationType)/chart\" Target=\"charts/chart\(number).xml\"/>"
        }
        if let logo { xml += "<Relationship Id=\"rId6\" Type=\"\(relationType)/image\" Target=\"media/\(logo.fileName)\"/>" }
        return xml + "</Relationships>"
    }

    /// Without times, so that the same report gives the same bytes.
    static func properties(_ document: ReportDocument) -> String {
        XMLText.declaration
            + "<cp:coreProperties xmlns:cp=\"http://schemas.openxmlformats.org/package/2006/metadata/core-properties\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\">"
            + "<dc:title>\(XMLText.escaped("\(document.kind): \(document.plainTitle)"))</dc:title><dc:creator>\(XMLText.escaped(document.letterhead.name))</dc:creator>"
            + "<dc:language>\(document.language.rawValue)</dc:language></cp:coreProperties>"
    }

    static let numbering =
        XMLText.declaration + "<w:numbering \(namespaces)><w:abstractNum w:abstractNumId=\"0\"><w:multiLevelType w:val=\"singleLevel\"/>"
        + "<w:lvl w:ilvl=\"0\"><w:start w:val=\"1\"/><w:numFmt w:val=\"bullet\"/><w:lvlText w:val=\"-\"/><w:lvlJc w:val=\"left\"/>"
        + "<w:pPr><w:ind w:left=\"851\" w:hanging=\"284\"/></w:pPr></w:lvl></w:abstractNum>"
        + "<w:num w:numId=\"1\"><w:abstractNumId w:val=\"0\"/></w:num></w:numbering>"

    static let settings =
        XMLText.declaration
        + "<w:settings \(namespaces)><w:defaultTabStop w:val=\"567\"/><w:compat><w:compatSetting w:name=\"compatibilityMode\" "
        + "w:uri=\"http://schemas.microsoft.com/office/word\" w:val=\"15\"/></w:compat></w:settings>"

    /// From the second page on, centred in the upper margin (II.1.g).
    static let pageNumber =
        XMLText.declaration
        + "<w:hdr \(namespaces)><w:p><w:pPr><w:pStyle w:val=\"Header\"/></w:pPr><w:r><w:fldChar w:fldCharType=\"begin\"/></w:r>"
        + "<w:r><w:instrText xml:space=\"preserve\"> PAGE </w:instrText></w:r><w:r><w:fldChar w:fldCharType=\"separate\"/></w:r>"
        + "<w:r><w:t>2</w:t></w:r><w:r><w:fldChar w:fldCharType=\"end\"/></w:r></w:p></w:hdr>"

    static let noPageNumber =
        XMLText.declaration + "<w:hdr \(namespaces)><w:p><w:pPr><w:pStyle w:val=\"Header\"/></w:pPr></w:p></w:hdr>"

    /// The agency's logo, 16 mm high at most.
    static func picture(_ logo: Logo) -> String {
        let (width, height) = logo.size(fitting: (1_080_000, 576_000))
        return "<w:p><w:pPr><w:pStyle w:val=\"Parent\"/></w:pPr><w:r><w:drawing>"
            + "<wp:inline xmlns:wp=\"http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing\"><wp:extent cx=\"\(width)\" cy=\"\(height)\"/>"
            + "<wp:docPr id=\"1\" name=\"Logo\"/><a:graphic xmlns:a=\"http://schemas.openxmlformats.org/drawingml/2006/main\">"
            + "<a:graphicData uri=\"http://schemas.openxmlformats.org/drawingml/2006/picture\"><pic:pic xmlns:pic=\"http://schemas.openxmlformats.org/drawingml/2006/picture\">"
            + "<pic:nvPicPr><pic:cNvPr id=\"1\" name=\"Logo\"/><pic:cNvPicPr/></pic:nvPicPr><pic:blipFill><a:blip r:embed=\"rId6\"/><a:stretch><a:fillRect/></a:stretch></pic:blipFill>"
            + "<pic:spPr><a:xfrm><a:off x=\"0\" y=\"0\"/><a:ext cx=\"\(width)\" cy=\"\(height)\"/></a:xfrm><a:prstGeom prst=\"rect\"><a:avLst/></a:prstGeom></pic:spPr>"
            + "</pic:pic></a:graphicData></a:graphic></wp:inline></w:drawing></w:r></w:p>"
    }
}
