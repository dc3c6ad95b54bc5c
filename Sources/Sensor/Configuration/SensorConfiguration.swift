import AppLayer
import Bytes
import Detect
import EVE
import Flow

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
    /// Protocols by name that are switched off.
    /// Application protocols that are not looked for.
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
        ProtocolRegistry.all.filter { !disabledProtocols.contains($0.name) }.map { descriptor in
            var descriptor = descriptor
            if let ports = detectionPorts[descriptor.name] { (descriptor.ports, descriptor.clientPorts) = ports }
            if unparsedProtocols.contains(descriptor.name) {
                let proto = descriptor.appProtocol
                descriptor.makeParser = { _, _ in ProtocolParser(proto) }
            }
            if let depth = streamDepths[descriptor.name] { descriptor.streamDepth = depth }
            descriptor.transports.subtract(disabledTransports[descriptor.name] ?? [])
            return descriptor
        }
    }
    public var flowTimeouts = FlowTimeouts()
    public var flowLimit = 262_144
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
    public var interfaces: [String] = []
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
    }

    /// Where the lists for `iprep` are.
    public struct ReputationFiles: Sendable {
        public var categories: String?
        public var files: [String] = []
        public var folder = ""
    }

    private static let defaultAddressGroups: [(name: String, value: String)] = [
        ("HOME_NET", "[192.168.0.0/16,10.0.0.0/8,172.16.0.0/12]"), ("EXTERNAL_NET", "!$HOME_NET"), ("HTTP_SERVERS", "$HOME_NET"),
        ("SMTP_SERVERS", "$HOME_NET"), ("SQL_SERVERS", "$HOME_NET"), ("DNS_SERVERS", "$HOME_NET"), ("TELNET_SERVERS", "$HOME_NET"),
        ("AIM_SERVERS", "$EXTERNAL_NET"), ("DC_SERVERS", "$HOME_NET"), ("DNP3_SERVER", "$HOME_NET"), ("DNP3_CLIENT", "$HOME_NET"),
        ("MODBUS_CLIENT", "$HOME_NET"), ("MODBUS_SERVER", "$HOME_NET"), ("ENIP_CLIENT", "$HOME_NET"), ("ENIP_SERVER", "$HOME_NET"),
    ]

    private static let defaultPortGroups: [(name: String, value: String)] = [
        ("HTTP_PORTS", "80"), ("SHELLCODE_PORTS", "!80"), ("ORACLE_PORTS", "1521"), ("SSH_PORTS", "22"), ("DNP3_PORTS", "20000"),
        ("MODBUS_PORTS", "502"), ("FILE_DATA_PORTS", "[$HTTP_PORTS,110,143]"), ("FTP_PORTS", "21"), ("GENEVE_PORTS", "6081"),
        ("VXLAN_PORTS", "4789"), ("TEREDO_PORTS", "3544"), ("SIP_PORTS", "[5060, 5061]"),
    ]

    private static let knownKeys: Set<String> = [
        "vars", "default-rule-path", "rule-files", "classification-file", "reference-config-file", "threshold-file", "outputs", "stream",
        "app-layer", "detect", "flow", "flow-timeouts", "vlan", "packet-alert-max", "pcap", "af-packet", "pcap-file", "incidents",
        "host-os-policy", "sensor-name", "datasets", "geoip-database", "magic-file", "reputation-categories-file", "reputation-files",
        "default-reputation-path", "action-order", "exception-policy", "defrag", "stats",
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
        merge(tree.at("vars.address-groups"), into: &addressGroups)
        merge(tree.at("vars.port-groups"), into: &portGroups)
        ruleFolder = tree.text("default-rule-path") ?? ruleFolder
        ruleFiles = tree.at("rule-files")?.items.compactMap(\.text) ?? []
        classificationFile = tree.text("classification-file")
        referenceFile = tree.text("reference-config-file")
        thresholdFile = tree.text("threshold-file")
        alertsPerPacket = max(1, tree.integer("packet-alert-max") ?? alertsPerPacket)
        guessesTransactions = tree.flag("detect.guess-applayer-tx") ?? false
        guessesPerTransaction = max(0, tree.integer("detect.stream-tx-log-limit") ?? guessesPerTransaction)
        tracksVLAN = tree.flag("vlan.use-for-tracking") ?? true
        checksumChecks = tree.flag("pcap-file.checksum-checks")
        tracksTunnelDepth = tree.flag("decoder.recursion-level.use-for-tracking") ?? true
        readStream(tree)
        if let outputs = tree["outputs"] { try readOutputs(outputs) }
        readApplications(tree)
        readTimeouts(tree)
        try readDatasets(tree)
        readLists(tree)
        actionOrder = try SensorConfiguration.readActionOrder(tree)
        exceptions = try ExceptionPolicies(tree)
        countsStreamEvents = tree.flag("stats.stream-events") ?? false
        for section in ["af-packet", "pcap"] {
            interfaces += tree.at(section)?.items.compactMap { $0.text("interface") }.filter { $0 != "default" } ?? []
        }
        incidents.database = tree.text("incidents.database")
        incidents.agencies = tree.text("incidents.agencies")
        incidents.correlation = tree.text("incidents.correlation")
        incidents.sensorName = tree.text("incidents.sensor-name") ?? tree.text("sensor-name") ?? incidents.sensorName
    }

    private static func readActionOrder(_ tree: ConfigurationTree) throws(ConfigurationError) -> [RuleAction]? {
        guard let items = tree.at("action-order")?.items, !items.isEmpty else { return nil }
        var order: [RuleAction] = []
        for item in items {
            switch item.text {
            case "pass": order.append(.pass)
            case "drop": order.append(.drop)
            case "reject": order.append(.reject)
            case "alert": order.append(.alert)
            default: throw ConfigurationError("action-order", "\"\(item.text ?? "")\" is not pass, drop, reject or alert")
            }
        }
        return order
    }

    private func merge(_ tree: ConfigurationTree?, into groups: inout [(name: String, value: String)]) {
        for entry in tree?.entries ?? [] {
            guard let value = entry.value.text else { continue }
            if let index = groups.firstIndex(where: { $0.name == entry.key }) {
                groups[index].value = value
            } else {
                groups.append((entry.key, value))
            }
        }
    }

    private mutating func readStream(_ tree: ConfigurationTree) {
        tcp.midstream = tree.flag("stream.midstream") ?? tcp.midstream
        tcp.asyncOneSide = tree.flag("stream.async-oneside") ?? tcp.asyncOneSide
        tcp.inline = tree.flag("stream.inline") ?? tcp.inline
        tcp.checksumValidation = tree.flag("stream.checksum-validation") ?? tcp.checksumValidation
        if let depth = tree.size("stream.reassembly.depth") { tcp.depth = Int64(min(depth, 1 << 40)) }
        if let memory = tree.size("stream.reassembly.memcap") { tcp.memoryLimit = Int(min(memory, 1 << 40)) }
        chunkSize.toServer = Int(tree.size("stream.reassembly.toserver-chunk-size") ?? 2560)
        chunkSize.toClient = Int(tree.size("stream.reassembly.toclient-chunk-size") ?? 2560)
    }

    private mutating func readApplications(_ tree: ConfigurationTree) {
        for entry in tree.at("app-layer.protocols")?.entries ?? [] {
            readProtocol(entry.key, entry.value)
        }
        let http = "app-layer.protocols.http.libhtp.default-config."
        if let limit = tree.size(http + "request-body-limit") { limits.requestBodyLimit = limit }
        if let limit = tree.size(http + "response-body-limit") { limits.responseBodyLimit = limit }
        if let limit = tree.size("app-layer.protocols.http.byterange.memcap") { partialContentLimit = Int(clamping: limit) }
        if let layers = tree.integer(http + "response-body-decompress-layer-limit") { limits.decompressionLayers = max(0, min(layers, 8)) }
        if let limit = tree.size("app-layer.protocols.ftp.max-line-length") { limits.ftpLineLimit = max(1, Int(clamping: limit)) }
        if let limit = tree.size("app-layer.protocols.mqtt.max-msg-length") { limits.mqttMessageLimit = Int(clamping: limit) }
        if let limit = tree.integer("app-layer.protocols.dnp3.max-objects"), limit > 0 { limits.dnp3Objects = limit }
        if let limit = tree.integer("app-layer.protocols.dnp3.max-points"), limit > 0 { limits.dnp3Points = limit }
        if let limit = tree.size(http + "compression-bomb-limit") { limits.decompressionLimit = limit }
        for name in ["ja3", "ja4"] where tree.flag("app-layer.protocols.tls.\(name)-fingerprints") == false { features.remove(name) }
        if let decodes = tree.flag(http + "lzma-enabled") { limits.decodesLZMA = decodes }
        if let limit = tree.size(http + "lzma-memlimit") { limits.lzmaMemoryLimit = UInt32(clamping: limit) }
        if let limit = tree.size("app-layer.protocols.websocket.max-payload-size") {
            limits.webSocketPayloadLimit = Int(clamping: min(limit, 1 << 24))
        }
        readSMB(tree)
        inspectsEncrypted = tree.text("app-layer.protocols.tls.encryption-handling") == "full"
        inspectsSeams = tree.flag("detect.across-pieces") ?? inspectsSeams
        dropIsAlert = tree.flag("detect.drop-is-alert")
    }

    private mutating func readProtocol(_ name: String, _ tree: ConfigurationTree) {
        let transports: [(name: String, value: ProtocolTransports)] = [("tcp", .tcp), ("udp", .udp)]
        if tree.flag("enabled") == false {
            disabledProtocols.insert(name)
        } else if tree.flag("enabled") == true {
            disabledProtocols.remove(name)
        } else if tree.text("enabled") == "detection-only" {
            disabledProtocols.remove(name)
            unparsedProtocols.insert(name)
        } else {
            for transport in transports where tree.flag(transport.name + ".enabled") == false {
                disabledTransports[name, default: []].insert(transport.value)
            }
        }
        let places = [""] + transports.map { $0.name + "." }
        let ports = places.flatMap { SensorConfiguration.ports(tree.at($0 + "detection-ports.dp")) }
        let clientPorts = places.flatMap { SensorConfiguration.ports(tree.at($0 + "detection-ports.sp")) }
        if !ports.isEmpty || !clientPorts.isEmpty { detectionPorts[name] = (ports, clientPorts) }
        if let depth = tree.size("stream-depth") { streamDepths[name] = Int64(clamping: depth) }
        if let limit = tree.integer("max-tx"), limit > 0 { limits.transactionLimits[name] = limit }
    }

    /// `20000`, `"139, 445"`, or a list.
    private static func ports(_ tree: ConfigurationTree?) -> [Port] {
        let texts = tree.map { $0.text.map { [$0] } ?? $0.items.compactMap(\.text) } ?? []
        return texts.flatMap { $0.split(whereSeparator: { ", []".contains($0) }) }.compactMap { UInt16($0) }.map { Port(rawValue: $0) }
    }

    private mutating func readSMB(_ tree: ConfigurationTree) {
        let smb = "app-layer.protocols.smb."
        if let size = tree.size(smb + "max-read-size") { limits.smb.maxReadSize = UInt32(clamping: size) }
        if let size = tree.size(smb + "max-write-size") { limits.smb.maxWriteSize = UInt32(clamping: size) }
        if let size = tree.size(smb + "max-read-queue-size") { limits.smb.maxReadQueueSize = size }
        if let size = tree.size(smb + "max-write-queue-size") { limits.smb.maxWriteQueueSize = size }
        if let count = tree.integer(smb + "max-read-queue-cnt") { limits.smb.maxReadQueueCount = max(0, count) }
        if let count = tree.integer(smb + "max-write-queue-cnt") { limits.smb.maxWriteQueueCount = max(0, count) }
    }

    private mutating func readTimeouts(_ tree: ConfigurationTree) {
        func seconds(_ path: String, _ value: inout Int64) {
            if let number = tree.integer("flow-timeouts." + path), number >= 0 { value = Int64(number) }
        }
        seconds("tcp.new", &flowTimeouts.tcpNew)
        seconds("tcp.established", &flowTimeouts.tcpEstablished)
        seconds("tcp.closed", &flowTimeouts.tcpClosed)
        seconds("udp.new", &flowTimeouts.udpNew)
        seconds("udp.established", &flowTimeouts.udpEstablished)
        seconds("icmp.new", &flowTimeouts.icmpNew)
        seconds("icmp.established", &flowTimeouts.icmpEstablished)
        seconds("default.new", &flowTimeouts.otherNew)
        seconds("default.established", &flowTimeouts.otherEstablished)
    }

    private mutating func readOutputs(_ tree: ConfigurationTree) throws(ConfigurationError) {
        outputs = []
        for item in tree.items {
            for entry in item.entries where entry.key == "eve-log" && entry.value.flag("enabled") == true {
                outputs.append(EVEConfiguration(entry.value))
            }
            for entry in item.entries where entry.key == "file-store" && entry.value.flag("enabled") == true {
                try readFileStore(entry.value)
            }
        }
        for output in outputs { try addHashes(output.fileHashes, "outputs.eve-log.types.files.force-hash") }
    }
}

