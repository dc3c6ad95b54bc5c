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
        // Colours pass, a short text stays on the screen, nothing of it is taken away at the end.
        setenv("LESS", environment["LESS"] ?? "FRX", 1)
        // Not by Foundation's Process: that gives a program a group of its own, in which the terminal stops it.
        guard let pager = popen(command, "w") else { return print(text, terminator: "") }
        // A pager that is left early must not stop this program with a signal.
        signal(SIGPIPE, SIG_IGN)
        let bytes = Array(text.utf8)
        fwrite(bytes, 1, bytes.count, pager)
        let status = pclose(pager)
        // The shell has not found it.
        if status == 127 << 8 { print(text, terminator: "") }
    }
}
