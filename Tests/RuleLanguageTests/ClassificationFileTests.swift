import RuleLanguage
import Testing

@Suite struct ClassificationFileTests {
    @Test func readsClassesAndReportsBadLines() {
        var file = ClassificationFile()
        let text =
            "# head\nconfig classification: Trojan-Activity,A Network Trojan was detected, 1\nconfig classification: x,y\nfoo\nconfig reference: a b\n"
        let errors = file.read(Array(text.utf8), file: "c")
        #expect(file.entries["trojan-activity"] == .init(text: "A Network Trojan was detected", priority: 1))
        #expect(file.entries.count == 1)
        #expect(
            errors.map(\.description) == [
                "c:3:24: expected \"config classification: name,text,priority\" with a priority from 1 to 255",
                "c:4:1: expected \"config classification: …\"", "c:5:1: expected \"config classification: …\"",
            ])
    }

    @Test func readsReferences() {
        var file = ReferenceFile()
        let errors = file.read(Array("config reference: CVE http://cve.example/?name=\nconfig reference: bad\n".utf8), file: "r")
        #expect(file.prefixes == ["cve": "http://cve.example/?name="])
        #expect(errors.map(\.description) == ["r:2:19: expected \"config reference: key prefix\""])
    }
}