extension EVEConfiguration {
    /// Every event on, as when there is no configuration.
    static var everything: EVEConfiguration {
        var all = EVEConfiguration()
        for descriptor in ProtocolRegistry.all {
            if let type = descriptor.logType { all.protocols[type.description] = LogOptions() }
        }
        all.anomaly?.decode = true
        all.anomaly?.stream = true
        return all
    }

    var fileHashes: [String] { fileinfo?.forceHash ?? [] }

    /// Reads an `eve-log` section.
    init(_ tree: ConfigurationTree) {
        self.init()
        filename = tree.text("filename") ?? filename
        alert = nil
        flow = false
        anomaly = nil
        fileinfo = nil
        stats = false
        if tree.flag("community-id") == true { communityIDSeed = UInt16(clamping: tree.integer("community-id-seed") ?? 0) }
        namesCaptureFile = tree.flag("pcap-file") ?? true
        metadata = tree.flag("metadata") ?? true
        forwardedFor = ForwardedForOptions(tree["xff"])
        ethernet = tree.flag("ethernet") ?? false
        for item in tree["types"]?.items ?? [] {
            if let name = item.text {
                add(name, .mapping([]))
            } else if let entry = item.entries.first {
                add(entry.key, entry.value)
            }
        }
    }

    private mutating func add(_ name: String, _ options: ConfigurationTree) {
        guard options.flag("enabled") != false else { return }
        switch name {
        case "alert": alert = AlertOptions(options)
        case "flow": flow = true
        case "netflow": netflow = true
        case "stats":
            stats = true
            statsHidesZeros = options.flag("null-values") == false
        case "drop":
            var value = DropOptions()
            value.alerts = options.flag("alerts") ?? false
            value.onlyStart = options.text("flows") != "all"
            value.verdict = options.flag("verdict") ?? false
            drop = value
        case "frame":
            var value = FrameOptions()
            value.payload = options.flag("payload") ?? true
            value.payloadPrintable = options.flag("payload-printable") ?? true
            if let size = options.size("payload-buffer-size") { value.payloadBufferSize = Int(min(size, 1 << 20)) }
            frame = value
        case "anomaly":
            var value = AnomalyOptions()
            value.decode = options.flag("types.decode") ?? false
            value.stream = options.flag("types.stream") ?? false
            value.applayer = options.flag("types.applayer") ?? true
            anomaly = value
        case "files":
            var value = FileOptions()
            value.forceHash = options.at("force-hash")?.items.compactMap(\.text) ?? []
            value.forcesMagic = options.flag("force-magic") ?? false
            value.forwardedFor = ForwardedForOptions(options["xff"])
            fileinfo = value
        default:
            // Only what hands out an address is logged of DHCP unless more is asked for; IKE has the shorter form too.
            var log = LogOptions(isExtended: options.flag("extended") ?? (name != "dhcp" && name != "ike"))
            if name == "dns" { log.dns = DNSLogOptions(options) }
            log.custom = options.at("custom")?.items.compactMap(\.text) ?? []
            log.types = options.at("types")?.items.compactMap(\.text) ?? []
            switch options.text("dump-all-headers") {
            case "both": log.custom.append("both")
            case "request": log.custom.append("request_headers")
            case "response": log.custom.append("response_headers")
            default: break
            }
            if options.flag("passwords") == true { log.custom.append("passwords") }
            log.showsPasswords = options.flag("passwords") ?? true
            if let limit = options.size("string-log-limit") { log.textLimit = Int(clamping: min(limit, 1 << 20)) }
            protocols[name] = log
            // As in Suricata, `ftp` means both connections of FTP.
            if name == "ftp" { protocols["ftp_data"] = log }
        }
    }
}

