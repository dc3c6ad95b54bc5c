import Foundation

/// Shows what does not fit on the terminal through the person's pager.
public enum Pager {
    /// The pager's command, or nil where the lines are printed as they are: no terminal, they fit, or PAGER is empty.
    public static func command(lines: Int, rows: Int?, _ environment: [String: String]) -> String? {
        guard let rows, lines > rows - 1 else { return nil }
        guard let named = environment["VONGGAC_PAGER"] ?? environment["PAGER"] else { return "less" }
        return named.isEmpty || named == "cat" ? nil : named
    }

    /// Prints lines, through the pager where there is one.
    public static func show(_ lines: [String], rows: Int?, _ environment: [String: String]) {
        let text = lines.joined(separator: "\n") + (lines.isEmpty ? "" : "\n")
        guard let command = command(lines: lines.count, rows: rows, environment) else { return print(text, terminator: "") }
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        // Colours pass, a short text stays on the screen, nothing of it is taken away at the end.
        process.environment = environment.merging(["LESS": environment["LESS"] ?? "FRX"]) { $1 }
        let pipe = Pipe()
        process.standardInput = pipe
        guard (try? process.run()) != nil else { return print(text, terminator: "") }
        // A pager that is left early must not stop this program with a signal.
        signal(SIGPIPE, SIG_IGN)
        try? pipe.fileHandleForWriting.write(contentsOf: Data(text.utf8))
        try? pipe.fileHandleForWriting.close()
        process.waitUntilExit()
        if process.terminationStatus == 127 { print(text, terminator: "") }
    }
}
