import Foundation
import TestSupport
import Testing

/// docs/walkthrough.md: every command runs, and prints what the page says. `VONGGAC_WALKTHROUGH=write` writes the page's output anew.
@Suite struct WalkthroughTests {
    private struct Step {
        var command: String
        var expected: [String]
    }

    @Test func thePageIsTrue() throws {
        let path = ProjectFiles.path("docs/walkthrough.md")
        let page = try String(contentsOfFile: path, encoding: .utf8)
        let folder = try prepare()
        defer { try? FileManager.default.removeItem(atPath: folder) }
        var written: [String] = []
        var steps = 0
        var block: [Step]?
        for line in page.components(separatedBy: "\n") {
            guard line.hasPrefix("```") || block != nil else {
                written.append(line)
                continue
            }
            if line == "```console" {
                block = []
                written.append(line)
            } else if line == "```", let these = block {
                for step in these {
                    let output = try run(step.command, in: folder)
                    steps += 1
                    written.append("$ " + step.command)
                    written += output
                    if ProcessInfo.processInfo.environment["VONGGAC_WALKTHROUGH"] != "write" {
                        #expect(Self.normal(output) == Self.normal(step.expected), "\(step.command)")
                    }
                }
                block = nil
                written.append(line)
            } else if line.hasPrefix("$ ") {
                block?.append(Step(command: String(line.dropFirst(2)), expected: []))
            } else if let last = block?.indices.last {
                block?[last].expected.append(line)
            }
        }
        #expect(steps > 30)
        if ProcessInfo.processInfo.environment["VONGGAC_WALKTHROUGH"] == "write" {
            try written.joined(separator: "\n").write(toFile: path, atomically: true, encoding: .utf8)
        }
    }

    /// The lab's folder, with the recording as if it had ended a minute ago: so its deadlines run, whatever the day of the test is.
    private func prepare() throws -> String {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("walk-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder + "/state", withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: ProjectFiles.path("Tests/Fixtures/Lab/agencies.yaml"), toPath: folder + "/agencies.yaml")
        try FileManager.default.createSymbolicLink(atPath: folder + "/Rules", withDestinationPath: ProjectFiles.path("Rules"))
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: ProjectFiles.path("Tests/Fixtures/Lab/attack-day.pcap"))))
        func number(_ at: Int) -> UInt32 { (0..<4).reduce(0) { $0 | UInt32(bytes[at + $1]) << (8 * UInt32($1)) } }
        try #require(number(0) == 0xa1b2_c3d4 || number(0) == 0xa1b2_3c4d)
        var records: [Int] = []
        var offset = 24
        while offset + 16 <= bytes.count {
            records.append(offset)
            offset += 16 + Int(number(offset + 8))
        }
        let last = number(try #require(records.last))
        let shift = UInt32(Date().timeIntervalSince1970) - 60 - last
        for record in records {
            let moved = number(record) &+ shift
            for byte in 0..<4 { bytes[record + byte] = UInt8(truncatingIfNeeded: moved >> (8 * UInt32(byte))) }
        }
        try Data(bytes).write(to: URL(fileURLWithPath: folder + "/attack-day.pcap"))
        return folder
    }

    private func run(_ command: String, in folder: String) throws -> [String] {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/bash")
        // The year is that of the day on which the page is run.
        let year = Calendar(identifier: .gregorian).component(.year, from: Date().addingTimeInterval(7 * 3600))
        process.arguments = ["-c", command.replacing("VG-2026-", with: "VG-\(year)-") + " 2>&1"]
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        let tools = URL(fileURLWithPath: Command.built("vonggac")).deletingLastPathComponent().path
        process.environment = [
            "PATH": tools + ":/usr/bin:/bin", "VONGGAC_STATE": folder + "/state", "LANG": "en", "USER": "Lan", "TZ": "UTC",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardInput = FileHandle.nullDevice
        try process.run()
        let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        var lines = text.replacing(folder + "/", with: "").components(separatedBy: "\n")
        while lines.last == "" { lines.removeLast() }
        return lines.map { line in
            var line = line
            while line.last == " " { line.removeLast() }
            return line
        }
    }

    /// What differs from day to day is taken out: dates, times left, hashes, the year of codes, how wide that made columns, and numbers of entries,
    /// since seals come when they come.
    private static func normal(_ lines: [String]) -> String {
        var text = lines.joined(separator: "\n")
        for (pattern, replacement) in [
            // Before the dates: the folders of a digest can look like one (24/50/1234…).
            (#"([0-9a-f]{2}/){0,2}[0-9a-f]{12,64}"#, "<hash>"),
            (#"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d"#, "<time>"), (#"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?"#, "<time>"),
            (#"\d\d/\d\d/\d{4}"#, "<day>"),
            (#"-?\d+(d \d+h|h \d+m)"#, "<span>"), (#"VG-\d{4}-"#, "VG-"),
            (#"\d+ entries"#, "<n> entries"),
            (#"the last is \d+"#, "the last is <n>"), (#"(?m)^ *Calendar .*\n"#, ""),
            (#"#\d+"#, "#<n>"), (#"(?m)^\d+ +<time>"#, "<n> <time>"), (#" +"#, " "),
        ] {
            text = text.replacingOccurrences(of: pattern, with: replacement, options: .regularExpression)
        }
        return text
    }
}
