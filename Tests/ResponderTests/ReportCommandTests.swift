import Foundation
import Incidents
import TestSupport
import Testing
import Trust

/// Documents as a responder makes, sends and signs them.
@Suite struct ReportCommandTests {
    private static let unit = """
        name: Đội ứng cứu
        symbol: ĐƯC
        place: Vọng Hải
        address: 1 Trần Phú
        phone: "0299 1"
        email: ung-cuu@example.vn
        owner: UBND tỉnh
        contact: {name: Nguyễn Văn A, phone: "0900", email: a@example.vn}
        signer: {title: Đội trưởng}
        mail: {from: "Đội ứng cứu <ung-cuu@example.vn>", to: {default: ["anm@example.vn"]}}
        """

    private func desk() throws -> Desk {
        let desk = try Desk()
        _ = try desk.write(Self.unit, to: "organisation.yaml")
        #expect(try desk.run("incident", "confirm", "VG-2026-0001").code == 0)
        return desk
    }

    private func json(_ result: Desk.Result) throws -> JSONValue { try JSONValue(parsing: result.output.trimmingCharacters(in: .newlines)) }

    /// Answers are kept between runs; a form that lacks one is a draft and cannot be sent.
    @Test func answeringAFormGoesOnLater() throws {
        let desk = try desk()
        let draft = try desk.run("report", "f72", "VG-2026-0001", "--json", "--set", "cause=Mật khẩu yếu")
        #expect(draft.code == 0 && draft.errors.contains("report_kind") && !draft.errors.contains("cause"))
        #expect(try json(draft)["draft"]?.text?.contains("draft") == true)
        let refused = try desk.run("report", "sent", "f72", "VG-2026-0001", "--channel", "email")
        #expect(refused.code == 4 && refused.errors.contains("report_kind"))
        let answers = try desk.write("report_kind: bao_cao_72h\nremediation: Đã đổi mật khẩu\n", to: "answers.yaml")
        let whole = try desk.run("report", "f72", "VG-2026-0001", "--json", "--answers", answers)
        #expect(whole.code == 0 && whole.errors.isEmpty)
        let fields = try #require(try json(whole)["fields"]?.elements)
        #expect(fields.first { $0["key"]?.text == "cause" }?["value"]?.text == "Mật khẩu yếu")
        #expect(try json(whole)["draft"] == .null)
        let wrong = try desk.run("report", "f72", "VG-2026-0001", "--set", "report_kind=gi_do")
        #expect(wrong.code == 2 && wrong.errors.contains("cuoi_cung"))
        #expect(try desk.run("report", "f72", "VG-2026-0001", "--set", "couse=x").code == 2)
        #expect(try desk.run("report", "initial", "VG-2026-0001", "--set", "public_ips=10.1.2.3").code == 2)
    }

