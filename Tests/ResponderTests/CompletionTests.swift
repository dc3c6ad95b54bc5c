import Foundation
import TestSupport
import Testing

/// Completions, asked of the shells themselves.
@Suite struct CompletionTests {
    private static func has(_ shell: String) -> Bool { FileManager.default.isExecutableFile(atPath: "/usr/bin/\(shell)") }

    /// What a person types, and what must be offered and must not.
    struct Line: Sendable {
        var text: String
        var offered: [String]
        var isNotOffered: String? = nil
        /// A description that shells show beside it.
        var says: String? = nil
    }

    private static let lines: [Line] = [
        Line(text: "vonggac inc", offered: ["incident"], isNotOffered: "alert"),
        Line(text: "vonggac incident ", offered: ["show", "confirm", "timeline"], says: "It no longer spreads."),
        Line(text: "vonggac incident show ", offered: ["VG-2026-0001"], says: "198.51.100.1"),
        Line(text: "vonggac incident list --sev", offered: ["--severity"]),
        Line(text: "vonggac incident close VG-2026-0001 --handling ", offered: ["self", "helped", "foreign", "coordinator"]),
        Line(text: "vonggac alert count --by ", offered: ["rule", "agency", "destination"]),
        Line(text: "vonggac agency show ", offered: ["SNV"], says: "Home Affairs"),
        Line(text: "vonggac clock meet VG-2026-0001 ", offered: ["R26_72", "R17_5D"], says: "within 72 hours"),
        Line(text: "vonggac playbook show mal", offered: ["malware"], says: "Malware response"),
        Line(text: "vonggac report weekly --format ", offered: ["pdf", "docx"]),
        Line(text: "vonggac report sign unit.p", offered: ["unit.pdf"], isNotOffered: "unit.txt"),
        Line(text: "vonggac-sensor --runm", offered: ["--runmode"]),
        Line(text: "vonggac-sensor --runmode ", offered: ["single", "workers", "autofp"]),
        Line(text: "vonggac-sensor -r unit.p", offered: ["unit.pdf"]),
        // It has no commands.
        Line(text: "vonggac-sensor h", offered: [], isNotOffered: "help"),
    ]

    /// A desk with the scripts of a shell.
    private func desk(_ shell: String, _ names: (String, String)) throws -> Desk {
        let desk = try Desk()
        #expect(try desk.run("incident", "confirm", "VG-2026-0001").code == 0)
        _ = try desk.write("x", to: "unit.pdf")
        _ = try desk.write("x", to: "unit.txt")
        for (name, sensor) in [(names.0, []), (names.1, ["--sensor"])] {
            let made = try desk.run(arguments: ["documentation", "completions", shell] + sensor)
            #expect(made.code == 0)
            _ = try desk.write(made.output, to: name)
        }
        return desk
    }

    private func ask(_ desk: Desk, _ words: [String]) throws -> String {
        let programs = Command.built("vonggac").split(separator: "/").dropLast().joined(separator: "/")
        let command = try Command(
            ["env", "-C", desk.folder] + words,
            environment: [
                "PATH": "/\(programs):/usr/bin:/bin", "VONGGAC_STATE": desk.folder, "LC_ALL": "en_US.UTF-8", "HOME": desk.folder,
                "TERM": "vt100",
            ])
        _ = try command.finish()
        return command.output
    }

    /// Words that a shell offers, each with its description behind a tab.
    private func check(_ line: Line, _ output: String, describes: Bool) {
        let offers = output.split(separator: "\n").map { $0.split(separator: "\t", maxSplits: 1).map(String.init) }
        let words = offers.compactMap { $0.first?.trimmingCharacters(in: .whitespaces) }
        for word in line.offered { #expect(words.contains(word), "\(line.text): \(output)") }
        if let word = line.isNotOffered { #expect(!words.contains(word), "\(line.text): \(output)") }
        if describes, let text = line.says { #expect(output.contains(text), "\(line.text): \(output)") }
    }

    @Test func bash() throws {
        let desk = try desk("bash", ("vonggac.bash", "sensor.bash"))
        let script = try desk.write(
            """
            source ./vonggac.bash; source ./sensor.bash
            COMP_LINE=$1; COMP_POINT=${#1}; read -ra COMP_WORDS <<<"$1"
            [[ $1 == *' ' ]] && COMP_WORDS+=("")
            COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
            f=$(complete -p "${COMP_WORDS[0]}"); f=${f##*-F }; "${f%% *}" "${COMP_WORDS[0]}" "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
            printf '%s\\n' "${COMPREPLY[@]}"
            """, to: "ask.bash")
        for line in Self.lines { check(line, try ask(desk, ["bash", "--norc", script, line.text]), describes: false) }
    }

    @Test(.enabled(if: has("fish"), "fish is not installed")) func fish() throws {
        let desk = try desk("fish", ("vonggac.fish", "sensor.fish"))
        let script = try desk.write(
            "source vonggac.fish; source sensor.fish; for line in $argv; echo \"== $line\"; complete -C $line; end\n", to: "ask.fish")
        // Each line asks thousands of conditions: not all of them.
        let lines = Self.lines.filter { $0.says != nil || $0.text.hasPrefix("vonggac-sensor") }
        let output = try ask(desk, ["fish", "--no-config", script] + lines.map(\.text))
        #expect(!output.contains("commandline:") && !output.contains("Error:"), "\(output)")
        let answers = output.split(separator: "== ").map(String.init)
        #expect(answers.count == lines.count)
        for (line, answer) in zip(lines, answers) { check(line, String(answer.dropFirst(line.text.count)), describes: true) }
    }

    /// zsh offers only where a person types: in a terminal.
    @Test(.enabled(if: has("zsh"), "zsh is not installed")) func zsh() throws {
        let desk = try desk("zsh", ("_vonggac", "_vonggac-sensor"))
        let script = ProjectFiles.path("Tests/Fixtures/Shell/zsh-complete")
        for line in Self.lines where line.offered.count > 1 || line.says != nil {
            let output = try ask(desk, ["zsh", "-f", script, desk.folder, line.text, try #require(line.offered.last)])
            for word in line.offered { #expect(output.contains(word), "\(line.text): \(output)") }
            if line.offered.count > 1, let text = line.says { #expect(output.contains(text), "\(line.text): \(output)") }
            #expect(!output.contains("_arguments:"), "\(line.text): \(output)")
        }
    }
}
