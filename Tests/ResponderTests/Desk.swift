import Bytes
import Foundation
import Incidents
import TestSupport

/// A state folder with one incident, and the program `vonggac` as it was built, run as a responder runs it.
final class Desk {
    let folder: String

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("desk-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let directory = try AgencyDirectory.parse(
            "agencies: [{code: SNV, name: Sở Nội vụ, name_en: Home Affairs, level: 2, networks: [{cidr: 10.20.10.0/24}]}]", file: "a.yaml")
        let store = try IncidentStore(path: folder + "/incidents.sqlite")
        try store.importAgencies(directory, from: "a.yaml", by: Hand("test"))
        let writer = try AlertWriter(
            store: store, sensor: SensorIdentity(name: "gw", version: "0.1", interfaces: ["eth0"], mode: .live),
            table: CorrelationTable.load(file: ProjectFiles.path("Rules/correlation.yaml")), directory: directory, policy: .wait)
        var alert = AlertRecord(
            time: LocalTime.parse("2026-11-17T08:00:00")!, sid: 7, message: "Guessing \u{1b}[31mred\u{7}",
            source: Endpoint(IPAddress("198.51.100.1")!, Port(rawValue: 40_000)),
            destination: Endpoint(IPAddress("10.20.10.7")!, Port(rawValue: 22)))
        alert.transport = .tcp
        alert.categoryHint = "BRUTE_SUCCESS"
        alert.direction = .toServer
        _ = writer.submit(alert)
        try writer.close()
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    struct Result {
        var code: Int32
        var output: String
        var errors: String
    }

    /// Runs `vonggac` with these arguments, without a terminal.
    func run(_ arguments: String..., language: String = "en", environment: [String: String] = [:]) throws -> Result {
        try run(arguments: arguments, language: language, environment: environment)
    }

    func run(arguments: [String], language: String = "en", environment: [String: String] = [:]) throws -> Result {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Command.built("vonggac"))
        process.arguments = arguments
        process.environment = ["VONGGAC_STATE": folder, "LANG": language, "USER": "trực", "PATH": "/usr/bin:/bin"].merging(environment) {
            $1
        }
        let (output, errors) = (Pipe(), Pipe())
        process.standardOutput = output
        process.standardError = errors
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let complaint = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Result(code: process.terminationStatus, output: text, errors: complaint)
    }

    /// Starts `vonggac` and does not wait for it.
    func start(_ arguments: String...) throws -> Process {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Command.built("vonggac"))
        process.arguments = arguments
        process.environment = ["VONGGAC_STATE": folder, "LANG": "en", "USER": "trực", "PATH": "/usr/bin:/bin"]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return process
    }

    func write(_ text: String, to name: String) throws -> String {
        try text.write(toFile: folder + "/" + name, atomically: true, encoding: .utf8)
        return folder + "/" + name
    }
}
