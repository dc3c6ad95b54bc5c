import Incidents
import Wording

/// IV. How it was attacked, and the evidence (TT 31/2017 Đ5.3.d(3); NĐ 333/2026 Đ9.2).
struct TechniqueSection: ReportSection {
    let heading = BilingualText("Kỹ thuật tấn công đã phát hiện và chứng cứ", "Techniques detected, and evidence")

    static let mostRows = 40

    func content(_ context: SectionContext) -> SectionContent {
        let data = context.data
        let numbers = context.numbers
        var content = SectionContent()
        content.metrics.append(
            Metric(
                "W11", BilingualText("Kỹ thuật tấn công", "Techniques"),
                method: BilingualText("đếm cảnh báo trong kỳ theo luật phát hiện", "alerts in the period by rule"),
                data.rules.map { MetricValue(String($0.sid), BilingualText($0.message, $0.message), .count($0.alerts)) }))
        if data.rules.isEmpty {
            content.blocks.append(.paragraph(context.text("Không có cảnh báo nào trong kỳ.", "No alerts in the period.")))
        } else {
            content.blocks.append(
                .table(
                    DataTable(
                        context.text("Luật phát hiện", "Rules that alerted"),
                        [
                            (context.text("Mã luật", "Rule"), .code), (context.text("Nội dung", "What"), .start),
                            (context.text("Lớp", "Class"), .start), ("ATT&CK", .start), (context.text("Cảnh báo", "Alerts"), .end),
                            (context.text("Sự cố", "Incidents"), .end),
                        ],
                        data.rules.prefix(Self.mostRows).map { rule in
                            [
                                String(rule.sid), rule.message, rule.classType, rule.techniques.map(\.id).joined(separator: ", "),
                                numbers.count(rule.alerts), numbers.count(rule.incidents),
                            ]
                        })))
        }

        let counted = data.confirmed + data.candidates
        let proven = Set(data.evidence.compactMap(\.incident))
        let withEvidence = counted.filter { proven.contains($0.code) }
        var values = [
            MetricValue("items", BilingualText("Số chứng cứ", "Items"), .count(data.evidence.count)),
            MetricValue(
                "share", BilingualText("Sự cố có chứng cứ", "Incidents with evidence"),
                counted.isEmpty ? .missing : .share(Double(withEvidence.count) / Double(counted.count)), withEvidence.map(\.code)),
        ]
        values.append(
            MetricValue(
                "intact", BilingualText("Chứng cứ còn nguyên vẹn", "Items intact"),
                data.evidenceFindings.map { .count(Set(data.evidence.map(\.digest)).count - $0.count) } ?? .missing))
        content.metrics.append(
            Metric(
                "W12", BilingualText("Chứng cứ", "Evidence"),
                method: BilingualText(
                    "đếm chứng cứ của sự cố trong kỳ; mã băm tính lại từ tệp khi lập báo cáo",
                    "evidence of the period's incidents; digests computed again from the files when the report was made"), values))
        content.blocks.append(.subheading(context.text("Chứng cứ", "Evidence")))
        var facts = [
            Fact(context.text("Số chứng cứ", "Items of evidence"), numbers.count(data.evidence.count)),
            Fact(
                context.text("Sự cố có chứng cứ", "Incidents with evidence"),
                counted.isEmpty ? context.noData : "\(withEvidence.count)/\(counted.count)"),
        ]
        if let findings = data.evidenceFindings {
            facts.append(
                Fact(
                    context.text("Kiểm tra mã băm", "Check of the digests"),
                    findings.isEmpty
                        ? context.text("tất cả còn nguyên vẹn", "all intact")
                        : context.text("\(findings.count) tệp mất hoặc bị thay đổi", "\(findings.count) file(s) missing or changed")))
        } else {
            facts.append(Fact(context.text("Kiểm tra mã băm", "Check of the digests"), context.noData))
        }
        content.blocks.append(.facts(facts))
        if !data.evidence.isEmpty {
            content.blocks.append(
                .table(
                    DataTable(
                        context.text("Danh mục chứng cứ", "List of evidence"),
                        [
                            (context.text("Sự cố", "Incident"), .code), (context.text("Loại", "Kind"), .start),
                            (context.text("Kích thước", "Size"), .end), ("SHA-256", .hash),
                        ],
                        data.evidence.prefix(Self.mostRows).map {
                            [
                                $0.incident?.description ?? "-", $0.kind.name[context.language].replacing(" ", with: "\u{a0}"),
                                numbers.bytes($0.size), $0.digest.hex,
                            ]
                        })))
            if data.evidence.count > Self.mostRows {
                content.blocks.append(
                    .paragraph(
                        context.text(
                            "Và \(data.evidence.count - Self.mostRows) chứng cứ khác, có trong cơ sở dữ liệu.",
                            "And \(data.evidence.count - Self.mostRows) more, in the database.")))
            }
        }
        return content
    }
}
