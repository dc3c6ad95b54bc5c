import Incidents
import Wording

/// What is done seldom, and then in a hurry: taking an incident apart, tying two together, keeping one, sending what the law asks for.
extension TriageVerb {
    static let split = TriageVerb(
        key: "x", name: BilingualText("tách", "split"),
        applies: { $0.incident.state.isOpen && $0.incident.alertCount > 1 },
        steps: { context in
            [
                FormStep(
                    prompt: context.text(
                        "Tách cảnh báo nào (chọn, hoặc gõ số cảnh báo hay địa chỉ)", "Which alerts (choose, or type a number or an address)"
                    ),
                    kind: .choice(parts(context), isOpen: true)),
                context.reason(),
            ]
        },
        commands: { context, answers in
            [
                CommandLineForm(
                    "incident split", [context.code] + selection(answers[0]) + CommandLineForm.option("--reason", answers[1]))
            ]
        })

    /// Rules and addresses that some of its alerts have and not all.
    private static func parts(_ context: FormContext) -> [FormStep.Choice] {
        let alerts = context.detail.detail.alerts
        var rules: [Int64: (count: Int, message: String)] = [:]
        var addresses: [String: Int] = [:]
        for alert in alerts {
            rules[alert.record.sid, default: (0, alert.record.message)].count += 1
            for address in Set([alert.record.source.address.description, alert.record.destination.address.description]) {
                addresses[address, default: 0] += 1
            }
        }
        func counted(_ count: Int) -> String { context.text("\(count) cảnh báo", count == 1 ? "1 alert" : "\(count) alerts") }
        let byRule = rules.filter { $0.value.count < alerts.count }.sorted { $0.key < $1.key }.map { sid, rule in
            FormStep.Choice(
                value: "sid \(sid)", label: context.text("luật \(sid)", "rule \(sid)") + "  \(counted(rule.count))  \(rule.message)")
        }
        let byAddress = addresses.filter { $0.value < alerts.count }.sorted { $0.key < $1.key }.map { address, count in
            FormStep.Choice(value: "address \(address)", label: "\(address)  \(counted(count))")
        }
        return byRule + byAddress
    }

    /// `--sid 5`, `--address 10.0.0.1` or `--alert 7` for what was chosen or typed.
    private static func selection(_ answer: String) -> [String] {
        let words = answer.split(separator: " ").map(String.init)
        if words.count == 2, ["sid", "address", "alert"].contains(words[0]) { return ["--\(words[0])", words[1]] }
        if let number = Int64(answer) { return ["--alert", String(number)] }
        return answer.isEmpty ? [] : ["--address", answer]
    }

    static let link = TriageVerb(
        key: "y", name: BilingualText("liên kết", "link"), applies: { $0.incident.state != .duplicate },
        steps: {
            [
                FormStep(
                    prompt: $0.text("Liên quan với sự cố nào", "Which incident belongs to it"), kind: .choice(others($0), isOpen: true)),
                $0.reason(false),
            ]
        },
        commands: { [CommandLineForm("incident link", [$0.code, $1[0]] + CommandLineForm.option("--reason", $1[1]))] })

    static let hold = TriageVerb(
        key: "h", name: BilingualText("giữ pháp lý", "legal hold"), applies: { !$0.incident.isHeld }, steps: { [$0.reason()] },
        commands: { [CommandLineForm("incident hold", [$0.code] + CommandLineForm.option("--reason", $1[0]))] })

    static let release = TriageVerb(
        key: "H", name: BilingualText("thôi giữ", "release"), applies: { $0.incident.isHeld }, steps: { [$0.reason()] },
        commands: { [CommandLineForm("incident release", [$0.code] + CommandLineForm.option("--reason", $1[0]))] })

