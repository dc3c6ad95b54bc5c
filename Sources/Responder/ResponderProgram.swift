import ArgumentParser
import Foundation
import Incidents
import Playbooks
import Terminal
import Wording

/// The program `vonggac`: noun, then verb.
public struct VongGac: ParsableCommand {
    public static let configuration = CommandConfiguration(
        commandName: "vonggac", abstract: "Work on incidents that the sensors found.",
        discussion: "The state lies in --state, VONGGAC_STATE, or /var/lib/vonggac.", version: "0.1.0",
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
                try command.run()
                return .done
            } catch {
                return report(error, arguments)
            }
        } catch {
            let isHelp = exitCode(for: error).rawValue == 0
            let text = fullMessage(for: error)
            if isHelp { print(text) } else { complain(text) }
            return isHelp ? .done : .usage
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

    private static func complain(_ text: String) { FileHandle.standardError.write(Data((text + "\n").utf8)) }

    private static func report(_ error: any Error, _ arguments: [String]) -> ExitCode {
        if let failure = error as? CommandFailure {
            if let message = failure.message { complain(message) }
            return failure.code
        }
        if let error = error as? any BilingualError {
            let wantsEnglish = arguments.contains("en") || (ProcessInfo.processInfo.environment["LANG"] ?? "").hasPrefix("en")
            complain("vonggac: " + (wantsEnglish ? error.english : error.vietnamese))
            if error is NotFoundError || error is UnknownPlaybookError { return .notFound }
            return isRefusal(error) ? .refused : .failed
        }
        if exitCode(for: error) == .success {
            print(fullMessage(for: error))
            return .done
        }
        if exitCode(for: error).rawValue == 64 {
            complain(fullMessage(for: error))
            return .usage
        }
        complain("vonggac: \(error)")
        return .failed
    }
}
