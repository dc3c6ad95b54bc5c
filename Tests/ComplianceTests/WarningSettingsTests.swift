import Bytes
import Compliance
import Incidents
import Testing

@Suite struct WarningSettingsTests {
    private let text = """
        schema: vonggac-clocks/1
        profile: vn-2026
        warn_before: [1h, 2d, 30m, 0]
        channels:
          - {type: mail, to: [truc@tinh.example, doitruong@tinh.example], from: vonggac@tinh.example}
          - {type: webhook, url: "https://chat.tinh.example/hook?key=secret", headers: {Authorization: Bearer x}, timeout_seconds: 5}
          - {type: bell, terminal: /dev/tty1}
        """

    @Test func whatIsRead() throws {
        let settings = try WarningSettings.parse(text, file: "clocks.yaml")
        #expect(settings.minutesBefore == [2880, 60, 30, 0] && settings.profile == "vn-2026" && settings.channels.count == 3)
        // The key of a webhook's address does not stand in the record.
        #expect(
            settings.channels.map(\.name) == [
                "mail truc@tinh.example,doitruong@tinh.example", "webhook https://chat.tinh.example/hook", "bell /dev/tty1",
            ])
    }

    @Test func theLastThresholdPassedCounts() {
        let settings = WarningSettings()
        let limit = Timestamp(seconds: 1_000_000)
        func threshold(_ minutes: Int64) -> Int? { settings.threshold(limit: limit, now: Timestamp(seconds: 1_000_000 - minutes * 60)) }
        #expect(threshold(1441) == nil && threshold(1440) == 1440 && threshold(300) == 1440 && threshold(240) == 240)
        #expect(threshold(10) == 60 && threshold(0) == 0 && threshold(-500) == 0)
    }

    @Test(arguments: [
        ("warn_before: [1h", "warn_before: [1x", "clocks.yaml:3: warn_before[0]: expected a time such as 24h"),
        ("type: bell", "type: horn", "expected mail, webhook or bell, found horn"),
        ("https://chat", "ftp://chat", "expected an address that begins with http"),
        ("truc@tinh.example", "-oQ/tmp@x", "expected a mail address"),
        ("timeout_seconds: 5", "timeout_seconds: 0", "expected a whole number from 1 to 120"),
        ("terminal:", "terminl:", "unknown key terminl"),
        ("vonggac-clocks/1", "vonggac-clocks/2", "expected vonggac-clocks/1"),
    ])
    func errorsNameThePlace(original: String, changed: String, problem: String) {
        let error = #expect(throws: ContentError.self) {
            try WarningSettings.parse(text.replacing(original, with: changed), file: "clocks.yaml")
        }
        #expect(error?.description.contains(problem) == true, "\(String(describing: error))")
    }
}