extension DNSLogOptions {
    init(_ tree: ConfigurationTree) {
        self.init()
        if tree.integer("version") == 2 { version = 2 }
        logsRequests = tree.flag("requests") ?? true
        logsResponses = tree.flag("responses") ?? true
        if let types = tree.at("types") { keep(types: types.items.compactMap(\.text)) }
        if let formats = tree.at("formats")?.items.compactMap(\.text), !formats.isEmpty {
            isDetailed = formats.contains("detailed")
            isGrouped = formats.contains("grouped")
        }
    }
}

extension EVEConfiguration.AlertOptions {
    init(_ tree: ConfigurationTree) {
        self.init()
        payload = tree.flag("payload") ?? false
        payloadPrintable = tree.flag("payload-printable") ?? false
        payloadLength = tree.flag("payload-length") ?? false
        if let size = tree.size("payload-buffer-size") { payloadBufferSize = Int(min(size, 1 << 20)) }
        packet = tree.flag("packet") ?? false
        forwardedFor = ForwardedForOptions(tree["xff"])
        verdict = tree.flag("verdict") ?? false
        taggedPackets = tree.flag("tagged-packets") ?? false
        if let on = tree.flag("metadata") {
            ruleMetadata = on
            flow = on
            appLayer = on
        } else if let part = tree["metadata"] {
            ruleMetadata = part.flag("rule.metadata") ?? true
            ruleText = part.flag("rule.raw") ?? false
            ruleReference = part.flag("rule.reference") ?? false
            flow = part.flag("flow") ?? true
            appLayer = part.flag("app-layer") ?? true
        }
    }
}
