import Incidents
import Wording

/// III. What was attacked: address, service, when (TT 31/2017 Đ5.3.d(2)).
struct TargetSection: ReportSection {
    let heading = BilingualText("Đối tượng bị tấn công cần chú ý", "Attacked objects to watch")

    /// Rows of the printed table; JSON and CSV have all.
    static let mostRows = 40

    func content(_ context: SectionContext) -> SectionContent {
        let services = context.data.services
        var content = SectionContent()
        content.metrics.append(
            Metric(
                "W10", BilingualText("Đối tượng bị tấn công", "Attacked objects"),
                method: BilingualText(
                    "địa chỉ và dịch vụ khác nhau của máy bị hại trong sự cố chưa bị bác bỏ, số cảnh báo trong kỳ",
                    "distinct address and service of victims in incidents that are not dismissed, alerts in the period"),
                services.map { service in
                    let name = "\(service.address)" + (service.port.map { ":\($0)" } ?? "") + "/\(service.transport.rawValue)"
                    return MetricValue(name, BilingualText(name, name), .count(service.alerts), service.incidents)
                }))
        guard !services.isEmpty else {
            content.blocks.append(
                .paragraph(context.text("Không có đối tượng nào bị tấn công trong kỳ.", "Nothing was attacked in the period.")))
            return content
        }
        content.blocks.append(
            .table(
                DataTable(
                    context.text("Đối tượng bị tấn công", "Attacked objects"),
                    [
                        (context.text("Địa chỉ", "Address"), .code), (context.text("Dịch vụ", "Service"), .start),
                        (context.text("Cơ quan", "Agency"), .start), (context.text("Thời điểm", "When"), .start),
                        (context.text("Mức", "Sev."), .start),
                        (context.text("CB", "Alerts"), .end),
                        (context.text("Sự cố", "Incidents"), .code),
                    ],
                    services.prefix(Self.mostRows).map { service in
                        [
                            service.address.description, Self.name(service, context), context.agencyName(service.agency),
                            context.span(service.firstSeen, service.lastSeen), service.severity.rawValue,
                            context.numbers.count(service.alerts), context.codes(service.incidents, most: 3),
                        ]
                    })))
        if services.count > Self.mostRows {
            content.blocks.append(
                .paragraph(
                    context.text(
                        "Và \(services.count - Self.mostRows) đối tượng khác; danh sách đầy đủ trong tệp CSV hoặc JSON.",
                        "And \(services.count - Self.mostRows) more; the whole list is in the CSV or JSON file.")))
        }
        return content
    }

    private static func name(_ service: AttackedService, _ context: SectionContext) -> String {
        guard let port = service.port else { return context.text("máy trạm", "client") }
        let transport = "\(service.transport.rawValue)/\(port)"
        return service.appProtocol.map { "\($0) (\(transport))" } ?? transport
    }
}
