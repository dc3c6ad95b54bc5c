import ArgumentParser

extension RunMode: ExpressibleByArgument {}

/// The command line: flags mean what they mean in Suricata and tcpdump.
struct SensorOptions: ParsableArguments {
    @Option(
        name: .customShort("r"), help: ArgumentHelp("Read a capture file or a folder of them; - for standard input.", valueName: "path"),
        completion: .file())
    var read: String?

    @Option(name: .customShort("i"), help: ArgumentHelp("Capture live on an interface; may be repeated.", valueName: "interface"))
    var interfaces: [String] = []

    @Option(
        name: .customShort("c"), help: ArgumentHelp("Configuration file (suricata.yaml works as it is).", valueName: "file"),
        completion: .file())
    var configuration: String?

    @Option(name: .customShort("S"), help: ArgumentHelp("Load only these rules; may be repeated.", valueName: "file"), completion: .file())
    var onlyRules: [String] = []

    @Option(
        name: .customShort("s"), help: ArgumentHelp("Load these rules besides the configured ones; may be repeated.", valueName: "file"),
        completion: .file())
    var moreRules: [String] = []

    @Option(name: .customShort("l"), help: ArgumentHelp("Folder for eve.json.", valueName: "folder"), completion: .directory)
    var logFolder = "."

    @Option(name: .customShort("k"), help: ArgumentHelp("Look at checksums: all, none, or auto.", valueName: "mode"))
    var checksums = "auto"

    @Flag(name: .customShort("T"), help: "Test configuration and rules, then exit.")
    var test = false

    @Option(name: .customShort("F"), help: ArgumentHelp("File with a BPF filter.", valueName: "file"), completion: .file())
    var filterFile: String?

    @Option(name: .customLong("set"), help: ArgumentHelp("Set a configuration value, dotted; may be repeated.", valueName: "key=value"))
    var settings: [String] = []

    @Option(
        name: .customLong("data-dir"), help: ArgumentHelp("Folder of datasets that rules save.", valueName: "folder"),
        completion: .directory)
    var dataFolder: String?

    @Flag(name: .customLong("disable-detection"), help: "Load no rules.")
    var disableDetection = false

    @Option(
        name: .customLong("runmode"),
        help: ArgumentHelp(
            "single: one worker; workers or autofp: one for each core. Usual for interfaces: workers, for captures: single.",
            valueName: "mode"))
    var runmode: RunMode?

    @Flag(name: .customLong("no-random"), help: "As Suricata's: sizes and seeds are not randomised. Here they never are.")
    var noRandom = false

    @Flag(name: .customLong("simulate-ips"), help: "Inspect and report as an inline sensor would; nothing is blocked.")
    var simulateIPS = false

    @Flag(name: .customLong("engine-analysis"), help: "Write what the engine makes of each rule to the log folder, then exit.")
    var engineAnalysis = false

    @Flag(name: .customLong("init-errors-fatal"), help: "A rule that cannot be loaded ends the start.")
    var initErrorsFatal = false

    @Flag(name: .customLong("pcap-file-recursive"), help: "Read folders below the folder too.")
    var recursive = false

    @Flag(name: .customLong("pcap-file-continuous"), help: "Flows go on from one file of a folder to the next.")
    var continuous = false

    @Option(name: .customLong("incidents"), help: ArgumentHelp("Incident database to write to.", valueName: "file"), completion: .file())
    var incidents: String?

    @Flag(name: .customShort("V"), help: "Print the version.")
    var version = false

    @Option(name: .customLong("list-keywords"), help: ArgumentHelp("List rule keywords: all, csv, or one by name.", valueName: "what"))
    var listKeywords: String?

    @Flag(name: .customLong("list-app-layer-protos"), help: "List application protocols.")
    var listProtocols = false

    @Argument(help: ArgumentHelp("BPF filter.", valueName: "filter"))
    var filter: [String] = []

    mutating func validate() throws {
        guard ["all", "none", "auto"].contains(checksums) else {
            throw ValidationError("-k takes all, none or auto, not \"\(checksums)\"")
        }
        for setting in settings where !setting.contains("=") {
            throw ValidationError("--set takes key=value, not \"\(setting)\"")
        }
        let actions = [read != nil, !interfaces.isEmpty].filter { $0 }.count
        guard actions <= 1 else { throw ValidationError("-r and -i exclude each other") }
    }
}
