import Bytes
import Foundation
import Trust

@testable import Playbooks

/// What comes with playbooks that others wrote: their text, its comments, conditions, scripts, signatures, and the policy of trust.
enum PlaybookTargets {
    static func playbook(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        do {
            let reading = try PlaybookReading(text: text, path: "fuzz")
            if let playbook = try? reading.runnable(), reading.errors > 0 { fail("\(playbook) runs in spite of its errors") }
            let value = reading.document.value
            if let json = try? reading.document.jsonText(), let canonical = try? value.canonicalText(),
                (try? PlaybookText.parse(json, path: "fuzz.json").value.canonicalText()) != canonical
            {
                fail("\(text) is another playbook as JSON")
            }
            if let yaml = try? reading.document.yamlText(), let canonical = try? value.canonicalText() {
                let back = try PlaybookText.parse(yaml, path: "fuzz.yaml").value
                if (try? back.canonicalText()) != canonical { fail("\(text) is another playbook as YAML") }
            }
            _ = PlaybookSignatures.verify(value)
            if let playbook = reading.playbook { _ = PlaybookPlan(playbook, values: [:], library: EmptyLibrary()) }
        } catch {
            if "\(error)".isEmpty { fail("an error without words") }
        }
    }

    /// YAML that is a playbook whatever comes behind, so that its comments are kept: it is written and read without loss, twice the same.
    static func comments(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self),
            let node = try? PlaybookText.parse("type: playbook\n" + text, path: "a.yaml"),
            let canonical = try? node.value.canonicalText(), let yaml = try? node.yamlText()
        else { return }
        guard let back = try? PlaybookText.parse(yaml, path: "b.yaml"), (try? back.value.canonicalText()) == canonical else {
            fail("another playbook as YAML")
        }
        if (try? back.yamlText()) != yaml { fail("written otherwise the second time") }
        let sorted = DocumentNode(node.value, order: PropertyOrder.place)
        guard let other = try? sorted.yamlText(), (try? PlaybookText.parse(other, path: "c.yaml").value.canonicalText()) == canonical else {
            fail("another playbook in another order")
        }
    }

    /// The members of a signature, as JSON; or a key in DER.
    static func signature(_ bytes: [UInt8]) {
        if let key = VerificationKey(der: bytes) {
            if VerificationKey(der: key.der)?.fingerprint != key.fingerprint { fail("a key that is another when it is read again") }
            for algorithm in JWSAlgorithm.allCases where key.accepts(bytes, over: bytes, by: algorithm) { fail("anything is a signature") }
        }
        guard let given = try? JSONValue(parsing: bytes) else { return }
        let playbook: JSONValue = .object([
            "type": "playbook", "id": "playbook--a0777575-5c4c-4710-9f01-15776103837f", "modified": "2026-11-21T00:00:00.000Z",
            "signatures": .array(Array(repeating: given, count: 3)),
        ])
        for verification in PlaybookSignatures.verify(playbook) where verification.state == .valid(.once) { fail("signed by chance") }
        _ = TrustJudgement(playbook, policy: nil)
    }

    /// trust.yaml.
    static func trust(_ bytes: [UInt8]) {
        MemoryFile.with(bytes) { path in
            do { _ = try TrustPolicy(file: path, isShipped: true) } catch { if "\(error)".isEmpty { fail("an error without words") } }
        }
    }

    /// A script with values in it: the text that the shell gets holds no value.
    static func script(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        let script = ShellScript(text)
        _ = script.refusal { _ in "$(id)" }
        let form = script.text
        // What a value is decides whether it is let in, never what the shell parses.
        _ = script.refusal { _ in "1" }
        if script.text != form { fail("the script changed") }
    }

    /// A condition of a playbook, parsed and asked.
    static func condition(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        do {
            _ = try Condition(parsing: text).holds { name in (text: name, type: name.count % 2 == 0 ? "string" : "numeric") }
        } catch {
            if error.problem.isEmpty { fail("an error without words") }
        }
    }
}
