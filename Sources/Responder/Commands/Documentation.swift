import ArgumentParser
import Foundation
import Incidents
import Sensor
import Trust
import Wording

/// Manual pages and completions, made from the commands themselves so that they are never out of date.
struct DocumentationCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "documentation", abstract: HelpText.text("Write manual pages and shell completions."),
        discussion: HelpText.text("make install puts them where man, bash, zsh and fish look."),
        subcommands: [ManualPages.self, Completions.self])
}

struct ManualPages: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "man",
        abstract: HelpText.text("Manual pages, section 1: vonggac.1 and one for each command; of the sensor, section 8."))
    @Option(
        name: .shortAndLong,
        help: ArgumentHelp(HelpText.text("Folder to write to; vonggac.1 on standard output without one."), valueName: "folder"),
        completion: .directory)
    var output: String?
    @Flag(help: ArgumentHelp(HelpText.text("The page vonggac-sensor.8 instead, on standard output."))) var sensor = false
    // What commands say of themselves is in this language already when the program starts.
    @Option(help: ArgumentHelp(HelpText.text("Language: vi or en."), valueName: "language")) var lang: Language?

    func run() throws {
        if sensor {
            let page = ManualPage.all(try JSONValue(parsing: SensorDocumentation.help), section: 8).first
            return print(page?.text ?? "", terminator: "")
        }
        let pages = ManualPage.all(try JSONValue(parsing: VongGac._dumpHelp()))
        guard let output else { return print(pages.first?.text ?? "", terminator: "") }
        try FileManager.default.createDirectory(atPath: output, withIntermediateDirectories: true)
        for page in pages { try Data(page.text.utf8).write(to: URL(fileURLWithPath: "\(output)/\(page.name).1"), options: .atomic) }
    }
}

struct Completions: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "completions", abstract: HelpText.text("The completion script of a shell."),
        discussion: HelpText.text("Of vonggac, or with --sensor of vonggac-sensor."))

    enum Shell: String, ExpressibleByArgument, CaseIterable { case bash, zsh, fish }

    @Argument(help: ArgumentHelp(HelpText.text("bash, zsh or fish."))) var shell: Shell
    @Flag(help: ArgumentHelp(HelpText.text("That of vonggac-sensor."))) var sensor = false
    @Option(help: ArgumentHelp(HelpText.text("Language: vi or en."), valueName: "language")) var lang: Language?

    func run() throws {
        let kind: CompletionShell =
            switch shell {
            case .bash: .bash
            case .zsh: .zsh
            case .fish: .fish
            }
        let script = sensor ? SensorDocumentation.completions(for: kind) : VongGac.completionScript(for: kind)
        print(Self.mended(script, shell, hasCommands: !sensor))
    }

    /// The parser's script without what shells stumble over: it offers `help` as a command of a program that has none, and asks fish 3 for the
    /// place of the cursor and for words in one.
    private static func mended(_ script: String, _ shell: Shell, hasCommands: Bool) -> String {
        var lines = script.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        switch shell {
        case .bash where !hasCommands: lines.removeAll { $0.contains("compgen -W 'help'") }
        case .zsh where !hasCommands: lines.removeAll { $0.contains("'(-): :->command'") || $0.contains("'(-)*:: :->arg'") }
        case .fish:
            if !hasCommands { lines.removeAll { $0.contains("-fa 'help' -d") } }
            lines = lines.flatMap { line -> [String] in
                guard line == "        commandline -o $argv" else { return [line] }
                return [
                    "        if string match -q -- '*C*' \"$argv\"", "            set -l token (commandline -ct)",
                    "            string length -- \"$token\"", "        else", "            commandline -o $argv",
                    "        end",
                ]
            }
        case .bash, .zsh: break
        }
        return lines.joined(separator: "\n")
    }
}

/// A manual page in the macros of man(7), from what the parser of the command line says about itself.
struct ManualPage {
    /// `vonggac-report-weekly`.
    var name: String
    var text: String

    /// The page of the program and one of every command below it.
    static func all(_ help: JSONValue, section: Int = 1) -> [ManualPage] {
        guard let command = help["command"] else { return [] }
        return pages(command, above: [], section)
    }

    private static func pages(_ command: JSONValue, above: [String], _ section: Int) -> [ManualPage] {
        let path = above + [command["commandName"]?.text ?? "vonggac"]
        let children = (command["subcommands"]?.elements ?? []).filter {
            $0["commandName"]?.text != "help" && $0["shouldDisplay"] != .bool(false)
        }
        return [ManualPage(command, path, children, section)] + children.flatMap { pages($0, above: path, section) }
    }

