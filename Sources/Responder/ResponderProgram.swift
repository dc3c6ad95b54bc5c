import ArgumentParser
import Foundation
import Glibc
import Incidents
import Playbooks
import Terminal
import Wording

/// The program `vonggac`: noun, then verb.
public struct VongGac: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "vonggac", abstract: HelpText.text("Work on incidents that the sensors found."),
        discussion: HelpText.text("The state lies in --state, VONGGAC_STATE, or /var/lib/vonggac."), version: "0.1.0",
        subcommands: [
            TriageCommand.self, IncidentCommand.self, AlertCommand.self, SensorCommand.self, AgencyCommand.self, EvidenceCommand.self,
            PlaybookCommand.self,
            ReportCommand.self, DocumentationCommand.self, FeedCommand.self,
            ClockCommand.self, RulesCommand.self, AuditCommand.self, DatabaseCommand.self,
        ])

    public init() {}

    /// Runs with these arguments (without the program's name) and gives the exit code.
    public static func run(_ arguments: [String]) -> ExitCode {
        do {
            var command = try parseAsRoot(arguments)
            do {
                if var paged = command as? any PagedCommand { try Paging.run(&paged) } else { try command.run() }
                return .done
            } catch {
                return report(error, arguments)
            }
        } catch {
            let isHelp = exitCode(for: error).rawValue == 0
            let text = fullMessage(for: error)
            if isHelp {
                print(HelpText.page(text, HelpText.language))
                return .done
            }
            if let unknown = UsageText.unknownCommand(arguments, below: self) { return report(unknown, arguments) }
            complain(UsageText.told(text, language(arguments)))
            return .usage
        }
    }

    /// A rule of the house forbids it.
    private static func isRefusal(_ error: any Error) -> Bool {
        if error is HouseRuleError || error is PlaybookLeaseError { return true }
        switch error as? PlaybookRunError {
        case .revoked, .notValidNow, .commandNotAllowed, .noAnswer, .mayHaveRun, .notConfirmed, .needsSecondPerson, .untrusted: return true
        default: return false
        }
    }

    /// Wrapped between words where a person reads it on a terminal.
    private static func complain(_ text: String) {
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        var size = winsize()
        if isatty(2) == 1, ioctl(2, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
            lines = lines.flatMap { DisplayText.wrapped($0, to: Int(size.ws_col)) }
        }
        FileHandle.standardError.write(Data((lines.joined(separator: "\n") + "\n").utf8))
    }

    private static func language(_ arguments: [String]) -> Language {
        HelpText.language(["vonggac"] + arguments, ProcessInfo.processInfo.environment)
    }

    private static func report(_ error: any Error, _ arguments: [String]) -> ExitCode {
        if let failure = error as? CommandFailure {
            if let message = failure.message { complain(message) }
            return failure.code
        }
        if let error = error as? any BilingualError {
            complain("vonggac: " + (language(arguments) == .en ? error.english : error.vietnamese))
            if error is UsageError { return .usage }
            if error is NotFoundError || error is UnknownPlaybookError { return .notFound }
            return isRefusal(error) ? .refused : .failed
        }
        if exitCode(for: error) == .success {
            print(HelpText.page(fullMessage(for: error), HelpText.language))
            return .done
        }
        if exitCode(for: error).rawValue == 64 {
            complain(UsageText.told(fullMessage(for: error), language(arguments)))
            return .usage
        }
        complain("vonggac: \(error)")
        return .failed
    }
}
