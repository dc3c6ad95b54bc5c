import Incidents
import Trust
import Wording

/// VI. Changes in what is monitored and in the monitoring (TT 31/2017 Đ5.3.d(5)).
struct ChangeSection: ReportSection {
    let heading = BilingualText(
        "Thay đổi hệ thống được giám sát và hệ thống giám sát", "Changes in monitored systems and in the monitoring")

    func content(_ context: SectionContext) -> SectionContent {
        let data = context.data
        var content = SectionContent()
        let monitored = BilingualText("Thay đổi hệ thống được giám sát", "Changes in monitored systems")
        content.blocks.append(.subheading(monitored[context.language]))
        if data.recordsChanges {
            content.metrics.append(
                Metric(
                    "W14", monitored,
                    method: BilingualText("đếm mục change.monitored trong sổ cái", "change.monitored entries of the ledger"),
                    [MetricValue("count", nil, .count(data.changes.count))]))
            content.blocks.append(
                data.changes.isEmpty
                    ? .paragraph(context.text("Không ghi nhận thay đổi nào trong kỳ.", "No change was recorded in the period."))
                    : .list(
                        data.changes.map { change in
                            let text = (try? JSONValue(parsing: change.body))?["text"]?.text ?? change.body
                            return "\(LocalTime.text(change.time)): \(text) (\(change.actor))"
                        }))
        } else {
            content.metrics.append(
                .missing("W14", monitored, why: BilingualText("chưa có ai ghi thay đổi nào", "nobody has recorded any change")))
            content.blocks.append(
                .missing(
                    context.text(
                        "Chưa có dữ liệu: chưa ai ghi thay đổi nào.",
                        "No data: nobody has recorded any change.")))
        }

        let monitoring = BilingualText("Thay đổi hệ thống giám sát", "Changes in the monitoring")
        let added = data.sensors.filter { data.period.contains($0.firstSeen) }
        var lines = added.map { sensor in
            let (name, time) = (sensor.identity.name, LocalTime.text(sensor.firstSeen))
            return context.text("Cảm biến mới: \(name) (\(time))", "New sensor: \(name) (\(time))")
        }
        let silent = data.sensors.filter {
            $0.identity.mode == .live && $0.lastSeen < data.period.until && !data.period.contains($0.firstSeen)
        }
        .filter { $0.coveredSeconds > 0 && data.period.until.seconds(since: $0.lastSeen) > 86_400 }
        lines += silent.map { sensor in
            let (name, time) = (sensor.identity.name, LocalTime.text(sensor.lastSeen))
            return context.text("Cảm biến ngừng báo về: \(name) (lần cuối \(time))", "Sensor fell silent: \(name) (last heard \(time))")
        }
        lines += data.ruleSets.map { entry in
            let (loaded, refused) = (context.numbers.count(entry.rules.loaded), context.numbers.count(entry.rules.refused))
            let (digest, time) = (entry.rules.digest.prefix(16), LocalTime.text(entry.rules.loadedAt))
            return context.text(
                "Bộ luật của \(entry.sensor) (\(time)): \(loaded) luật, \(refused) bị từ chối, SHA-256 \(digest)…",
                "Rules of \(entry.sensor) (\(time)): \(loaded) rules, \(refused) refused, SHA-256 \(digest)…")
        }
        content.metrics.append(
            Metric(
                "W15", monitoring,
                method: BilingualText(
                    "cảm biến báo về lần đầu trong kỳ; bộ luật nạp trong kỳ", "sensors first heard of in the period; rule sets loaded in it"
                ),
                [
                    MetricValue("sensors_added", BilingualText("Cảm biến mới", "New sensors"), .count(added.count)),
                    MetricValue("rule_sets", BilingualText("Lần đổi bộ luật", "Rule sets loaded"), .count(data.ruleSets.count)),
                ]))
        content.blocks.append(.subheading(monitoring[context.language]))
        content.blocks.append(
            lines.isEmpty
                ? .paragraph(context.text("Không có thay đổi nào trong kỳ.", "No change in the period.")) : .list(lines))
        return content
    }
}
