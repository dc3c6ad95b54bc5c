import ArgumentParser

/// The command line of `vonggac-sensor`, under its own name.
struct SensorCommandLine: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "vonggac-sensor", abstract: "Watch a network, or read captures: events to eve.json, incidents to a database.",
        discussion: """
            Flags, configuration and rules are Suricata's. vonggac-sensor -r office.pcap -S office.rules -l out reads a capture; vonggac-sensor -i eth1 \
            -c /etc/vonggac/vonggac.yaml watches an interface. Exit code 0 done, 1 configuration, rules or input, 2 wrong use.
            """, version: SensorProgram.version)
    @OptionGroup var options: SensorOptions
}

/// What the sensor's command line says of itself, for manual pages and completions.
public enum SensorDocumentation {
    /// As JSON.
    public static var help: String { SensorCommandLine._dumpHelp() }

    public static func completions(for shell: CompletionShell) -> String { SensorCommandLine.completionScript(for: shell) }
}