    /// Forms about an incident, with what people call them.
    static let forms: [(name: String, title: BilingualText)] = [
        ("f24", BilingualText("thông báo ban đầu 24 giờ", "notice within 24 hours")),
        ("f72", BilingualText("báo cáo 72 giờ", "report within 72 hours")),
        ("pdp", BilingualText("thông báo vi phạm dữ liệu cá nhân", "personal data notice")),
        ("notice", BilingualText("thông báo sự cố", "notice of an incident")),
        ("initial", BilingualText("báo cáo ban đầu (Mẫu 03)", "initial report (Mẫu 03)")),
        ("final", BilingualText("báo cáo kết thúc (Mẫu 04)", "final report (Mẫu 04)")),
        ("progress", BilingualText("diễn biến tình hình", "course of events")),
        ("plan", BilingualText("phương án ứng cứu", "plan of the response")),
        ("support", BilingualText("đề nghị hỗ trợ", "request for help")),
        ("ack", BilingualText("xác nhận đã nhận", "acknowledgement")),
        ("intake", BilingualText("phiếu ghi nhận", "own record")),
    ]

    static let report = TriageVerb(
        key: "w", name: BilingualText("báo cáo", "report"), applies: { $0.incident.state != .duplicate },
        steps: { context in
            // What a running deadline asks for stands first.
            let due = context.detail.clocks.filter { $0.metAt == nil }.compactMap { clock in clock.form.map { (form: $0, clock: clock) } }
            func isDue(_ name: String) -> TriageDetail.Clock? { due.first { $0.form == name || $0.form.hasSuffix("_" + name) }?.clock }
            let ordered = forms.filter { isDue($0.name) != nil } + forms.filter { isDue($0.name) == nil }
            return [
                FormStep(
                    prompt: context.text("Văn bản nào", "Which document"),
                    kind: .choice(
                        ordered.map { form in
                            let clock = isDue(form.name).map { "  ← \($0.code)" } ?? ""
                            return FormStep.Choice(
                                value: form.name, label: form.name.padding(to: 9) + form.title[context.language] + clock)
                        }, isOpen: false)),
                FormStep(
                    prompt: context.text("Làm gì", "What with it"),
                    kind: .choice(
                        [
                            FormStep.Choice(
                                value: "answers", label: context.text("xem đã biết gì, còn thiếu gì", "see what is known, and missing")),
                            FormStep.Choice(value: "pdf", label: context.text("lập thành tệp PDF", "make it, as PDF")),
                            FormStep.Choice(value: "send", label: context.text("gửi thư điện tử", "send it by mail")),
                            FormStep.Choice(
                                value: "official_letter", label: context.text("ghi: đã gửi công văn", "record: sent as an official letter")),
                            FormStep.Choice(
                                value: "document_system",
                                label: context.text("ghi: đã gửi qua trục văn bản", "record: sent by the document system")),
                            FormStep.Choice(value: "fax", label: context.text("ghi: đã gửi fax", "record: sent by fax")),
                            FormStep.Choice(value: "in_person", label: context.text("ghi: đã nộp trực tiếp", "record: handed over")),
                        ], isOpen: false)),
                FormStep(
                    prompt: context.text(
                        "Gửi cho ai (trống: như organisation.yaml; không cần khi chỉ lập)",
                        "To whom (empty: as organisation.yaml says; not for making it)"), kind: .text(isRequired: false)),
            ]
        },
        commands: { context, answers in
            let (form, recipient) = (answers[0], answers[2])
            switch answers[1] {
            case "answers": return [CommandLineForm("report answers", [form, context.code])]
            case "pdf": return [CommandLineForm("report \(form)", [context.code, "-o", "\(form)-\(context.code).pdf"])]
            case "send":
                return [CommandLineForm("report send", [form, context.code] + CommandLineForm.option("--to", recipient))]
            case let channel:
                return [
                    CommandLineForm(
                        "report sent", [form, context.code, "--channel", channel] + CommandLineForm.option("--recipient", recipient))
                ]
            }
        }, takesTerminal: true)
}

extension String {
    fileprivate func padding(to count: Int) -> String { self + String(repeating: " ", count: max(1, count - self.count)) }
}
