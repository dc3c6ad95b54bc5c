import Foundation
import Incidents
import TestSupport
import Testing

@testable import Sensor

/// Whatever is wrong with the input: an exit code, and what was read before is there.
@Suite struct BadInputTests {
    private func folder() throws -> String {
        let path = NSTemporaryDirectory() + "vonggac-bad-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private let office = ProjectFiles.path("Tests/Fixtures/Lab/office-day.pcap")

    @Test func aCaptureThatBreaksOffIsReadToTheBreak() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let bytes = try Data(contentsOf: URL(fileURLWithPath: office))
        let path = folder + "/cut.pcap"
        try bytes.prefix(bytes.count / 3).write(to: URL(fileURLWithPath: path))
        #expect(SensorProgram.run(["--disable-detection", "-l", folder, "-r", path]) == .done)
        #expect(try String(contentsOfFile: folder + "/eve.json", encoding: .utf8).contains("\"event_type\":\"flow\""))
    }

    @Test(arguments: [
        ["-r", "/nowhere.pcap"], ["-r", "/dev/null"], ["-S", "/", "-r", "/dev/null"], ["-c", "/nowhere.yaml", "-T"],
    ])
    func whatCannotBeReadIsAnError(_ arguments: [String]) throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        #expect(SensorProgram.run(arguments + ["-l", folder]) == .failed)
    }

    @Test func aFolderThatCannotBeWrittenIsAnError() {
        #expect(SensorProgram.run(["--disable-detection", "-l", "/proc", "-r", office]) == .failed)
    }

    /// The disk is full for eve.json; the incidents are recorded all the same.
    @Test func aFullDiskIsAnErrorAndIncidentsAreKept() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try FileManager.default.createSymbolicLink(atPath: folder + "/eve.json", withDestinationPath: "/dev/full")
        let code = SensorProgram.run([
            "-k", "none", "-S", ProjectFiles.path("Rules/*.rules"), "-l", folder, "-r",
            ProjectFiles.path("Tests/Fixtures/Lab/attack-day.pcap"),
            "--incidents", folder + "/incidents.sqlite", "--set",
            "incidents.correlation=" + ProjectFiles.path("Rules/correlation.yaml"), "--set", "incidents.sensor-name=gw",
        ])
        #expect(code == .failed)
        let store = try IncidentStore(path: folder + "/incidents.sqlite", mode: .readOnly)
        #expect(try store.alertCount() > 20)
        #expect(try store.auditLedger().findings.isEmpty)
        // What the sensor was loaded with is on record too.
        let rules = try store.ruleSets()
        #expect(rules.count == 1 && rules[0].rules.loaded >= 40 && rules[0].rules.files.count >= 10)
    }

    /// Where no more fits, the program goes on, says so at the end, and what the file holds are whole lines.
    @Test func aFileAtItsSizeLimitEndsInAWholeLine() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let sensor = try Command([
            "bash", "-c", #"ulimit -f 20; exec "$@""#, "limited", Command.built("vonggac-sensor"), "--disable-detection", "-r", office,
            "-l",
            folder,
        ])
        #expect(try sensor.finish() == 1)
        let written = try Data(contentsOf: URL(fileURLWithPath: folder + "/eve.json"))
        #expect(written.last == 10 && (1...20 * 1024).contains(written.count))
        for line in written.split(separator: 10) { _ = try JSONSerialization.jsonObject(with: line) }
    }

    @Test func aDatabaseThatCannotBeUsedIsAnError() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try "not a database, but long enough to be looked at as one".write(
            toFile: folder + "/incidents.sqlite", atomically: true, encoding: .utf8)
        #expect(
            SensorProgram.run([
                "-k", "none", "-S", ProjectFiles.path("Rules/*.rules"), "-l", folder, "-r", office, "--incidents",
                folder + "/incidents.sqlite", "--set", "incidents.correlation=" + ProjectFiles.path("Rules/correlation.yaml"),
            ]) == .failed)
        #expect(
            SensorProgram.run(["-r", office, "-l", folder, "-S", ProjectFiles.path("Rules/*.rules"), "--incidents", "/proc/x.sqlite"])
                == .failed)
    }

    @Test func brokenConfigurationNamesItsPlace() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/bad.yaml"
        try "vars:\n  address-groups: [\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(SensorProgram.run(["-c", path, "-T"]) == .failed)
        #expect { try ConfigurationTree.load(path) } throws: { "\($0)".contains(path + ":") }
    }

    /// Ten aliases of ten aliases of …: a few lines that would be a billion values, or a key that takes an hour to compare.
    @Test(.timeLimit(.minutes(1)), arguments: ["", "? *a9\n: 1\n", "*a9: 1\n"])
    func aliasesOfAliasesAreRefused(_ end: String) throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            text += "a\(level): &a\(level) [" + [String](repeating: "*a\(level - 1)", count: 10).joined(separator: ", ") + "]\n"
        }
        let path = folder + "/aliases.yaml"
        try (text + end).write(toFile: path, atomically: true, encoding: .utf8)
        #expect { try ConfigurationTree.load(path) } throws: { "\($0)".contains("aliases") }
        // A few aliases are what they are for.
        try "a: &a [x]\nb: *a\nc: [*a, *a]\n".write(toFile: path, atomically: true, encoding: .utf8)
        #expect(try ConfigurationTree.load(path).at("c.1.0")?.text == "x")
    }

    @Test func oneBadRuleDoesNotStopTheOthersUnlessAsked() throws {
        let folder = try folder()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/some.rules"
        try "alert tcp any any -> any any (msg:\"a\"; nosuch:1; sid:1;)\nalert tcp any any -> any any (msg:\"b\"; content:\"x\"; sid:2;)\n"
            .write(toFile: path, atomically: true, encoding: .utf8)
        #expect(SensorProgram.run(["-S", path, "-T"]) == .done)
        #expect(SensorProgram.run(["-S", path, "-T", "--init-errors-fatal"]) == .failed)
    }

    @Test func usage() {
        #expect(SensorProgram.run([]) == .usage)
        #expect(SensorProgram.run(["--no-such-option"]) == .usage)
        #expect(SensorProgram.run(["-k", "perhaps", "-T"]) == .usage)
    }
}
