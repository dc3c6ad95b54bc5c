import AppLayer
import ArgumentParser
import Bytes
import Capture
import Detect
import EVE
import Glibc
import Incidents
import Wording

/// The program `vonggac-sensor`: reads the command line and the configuration, loads the rules, and runs packets through a worker.
public enum SensorProgram {
    public static let version = "0.1.0"

    /// Runs with these arguments (without the program's name) and gives the exit code.
    public static func run(_ arguments: [String]) -> ExitCode {
        // The value of --list-keywords is optional, as in Suricata.
        let arguments = arguments.map { $0 == "--list-keywords" ? "--list-keywords=all" : $0 }
        let options: SensorOptions
        do {
            options = try SensorCommandLine.parse(arguments).options
        } catch {
            let isHelp = SensorCommandLine.exitCode(for: error).rawValue == 0
            let text = SensorCommandLine.fullMessage(for: error)
            if isHelp { print(text) } else { report(text) }
            return isHelp ? .done : .usage
        }
        do {
            return try run(options)
        } catch {
            report("vonggac-sensor: \(text(of: error))")
            return .failed
        }
    }

    /// One line about an error.
    static func text(of error: any Error) -> String { (error as? any BilingualError)?.english ?? "\(error)" }

    static func report(_ line: String) {
        // A bar that stands there gives way.
        let clear = CaptureProgress.isShown.load(ordering: .relaxed) ? "\u{1b}[K" : ""
        let bytes = Array((clear + line + "\n").utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(2, $0.baseAddress, $0.count) }
    }

    private static func run(_ options: SensorOptions) throws -> ExitCode {
        if options.version {
            print("vonggac-sensor \(version)")
            return .done
        }
        if options.listProtocols {
            for name in ProtocolRegistry.all.map(\.name).sorted() { print(name) }
            return .done
        }
        if let what = options.listKeywords { return KeywordListing.run(what) }
        var tree = try options.configuration.map { try ConfigurationTree.load($0) }
        for setting in options.settings {
            let parts = setting.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            tree = (tree ?? .mapping([])).setting(String(parts[0]), to: String(parts[1]))
        }
        var configuration = try SensorConfiguration(tree)
        if options.configuration == nil { configuration.outputs = [EVEConfiguration.everything] }
        if tree?["outputs"] == nil { configuration.outputs = [EVEConfiguration.everything] }
        if options.simulateIPS {
            configuration.simulatesIPS = true
            configuration.tcp.inline = true
        }
        if let folder = options.dataFolder { configuration.datasets.dataFolder = folder }
        // A passive sensor that stopped looking at what it cannot stop would only make itself blind.
        configuration.dropIsAlert = configuration.dropIsAlert ?? (options.read == nil)
        if let incidents = options.incidents { configuration.incidents.database = incidents }
        if !configuration.unusedKeys.isEmpty {
            report("configuration: not used here: \(configuration.unusedKeys.joined(separator: ", "))")
        }
        for warning in configuration.warnings { report("warning: \(warning)") }
        // Who asks for a reload while the sensor starts gets one, and does not end it.
        if options.read == nil, !options.test { ReloadSignal.install() }
        var rules = try RuleFiles.load(options, configuration)
        if options.engineAnalysis {
            guard let rules else { throw ConfigurationError("--engine-analysis", "there are no rules: name a file with -S") }
            try EngineAnalysis.write(rules.rules, folder: options.logFolder)
            return .done
        }
        if options.test {
            report("configuration and rules are in order")
            return .done
        }
        guard options.read != nil || !options.interfaces.isEmpty || !configuration.interfaces.isEmpty else {
            report("vonggac-sensor: nothing to do: give a capture with -r or an interface with -i")
            return .usage
        }
        let run = try SensorRun(options: options, configuration: configuration, rules: rules)
        // A reload lets go of them: nobody else may hold them then.
        rules = nil
        return try run.run()
    }
}
