import Bytes
import Compliance
import Incidents
import RuleLanguage
import Trust

@testable import Detect
@testable import Responder
@testable import Sensor

/// Files that people write: suricata.yaml, profiles, the lists beside rules.
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

    static func profile(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        do {
            _ = try ComplianceProfile.parse(text, file: "fuzz")
        } catch {
            if "\(error)".isEmpty { fail("an error without words") }
        }
    }

    /// Agencies, the correlation table and answers to playbooks: one input is each of them.
    static func content(_ bytes: [UInt8]) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return }
        let readers: [(String) throws -> Void] = [
            { _ = try AgencyDirectory.parse($0, file: "fuzz").agency(of: .zero, vlans: [1]) },
            { _ = try CorrelationTable.parse($0, file: "fuzz") },
            { _ = try Answers(ContentValue.parse($0, file: "fuzz")) },
        ]
        for reader in readers {
            do { try reader(text) } catch { if "\(error)".isEmpty { fail("an error without words") } }
        }
    }

    /// classification.config and reference.config.
    static func catalogues(_ bytes: [UInt8]) {
        var classes = ClassificationFile()
        var references = ReferenceFile()
        for error in classes.read(bytes, file: "fuzz") + references.read(bytes, file: "fuzz") where error.message.isEmpty {
            fail("an error without words")
        }
    }

    /// Datasets in every form. Input: a byte of choices, then the file.
    static func dataset(_ bytes: [UInt8]) {
        var input = FuzzInput(bytes)
        let choices = Int(input.byte())
        let kind = DatasetKind.allCases[choices % DatasetKind.allCases.count]
        let formats: [DatasetFormat] = [
            .csv, .json(valueKey: "a", arrayKey: "", dropsKey: false), .json(valueKey: "a", arrayKey: "b.c", dropsKey: true),
            .ndjson(valueKey: "a.b", dropsKey: false),
        ]
        MemoryFile.with(input.all()) { path in
            do {
                let (_, problems) = try DatasetFile.read(
                    path, name: "fuzz", kind: kind, format: formats[choices / 8 % formats.count], isState: false)
                if problems.count > 16 { fail("\(problems.count) complaints") }
            } catch {
                if "\(error)".isEmpty { fail("an error without words") }
            }
        }
    }

    /// Lists for `iprep`. Input: categories up to the byte 0xff, then addresses.
    static func reputation(_ bytes: [UInt8]) {
        let parts = bytes.split(separator: 0xff, maxSplits: 1, omittingEmptySubsequences: false)
        let lists = HostReputation(
            categories: ("categories", Array(parts[0])), files: parts.dropFirst().map { ("list", Array($0)) })
        for category in 0..<UInt8(60) { _ = lists.value(IPAddress(v4: 0x0a00_0001), category) }
    }

    /// JSON: both readers say the same of what is right, and the canonical form is read again as the same value.
    static func json(_ bytes: [UInt8]) {
        let checked = try? JSONText(bytes[...])
        if let checked { walk(checked, 0) }
        guard let value = try? JSONValue(parsing: bytes) else { return }
        if checked == nil, String(validating: bytes, as: UTF8.self) != nil, bytes.count < 100 { fail("only one reader takes it") }
        guard let canonical = try? value.canonicalBytes() else { return }
        guard let again = try? JSONValue(parsing: canonical), (try? again.canonicalBytes()) == canonical else {
            fail("the canonical form is read as something else")
        }
    }

    private static func walk(_ value: JSONText, _ depth: Int) {
        guard depth < 4 else { return }
        for element in value.elements.prefix(8) { walk(element, depth + 1) }
        _ = value.kind
    }
}
