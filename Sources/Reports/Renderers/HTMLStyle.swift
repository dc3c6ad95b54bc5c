/// The report's style sheet. Paper, margins, sizes: NĐ 30/2020/NĐ-CP, Phụ lục I. Boxes are tables and floats, not grids: the program that makes
/// the PDF lays them out the same way as a browser.
enum HTMLStyle {
    static let sheet = """
        :root{color-scheme:light}
        *{box-sizing:border-box}
        html{background:#e8e8e8}
        body{margin:0 auto;padding:20mm 15mm 20mm 30mm;max-width:210mm;background:#fff;color:#000;
          font-family:"Times New Roman","Liberation Serif",Tinos,"Noto Serif",serif;font-size:14pt;line-height:1.3}
        .letterhead{display:table;width:100%;table-layout:fixed;margin-bottom:6mm}
        .letterhead .left,.letterhead .right{display:table-cell;vertical-align:top;text-align:center}
        .letterhead .left{width:40%;padding-right:3mm}
        .letterhead .right{width:60%}
        .letterhead p{margin:0;text-align:center;line-height:1.15}
        .letterhead .logo{max-height:16mm;max-width:30mm}
        .parent,.issuer,.nation{font-size:12pt}
        .fit{display:inline-block}
        .issuer,.nation,.motto{font-weight:bold}
        .motto{font-size:13pt}
        .motto span{display:inline-block;border-bottom:0.75pt solid #000;padding-bottom:0.6mm}
        .rule{border:0;border-top:0.75pt solid #000;margin:0.8mm auto 0;width:40%}
        .number{font-size:13pt;padding-top:2.4mm}
        .dateline{font-style:italic;font-size:13pt;padding-top:2.4mm}
        h1{font-size:14pt;text-align:center;margin:0;font-weight:bold;line-height:1.2}
        h1 .kind{display:block}
        .rule.short{width:35%;margin:1.2mm auto 5mm}
        .addressees{margin:0 0 4mm 2.54cm;text-align:left}
        .basis{font-style:italic;text-indent:1cm}
        h2{font-size:13pt;margin:5mm 0 2mm;text-transform:uppercase;break-after:avoid;text-indent:1cm}
        h3{font-size:14pt;margin:3mm 0 1.5mm;break-after:avoid;text-indent:1cm}
        p{margin:0 0 6pt;text-align:justify}
        section>p{text-indent:1cm}
        ul{margin:0 0 6pt;padding:0;list-style:none}
        li{margin:0 0 6pt;text-align:justify;text-indent:1cm}
        li::before{content:"- "}
        .field{text-align:left;overflow-wrap:anywhere}
        .choice{display:inline-block;text-indent:0;margin-right:4mm}
        mark{background:none;color:#000;font-weight:bold;font-style:italic}
        .table{overflow-x:auto;margin:0 0 4mm}
        table{border-collapse:collapse;width:100%;font-size:12pt;line-height:1.2}
        table.wide{font-size:11pt}
        caption{caption-side:top;text-align:left;font-style:italic;font-size:13pt;padding:1mm 0;break-after:avoid}
        th,td{border:0.5pt solid #000;padding:0.8mm 1.4mm;vertical-align:top;text-align:left;overflow-wrap:break-word}
        th{overflow-wrap:normal;font-weight:bold;text-align:center;vertical-align:middle;background:#f1f1f1}
        thead{display:table-header-group}
        tr{break-inside:avoid}
        td.end{text-align:right;white-space:nowrap}
        .code span{white-space:nowrap}
        .hash{font-size:10pt;overflow-wrap:anywhere;word-break:break-all}
        .total td{font-weight:bold}
        dl{display:table;width:100%;margin:0 0 3mm;border-spacing:0 1mm}
        dl>div{display:table-row;break-inside:avoid}
        dt,dd{display:table-cell;margin:0;vertical-align:top}
        dt{width:48%;padding-right:4mm}
        dd{font-weight:bold;overflow-wrap:anywhere}
        figure{margin:3mm 0 4mm;break-inside:avoid}
        figcaption{font-style:italic;font-size:13pt;margin-bottom:1mm}
        svg{max-width:100%;height:auto;display:block}
        .missing{font-style:italic}
        .field.head{break-after:avoid}
        .blanks{break-inside:avoid}
        .blank{border-bottom:0.75pt dotted #000;height:9mm}
        p.end{text-align:left;margin:0;break-before:avoid}
        .closing{display:table;width:100%;table-layout:fixed;margin-top:8mm;break-inside:avoid;break-before:avoid}
        .closing>div{display:table-cell;width:50%;vertical-align:top}
        .copies{font-size:11pt;line-height:1.2}
        .copies b{font-size:12pt;font-style:italic}
        .copies p{margin:0;text-align:left}
        .signature{text-align:center;font-weight:bold}
        .signature p{margin:0;text-align:center}
        .signature .note{font-weight:normal;font-style:italic}
        .signature .space{height:24mm}
        .provenance{margin-top:4mm}.trace{margin-top:8mm}.provenance,.trace{border-top:0.75pt solid #000;padding-top:2mm;font-size:10pt;line-height:1.25}
        .provenance{break-inside:avoid;break-before:avoid}
        .provenance p{margin:0;text-align:left;overflow-wrap:anywhere}
        .trace table{font-size:10pt}
        .appendix{break-before:page}
        .appendix h2{text-align:center;text-indent:0;margin-top:0;font-size:14pt}
        .appendix h2 .label{display:block;text-transform:none}
        .appendix .of{text-align:center;font-style:italic;text-indent:0;margin-bottom:5mm}
        @media screen and (max-width:800px){body{padding:6mm;font-size:12pt}.letterhead,.letterhead .left,.letterhead .right,.closing,.closing>div,dl,dl>div,dt,dd{display:block;width:auto}
          .letterhead .right{margin-top:4mm}.closing>div{margin-bottom:4mm}.addressees{margin-left:1cm}dt{padding:0}dd{margin-bottom:2mm}}
        @page{size:A4;margin:20mm 15mm 20mm 30mm;@top-center{content:counter(page);font-family:"Times New Roman","Liberation Serif",serif;font-size:13pt;color:#000}}
        @page:first{@top-center{content:none}}
        @media print{html{background:none}body{padding:0;max-width:none}.table{overflow:visible}a{color:inherit;text-decoration:none}}
        """

    /// The kind of sheet that an appendix, or a section with wide tables, lies on; nil for the text's own. Each counts its pages anew (III.1).
    static func page(of section: ReportDocument.Section, among all: [ReportDocument.Section]) -> String? {
        guard section.isAppendix || section.isLandscape, let index = all.firstIndex(where: { $0.heading == section.heading }) else {
            return nil
        }
        return "sheet\(index + 1)"
    }

    static func appendixPages(_ sections: [ReportDocument.Section]) -> String {
        sections.compactMap { section in
            page(of: section, among: sections).map { name in
                // A counter of its own; its style says nothing for the first page.
                "@page \(name){\(section.isLandscape ? "size:A4 landscape;" : "")counter-increment:\(name);@top-center{content:counter(\(name),following)}}"
            }
        }.joined(separator: "\n") + "\n@counter-style following{system:fixed;symbols:'';fallback:decimal}"
    }
}