    private init(_ command: JSONValue, _ path: [String], _ children: [JSONValue], _ section: Int) {
        name = path.joined(separator: "-")
        let arguments = (command["arguments"]?.elements ?? []).filter { $0["shouldDisplay"] != .bool(false) }
        let abstract = command["abstract"]?.text ?? ""
        var page = ".\\\" Made from the command itself: vonggac documentation man.\n"
        page += ".TH \"\(Self.escaped(name.uppercased()))\" \"\(section)\" \"\" \"VongGac\" \"VongGac\"\n"
        page +=
            ".SH NAME\n\(Self.escaped(name)) \\- \(Self.escaped(abstract))\n.SH SYNOPSIS\n.B \(Self.escaped(path.joined(separator: " ")))\n"
        if !children.isEmpty { page += ".I command\n" }
        for argument in arguments { page += Self.synopsis(argument) + "\n" }
        if let discussion = command["discussion"]?.text, !discussion.isEmpty {
            page +=
                ".SH DESCRIPTION\n" + discussion.split(separator: "\n").map { Self.escaped(String($0)) }.joined(separator: "\n.PP\n") + "\n"
        }
        if !children.isEmpty {
            page += ".SH COMMANDS\n"
            for child in children {
                let title = child["commandName"]?.text ?? ""
                page +=
                    ".TP\n.BR \(Self.escaped((path + [title]).joined(separator: "-"))) (1)\n\(Self.escaped(child["abstract"]?.text ?? ""))\n"
            }
        }
        let positional = arguments.filter { $0["kind"]?.text == "positional" }
        if !positional.isEmpty { page += ".SH ARGUMENTS\n" + positional.map(Self.entry).joined() }
        let options = arguments.filter { $0["kind"]?.text != "positional" }
        if !options.isEmpty { page += ".SH OPTIONS\n" + options.map(Self.entry).joined() }
        if path == ["vonggac"] { page += Self.rest }
        if path.count > 1 {
            page += ".SH SEE ALSO\n.BR \(Self.escaped(path.dropLast().joined(separator: "-"))) (1)"
            // The program that watches bears the name of this group.
            page += (path.dropFirst().first == "sensor" ? ",\n.BR vonggac\\-sensor (8)" : "") + "\n"
        }
        text = page
    }

    private static func names(_ argument: JSONValue) -> [String] {
        (argument["names"]?.elements ?? []).map { name in
            let text = name["name"]?.text ?? ""
            return name["kind"]?.text == "short" ? "-\(text)" : name["kind"]?.text == "longWithSingleDash" ? "-\(text)" : "--\(text)"
        }
    }

    private static func value(_ argument: JSONValue) -> String { argument["valueName"]?.text ?? "value" }

    private static func synopsis(_ argument: JSONValue) -> String {
        let isOptional = argument["isOptional"] == .bool(true)
        let isRepeating = argument["isRepeating"] == .bool(true)
        var text: String
        switch argument["kind"]?.text {
        case "positional": text = "\\fI\(escaped(value(argument)))\\fR"
        case "flag": text = "\\fB\(escaped(names(argument).last ?? ""))\\fR"
        default: text = "\\fB\(escaped(names(argument).last ?? ""))\\fR \\fI\(escaped(value(argument)))\\fR"
        }
        if isRepeating { text += " ..." }
        return isOptional ? "[\(text)]" : text
    }

    private static func entry(_ argument: JSONValue) -> String {
        var head = names(argument).map { "\\fB\(escaped($0))\\fR" }.joined(separator: ", ")
        if argument["kind"]?.text == "positional" {
            head = "\\fI\(escaped(value(argument)))\\fR"
        } else if argument["kind"]?.text != "flag" {
            head += " \\fI\(escaped(value(argument)))\\fR"
        }
        var said = argument["abstract"]?.text ?? ""
        if let standard = argument["defaultValue"]?.text, !standard.isEmpty { said += " (default: \(standard))" }
        let values = (argument["allValues"]?.elements ?? argument["allValueStrings"]?.elements ?? []).compactMap(\.text)
        if !values.isEmpty { said += " One of \(values.joined(separator: ", "))." }
        return ".TP\n\(head)\n\(escaped(said.isEmpty ? "-" : said))\n"
    }

    /// What concerns every command.
    private static let rest = """
        .SH ENVIRONMENT
        .TP
        .B VONGGAC_STATE
        Folder with incidents.sqlite and evidence; /var/lib/vonggac by default.
        .TP
        .BR LC_ALL ", " LANG
        English where it begins with en, else Vietnamese.
        .TP
        .B NO_COLOR
        No colour.
        .TP
        .B PAGER
        Shows what does not fit on the terminal; none where it is empty.
        .TP
        .B VONGGAC_SENDMAIL
        Program that sends mail; /usr/sbin/sendmail by default.
        .TP
        .B VONGGAC_WEASYPRINT
        Program that makes PDF; weasyprint on the PATH by default.
        .SH EXIT STATUS
        0 done, 1 failed, 2 wrong use, 3 not found, 4 refused by a rule of the house.
        .SH FILES
        .TP
        .I /etc/vonggac/organisation.yaml
        Who issues documents.
        .TP
        .I /etc/vonggac/templates/
        Templates of documents.
        .TP
        .I /etc/vonggac/profiles/
        Compliance profiles.
        .SH SEE ALSO
        .BR vonggac\\-sensor (8),
        .BR sqlite3 (1),
        .BR weasyprint (1),
        .BR openssl-cms (1)

        """

    /// Backslashes, hyphens of options, and dots and quotes that would begin a macro.
    private static func escaped(_ text: String) -> String {
        var result = text.replacing("\\", with: "\\e").replacing("-", with: "\\-").replacing("\n", with: " ")
        if result.first == "." || result.first == "'" { result = "\\&" + result }
        return result
    }
}
