import Incidents
import Wording

/// The duty log of a day: what was seen and what people did, in order (TT 31/2017 Đ5.3.a).
struct LogSection: ReportSection {
    let heading = BilingualText("Nhật ký trực", "Duty log")

    static let mostRows = 200

    func content(_ context: SectionContext) -> SectionContent {
        // As it came, whichever incident it is about.
        let order = context.data.events.sorted { ($0.time, $0.seq) < ($1.time, $1.seq) }
        let events = order.compactMap { event -> [String]? in
            guard let what = EventText.say(event, context.data.profile, context.language) else { return nil }
            let about = event.subject.split(separator: "/").last.map(String.init) ?? "-"
            return [LocalTime.text(event.time), about, what, EventText.actor(event, context.language)]
        }
        var content = SectionContent()
        guard !events.isEmpty else {
            content.blocks.append(.paragraph(context.text("Không có sự việc nào được ghi.", "Nothing was recorded.")))
            return content
        }
        content.blocks.append(
            .table(
                DataTable(
                    context.text("Diễn biến trong kỳ", "What happened"),
                    [
                        (context.text("Thời điểm", "When"), .start), (context.text("Sự cố", "Incident"), .code),
                        (context.text("Nội dung", "What"), .start), (context.text("Người ghi", "By"), .start),
                    ], Array(events.prefix(Self.mostRows)))))
        if events.count > Self.mostRows {
            let more = events.count - Self.mostRows
            content.blocks.append(
                .paragraph(
                    context.text(
                        "Và \(more) mục khác trong sổ cái.",
                        "And \(more) more in the ledger.")))
        }
        return content
    }
}
