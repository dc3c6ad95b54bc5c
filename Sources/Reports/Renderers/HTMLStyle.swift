/// The report's style sheet. Paper, margins, sizes: NĐ 30/2020/NĐ-CP, Phụ lục I.
enum HTMLStyle {
    static let sheet = """
        :root{color-scheme:light}
        *{box-sizing:border-box}
        html{background:#e8e8e8}
        body{margin:0 auto;padding:20mm 15mm 20mm 30mm;max-width:210mm;background:#fff;color:#000;
          font-family:"Times New Roman","Liberation Serif",Tinos,"Noto Serif",serif;font-size:14pt;line-height:1.35}
        .letterhead{display:grid;grid-template-columns:2fr 3fr;gap:0 6mm;text-align:center;margin-bottom:8mm}
        .letterhead p{margin:0;text-align:center}
        .parent,.issuer,.nation{font-size:12pt;text-transform:uppercase}
        .issuer,.nation,.motto{font-weight:bold}
        .motto{font-size:13pt}
        .rule{border:0;border-top:1px solid #000;margin:1mm auto 3mm}
        .issuer+.rule{width:40%}
        .motto+.rule{width:62%}
        .number{font-size:13pt}
        .dateline{font-style:italic;font-size:13pt}
        h1{font-size:14pt;text-align:center;margin:0;font-weight:bold}
        h1 .kind{display:block;text-transform:uppercase}
        h1+.rule{width:35%;margin-bottom:5mm}
        h1 .span{display:block}
        .addressees{margin:0 0 4mm 1cm}
        h2{font-size:13.5pt;margin:7mm 0 2mm;text-transform:uppercase;break-after:avoid}
        h3{font-size:14pt;margin:4mm 0 1mm;break-after:avoid}
        p{margin:0 0 6pt;text-align:justify}
        section>p{text-indent:1cm}
        ul{margin:0 0 6pt;padding-left:1cm}
        .table{overflow-x:auto;margin:0 0 4mm}
        table{border-collapse:collapse;width:100%;font-size:11pt;line-height:1.25}
        caption{caption-side:top;text-align:left;font-style:italic;font-size:12pt;padding:1mm 0;break-after:avoid}
        th,td{border:1px solid #555;padding:1mm 1.6mm;vertical-align:top;text-align:left;overflow-wrap:break-word}
        th{background:#eef2f6;font-weight:bold}
        thead{display:table-header-group}
        tr{break-inside:avoid}
        .end{text-align:right;font-variant-numeric:tabular-nums}
        .code{font-family:"Liberation Mono","DejaVu Sans Mono",Consolas,monospace;font-size:9.5pt}
        .code span{white-space:nowrap}
        .hash{font-family:"Liberation Mono","DejaVu Sans Mono",Consolas,monospace;font-size:8.5pt;overflow-wrap:anywhere}
        .total td{font-weight:bold}
        dl{display:grid;grid-template-columns:minmax(6.5cm,max-content) 1fr;gap:1mm 4mm;margin:0 0 4mm;font-size:13pt}
        dt{font-style:normal}
        dd{margin:0;font-weight:bold;overflow-wrap:anywhere}
        figure{margin:3mm 0 4mm;break-inside:avoid}
        figcaption{font-style:italic;font-size:12pt;margin-bottom:1mm}
        svg{max-width:100%;height:auto;display:block}
        .missing{font-style:italic;color:#444}
        .missing::before{content:"○ "}
        .blank{border-bottom:1px dotted #555;height:9mm}
        .closing{display:grid;grid-template-columns:1fr 1fr;gap:6mm;margin-top:10mm;break-inside:avoid}
        .copies{font-size:11pt}
        .copies b{font-size:12pt;font-style:italic}
        .copies p{margin:0;text-align:left}
        .signature{text-align:center;font-weight:bold}
        .signature p{margin:0;text-align:center}
        .signature .space{height:28mm}
        .provenance,.trace{margin-top:8mm;border-top:1px solid #555;padding-top:2mm;font-size:9.5pt;line-height:1.3}
        .provenance dl{font-size:9.5pt;grid-template-columns:4cm 1fr}
        .provenance dd{font-weight:normal}
        .trace table{font-size:9pt}
        .appendix{break-before:page}
        .appendix h2{text-align:center}
        @media screen and (max-width:800px){body{padding:6mm;font-size:12pt}.letterhead,.closing{grid-template-columns:1fr;gap:4mm}dl{grid-template-columns:1fr}}
        @page{size:A4;margin:20mm 15mm 20mm 30mm;@top-center{content:counter(page);font-family:"Times New Roman","Liberation Serif",serif;font-size:13pt}}
        @page:first{@top-center{content:none}}
        @media print{html{background:none}body{padding:0;max-width:none}.table{overflow:visible}a{color:inherit;text-decoration:none}}
        """
}
