import Wording

/// What is wrong with the signatures as objects; whether they verify is ``SignatureVerification``'s.
enum SignatureChecks {
    static func findings(of playbook: Playbook) -> [Finding] {
        var findings: [Finding] = []
        for (index, signature) in playbook.signatures.enumerated() {
            let place = "/signatures/\(index)"
            if let other = signature["related_to"]?.text, other != playbook.id {
                findings.append(
                    Finding(
                        grade: .warning, pointer: place + "/related_to",
                        text: BilingualText("chữ ký của kịch bản khác", "a signature of another playbook")))
            }
            if let version = signature["related_version"]?.text, version != playbook.modified {
                findings.append(
                    Finding(
                        grade: .warning, pointer: place + "/related_version",
                        text: BilingualText("chữ ký của bản khác", "a signature of another version")))
            }
        }
        return findings
    }
}
