import AppLayer
import Bytes
import Decode
import Detect
import EVE
import Flow
import Incidents
import Trust

/// Everything that the sensor is told: suricata.yaml's own keys, the command line on top.
public struct SensorConfiguration: Sendable {
    public var outputs: [EVEConfiguration] = [EVEConfiguration.everything]
    public var addressGroups: [(name: String, value: String)] = []
    public var portGroups: [(name: String, value: String)] = []
    public var ruleFolder = ""
    public var ruleFiles: [String] = []
    public var classificationFile: String?
    public var referenceFile: String?
    public var thresholdFile: String?
    public var tcp = TCPOptions()
    public var limits = ParserLimits()
    /// Application protocols by name that are not looked for.
    public var disabledProtocols = Set(ProtocolRegistry.all.filter { !$0.isOnByDefault }.map(\.name))
    /// Those that are told apart and not read (`detection-only`).
    public var unparsedProtocols: Set<String> = []
    /// Transports on which one of them is not looked for.
    public var disabledTransports: [String: ProtocolTransports] = [:]
    /// `stream-depth` by protocol.
    public var streamDepths: [String: Int64] = [:]
    /// `detection-ports` by protocol, instead of its usual ports.
    public var detectionPorts: [String: (server: [Port], client: [Port])] = [:]

    /// What detection looks for, with the ports that the configuration gives.
    public var protocols: [ProtocolDescriptor] {
        ProtocolRegistry.all.filter { !disabledProtocols.contains($0.name) }.map { (descriptor: ProtocolDescriptor) -> ProtocolDescriptor in
            let name = descriptor.name
            let proto = descriptor.appProtocol
            let bare: @Sendable (ParserLimits, ProtocolTransports) -> ProtocolParser = { _, _ in ProtocolParser(proto) }
            return descriptor.changed(
                transports: descriptor.transports.subtracting(disabledTransports[name] ?? []),
                ports: detectionPorts[name]?.server ?? descriptor.ports,
                clientPorts: detectionPorts[name]?.client ?? descriptor.clientPorts,
                streamDepth: streamDepths[name] ?? descriptor.streamDepth,
                makeParser: unparsedProtocols.contains(name) ? bare : descriptor.makeParser)
        }
    }
    public var flowTimeouts = FlowTimeouts()
    public var flowLimit = 262_144
    public var defragmentation = Defragmenter.Limits()
    public var tracksVLAN = true
    /// `decoder.recursion-level.use-for-tracking`: a flow inside of a tunnel differs from the same outside.
    public var tracksTunnelDepth = true
    public var alertsPerPacket = 15
    /// `detect.guess-applayer-tx`: alerts on packets and streams show the only open transaction.
    public var guessesTransactions = false
    /// `detect.stream-tx-log-limit`: how many alerts do so for one transaction.
    public var guessesPerTransaction = 4
    /// Which actions of rules go first; nil for the usual order.
    public var actionOrder: [RuleAction]?
    /// Folder of compiled rules (`detect.sgh-mpm-caching-path`); nil where there is to be none (`detect.sgh-mpm-caching: no`).
    public var ruleCache = RuleCaching.usualFolder
    public var exceptions = ExceptionPolicies()
    /// `stats.stream-events`: counters of stream events.
    public var countsStreamEvents = false
    /// `stream.reassembly.toserver-chunk-size` and its counterpart: raw bytes that are waited for.
    public var chunkSize: (toServer: Int, toClient: Int) = (2560, 2560)
    /// Keep inspecting encrypted records (`encryption-handling: full`).
    public var inspectsEncrypted = false
    /// Look for patterns that lie across two inspected pieces of a stream (`detect.across-pieces`); Suricata does not.
    public var inspectsSeams = true
    /// `detect.drop-is-alert`: drop and reject rules alert and decide nothing about the rest of the flow. nil: live sensors do so, runs
    /// over captures do as Suricata does.
    public var dropIsAlert: Bool?
    /// `af-packet` and `pcap`: the interfaces to watch where the command line names none.
    public var interfaces: [InterfaceSettings] = []
    /// What holds for interfaces that the configuration does not name.
    public var interfaceDefaults = InterfaceSettings(name: "default")
    /// nil for what is usual: see ``RunMode``.
    public var runmode: RunMode?
    /// `threading.detect-thread-ratio`: workers by core, over captures.
    public var workersPerCore = 1.0
    /// `pcap-file.threads`: workers over captures, whatever the cores.
    public var fileThreads: Int?
    /// `stats.interval`: seconds between two `stats` events of a live sensor.
    public var statsInterval = 8
    /// `stats.prometheus-file`: where the same counters go as Prometheus text; nil for nowhere.
    public var metricsFile: String?
    /// Show what an inline sensor would have blocked (`--simulate-ips`): nothing is blocked.
    public var simulatesIPS = false
    public var incidents = IncidentOptions()
    public var fileStore: FileStoreSettings?
    /// `pcap-file.checksum-checks`, for runs without `-k`.
    public var checksumChecks: Bool?
    /// Bytes of parts of files that wait for the others.
    public var partialContentLimit = 100 << 20
    /// libmagic's database, when it is not the system's.
    public var magicFile: String?
    public var datasets = DatasetOptions()
    /// Datasets that the configuration names itself.
    public var datasetRequests: [DatasetRequest] = []
    public var reputation = ReputationFiles()
    /// The GeoIP2 database.
    public var countryDatabase: String?
    /// What `requires: feature` in rules may ask for.
    public var features: Set<String> = ["ja3", "ja4"]
    /// What is worth saying about the configuration.
    public var warnings: [String] = []
    /// Top-level keys that this sensor has no use for.
    public var unusedKeys: [String] = []

