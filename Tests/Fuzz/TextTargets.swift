import Bytes
import Compliance
import Incidents
import Playbooks

@testable import Sensor

/// Files that people write: suricata.yaml, playbooks, profiles.
enum TextTargets {
    static func configuration(_ bytes: [UInt8]) {
        MemoryFile.with(bytes) { path in
            do {
                let tree = try ConfigurationTree.load(path)
                let configuration = try SensorConfiguration(tree)
                if configuration.alertsPerPacket < 1 { fail("no alert is allowed") }
            } catch {
                if "\(error)".isEmpty { fail("an error without words") }
            }
        }
    }

    static func playbook(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        do {
            let reading = try PlaybookReading(text: text, path: "fuzz")
            if let playbook = try? reading.runnable(), reading.errors > 0 { fail("\(playbook) runs in spite of its errors") }
        } catch {
            if "\(error)".isEmpty { fail("an error without words") }
        }
    }

    static func profile(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        do {
            _ = try ComplianceProfile.parse(text, file: "fuzz")
        } catch {
            if "\(error)".isEmpty { fail("an error without words") }
        }
    }
}