    /// What was sent fulfils its deadlines, with recipient, channel, time and proof, and is an entry of the ledger.
    @Test func sendingByOtherMeansFulfilsDeadlines() throws {
        let desk = try desk()
        let proof = try desk.write("biên nhận", to: "receipt.txt")
        let sent = try desk.run(
            "report", "sent", "f24", "VG-2026-0001", "--channel", "document_system", "--recipient", "Công an tỉnh", "--number", "7",
            "--proof", proof,
            "--json", "--set", "measures_taken=x")
        // `sent` takes no answers: they belong to the form.
        #expect(sent.code == 2)
        #expect(try desk.run("report", "f24", "VG-2026-0001", "--set", "measures_taken=Đã khóa tài khoản", "--preview").code == 0)
        let done = try desk.run(
            "report", "sent", "f24", "VG-2026-0001", "--channel", "document_system", "--recipient", "Công an tỉnh", "--number", "7",
            "--proof", proof,
            "--json")
        #expect(done.code == 0, "\(done.errors)")
        #expect(try json(done)["clocks"]?.elements?.map(\.text) == ["R26_24"])
        #expect(try json(done)["document"]?.text == "07/TB-ĐƯC")
        let clocks = try #require(try json(desk.run("clock", "list", "--all", "--json")).elements)
        #expect(clocks.contains { $0["code"]?.text == "R26_24" && $0["fulfilled_by"]?.text == "07/TB-ĐƯC" })
        let store = try IncidentStore(path: desk.folder + "/incidents.sqlite", mode: .readOnly)
        let dispatch = try #require(try store.dispatches(incident: IncidentCode("VG-2026-0001")).first?.dispatch)
        #expect(
            dispatch.recipient == "Công an tỉnh" && dispatch.channel == .documentSystem
                && dispatch.proof?.hasPrefix("receipt.txt SHA-256 ") == true)
        #expect(try store.events(kindPrefix: "report.sent").count == 1)
        #expect(try desk.run("audit", "verify").code == 0)
        #expect(try desk.run("report", "sent", "f24", "VG-2026-0001", "--channel", "email", "--at", "2126-01-01").code == 4)
    }

    @Test func mailGoesOutBySendmail() throws {
        let desk = try desk()
        let box = desk.folder + "/mail"
        let program = try desk.write("#!/bin/sh\n[ \"$1 $2\" = '-i -t' ] || exit 9\ncat > \(box)\n", to: "sendmail")
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: program)
        #expect(try desk.run("report", "notice", "VG-2026-0001", "--preview").code == 0)
        let sent = try desk.run(
            "report", "send", "notice", "VG-2026-0001", "--attach", "html", "--attach", "docx", language: "vi",
            environment: ["VONGGAC_SENDMAIL": program])
        #expect(sent.code == 0, "\(sent.errors)")
        let mail = try String(contentsOfFile: box, encoding: .utf8)
        #expect(mail.contains("To: anm@example.vn\r\n") && mail.contains("Subject: [TBSC] =?utf-8?B?"))
        #expect(mail.contains("From: =?utf-8?B?") && mail.contains("<ung-cuu@example.vn>"))
        #expect(mail.matches(of: /Content-Disposition: attachment; filename="notice-VG-2026-0001\.(html|docx)"/).count == 2)
        for line in mail.split(separator: "\r\n") { #expect(line.utf8.count <= 998) }
        // The HTML comes out of the mail as it went in.
        let part = try #require(
            mail.components(separatedBy: "notice-VG-2026-0001.html\"\r\n\r\n").last?.components(separatedBy: "\r\n--").first)
        let html = try #require(Data(base64Encoded: part.replacing("\r\n", with: "")))
        #expect(String(decoding: html, as: UTF8.self).contains("THÔNG BÁO SỰ CỐ"))
        let failing = try desk.run(
            "report", "send", "notice", "VG-2026-0001", "--attach", "html", environment: ["VONGGAC_SENDMAIL": "/bin/false"])
        #expect(failing.code == 1)
        let store = try IncidentStore(path: desk.folder + "/incidents.sqlite", mode: .readOnly)
        #expect(try store.events(kindPrefix: "report.failed").count == 1)
    }

    @Test func signatureIsCheckedByUsAndByOpenSSL() throws {
        let desk = try desk()
        let folder = desk.folder
        let made = try Command(
            "openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder + "/k.pem", "-out", folder + "/c.pem", "-days",
            "30", "-subj", "/CN=Doi ung cuu/O=Vong Hai")
        #expect(try made.finish() == 0)
        #expect(try desk.run("report", "weekly", "--week", "2026-W47", "-o", folder + "/r.html").code == 0)
        let signed = try desk.run("report", "sign", folder + "/r.html", "--key", folder + "/k.pem", "--certificate", folder + "/c.pem")
        #expect(signed.code == 0, "\(signed.errors)")
        let good = try desk.run("report", "verify", folder + "/r.html", "--ca", folder + "/c.pem")
        #expect(good.code == 0 && good.output.contains("CN=Doi ung cuu"), "\(good.errors)")
        let other = try Command(
            "openssl", "cms", "-verify", "-binary", "-inform", "DER", "-in", folder + "/r.html.p7s", "-content", folder + "/r.html",
            "-CAfile", folder + "/c.pem",
            "-purpose", "any", "-out", "/dev/null")
        #expect(try other.finish() == 0, "\(other.output)")
        // Nobody whom we trust; then a changed file.
        #expect(try desk.run("report", "verify", folder + "/r.html").code == 1)
        try (String(contentsOfFile: folder + "/r.html", encoding: .utf8) + " ").write(
            toFile: folder + "/r.html", atomically: true, encoding: .utf8)
        let bad = try desk.run("report", "verify", folder + "/r.html", "--ca", folder + "/c.pem")
        #expect(bad.code == 1 && bad.errors.contains("BAD SIGNATURE"), "\(bad.errors)")
        #expect(
            try desk.run("report", "sign", folder + "/r.html", "--key", folder + "/c.pem", "--certificate", folder + "/c.pem").code == 1)
    }

    /// The author's words stand in the report whenever it is made again, and the same report is one entry of the ledger.
    @Test func remarksAreKeptAndReportsRecorded() throws {
        let desk = try desk()
        let remarks = try desk.write("Tuần yên ổn.\n\nTăng cường trực lễ.", to: "remarks.txt")
        #expect(try desk.run("report", "weekly", "--week", "2026-W47", "--remarks", remarks, "-o", desk.folder + "/a.html").code == 0)
        #expect(try desk.run("report", "weekly", "--week", "2026-W47", "-o", desk.folder + "/b.html").code == 0)
        let (a, b) = (
            try String(contentsOfFile: desk.folder + "/a.html", encoding: .utf8),
            try String(contentsOfFile: desk.folder + "/b.html", encoding: .utf8)
        )
        #expect(a == b && b.contains("Tăng cường trực lễ."))
        let list = try #require(try json(desk.run("report", "list", "--json")).elements)
        #expect(list.count == 1 && list[0]["form"]?.text == "weekly" && list[0]["subject"]?.text == "2026-W47")
        #expect(try desk.run("report", "remarks", "weekly", "2026-W47").output.contains("Tuần yên ổn."))
        #expect(try desk.run("report", "weekly", "--week", "2026-W47", "--remarks", "/nonexistent").code != 0)
    }

    @Test func brokenTemplateOfTheUnitSaysWhere() throws {
        let desk = try desk()
        try FileManager.default.createDirectory(atPath: desk.folder + "/templates", withIntermediateDirectories: true)
        let shipped = try desk.run("report", "template", "f24").output
        _ = try desk.write(shipped.replacing("from: incident.t0}", with: "from: incident.tnull}"), to: "templates/f24.yaml")
        let result = try desk.run("report", "f24", "VG-2026-0001")
        #expect(
            result.code == 1
                && result.errors.firstMatch(of: /templates\/f24\.yaml:\d+: form\[\d+\]\.from: incident\.tnull is unknown/) != nil,
            "\(result.errors)")
        _ = try desk.write(shipped.replacing("Ban đầu về sự cố", with: "Lần đầu về sự cố"), to: "templates/f24.yaml")
        #expect(try desk.run("report", "f24", "VG-2026-0001", language: "vi").output.contains("Lần đầu về sự cố"))
        #expect(try desk.run("report", "template", "f24", "--check").code == 0)
    }

    /// The wall's feed and the metrics of Prometheus.
    @Test func feedsAreWhole() throws {
        let desk = try desk()
        let feed = try json(desk.run("feed"))
        #expect(feed["schema"]?.text == "vonggac-feed/1" && feed["incidents"]?.elements?.count == 1)
        #expect(feed["open"]?["M2"] == .integer(1))
        let text = try desk.run("feed", "--format", "prometheus").output
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            #expect(line.wholeMatch(of: /vonggac_[a-z0-9_]+(\{([a-z]+="[^"]*",?)+\})? -?[0-9.]+/) != nil, "\(line)")
        }
        #expect(text.contains("vonggac_incidents_open{severity=\"M2\",state=\"confirmed\"} 1"))
        #expect(try desk.run("feed", "-o", desk.folder + "/wall.json").code == 0)
        #expect(FileManager.default.fileExists(atPath: desk.folder + "/wall.json"))
    }

    /// Every command has its manual page, and completions know every shell.
    @Test func manualPagesAndCompletionsAreWhole() throws {
        let desk = try desk()
        #expect(try desk.run("documentation", "man", "-o", desk.folder + "/man").code == 0)
        let pages = try FileManager.default.contentsOfDirectory(atPath: desk.folder + "/man")
        for name in [
            "vonggac.1", "vonggac-report-f24.1", "vonggac-incident-list.1", "vonggac-clock-list.1", "vonggac-documentation-man.1",
            "vonggac-sensor.1",
        ] {
            #expect(pages.contains(name), "\(name)")
        }
        for page in pages {
            let text = try String(contentsOfFile: desk.folder + "/man/" + page, encoding: .utf8)
            #expect(text.contains(".SH NAME") && text.contains(".SH SYNOPSIS") && text.contains(".SH OPTIONS"), "\(page)")
            // Nothing is left unsaid.
            #expect(!text.split(separator: "\n").contains { $0 == "-" || $0 == "\\-" }, "\(page)")
        }
        let sensor = try desk.run("documentation", "man", "--sensor").output
        #expect(sensor.hasPrefix(".") && sensor.contains("\"8\"") && sensor.contains("\\-\\-pcap\\-file\\-continuous"))
        for (shell, sign) in [("bash", "complete "), ("zsh", "#compdef vonggac"), ("fish", "complete -c")] {
            #expect(try desk.run("documentation", "completions", shell).output.contains(sign), "\(shell)")
            #expect(try desk.run("documentation", "completions", shell, "--sensor").output.contains("vonggac-sensor"), "\(shell)")
        }
    }

    /// Every form and report is made from this desk, in every format that needs nothing.
    @Test(arguments: ["f24", "f72", "pdp", "notice", "initial", "final", "progress", "plan", "support", "ack", "intake"])
    func everyFormIsMade(form: String) throws {
        let desk = try desk()
        for format in ["html", "docx"] {
            let result = try desk.run("report", form, "VG-2026-0001", "--format", format, "-o", desk.folder + "/out")
            #expect(result.code == 0, "\(form) \(format): \(result.errors)")
        }
    }

    @Test(arguments: [
        ["weekly", "--week", "2026-W47"], ["daily", "--day", "2026-11-17"], ["half-year", "--half", "2026-H2"],
        ["periodic", "--half", "2026-H2"],
        ["periodic", "--year", "2026"], ["annual", "--year", "2026"],
    ])
    func everyPeriodReportIsMade(words: [String]) throws {
        let desk = try desk()
        let result = try desk.run(arguments: ["report"] + words + ["--lang", "vi"], language: "vi", environment: [:])
        #expect(result.code == 0 && result.output.contains("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), "\(result.errors)")
    }
}