    public struct IncidentOptions: Sendable {
        public var database: String?
        public var agencies: String?
        public var correlation: String?
        public var sensorName = "sensor"
        /// What a live sensor deletes by itself; nil for nothing.
        public var retention: RetentionPolicy?
        /// The key with which a live sensor signs the ledger's end; nil to sign nothing.
        public var checkpointKey: String?
        /// Where that key's passphrase comes from; nil where it is under none.
        public var checkpointPassphrase: PassphraseSource?
        public var checkpointHours = 24.0
        /// Where checkpoints go; nil for `checkpoints` beside the database.
        public var checkpointFolder: String?
    }

    /// Where the lists for `iprep` are.
    public struct ReputationFiles: Sendable {
        public var categories: String?
        public var files: [String] = []
        public var folder = ""
    }

    private static let knownKeys: Set<String> = [
        "vars", "default-rule-path", "rule-files", "classification-file", "reference-config-file", "threshold-file", "outputs", "stream",
        "app-layer", "detect", "flow", "flow-timeouts", "vlan", "packet-alert-max", "pcap", "af-packet", "pcap-file", "incidents",
        "host-os-policy", "sensor-name", "datasets", "geoip-database", "magic-file", "reputation-categories-file", "reputation-files",
        "default-reputation-path", "action-order", "exception-policy", "defrag", "stats", "runmode", "threading",
    ]

    public init() {
        addressGroups = SensorConfiguration.defaultAddressGroups
        portGroups = SensorConfiguration.defaultPortGroups
    }

    /// - Parameter tree: the configuration file with `--set` applied; nil when there is none.
    public init(_ tree: ConfigurationTree?) throws(ConfigurationError) {
        self.init()
        guard let tree else { return }
        unusedKeys = tree.entries.map(\.key).filter { !SensorConfiguration.knownKeys.contains($0) }
        readVariables(tree)
        ruleFolder = tree.text("default-rule-path") ?? ruleFolder
        ruleFiles = tree.at("rule-files")?.items.compactMap(\.text) ?? []
        classificationFile = tree.text("classification-file")
        referenceFile = tree.text("reference-config-file")
        thresholdFile = tree.text("threshold-file")
        alertsPerPacket = max(1, tree.integer("packet-alert-max") ?? alertsPerPacket)
        tracksVLAN = tree.flag("vlan.use-for-tracking") ?? true
        tracksTunnelDepth = tree.flag("decoder.recursion-level.use-for-tracking") ?? true
        try readStream(tree)
        if let outputs = tree["outputs"] { try readOutputs(outputs) }
        readApplications(tree)
        readTimeouts(tree)
        readFlowLimits(tree)
        try readDatasets(tree)
        readLists(tree)
        try readDetection(tree)
        exceptions = try ExceptionPolicies(tree)
        countsStreamEvents = tree.flag("stats.stream-events") ?? false
        try readThreads(tree)
        try readCapture(tree)
        try readIncidents(tree)
    }
}
