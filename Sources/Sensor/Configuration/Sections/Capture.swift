import Capture

/// What the configuration says about one interface.
public struct InterfaceSettings: Sendable {
    public var name: String
    /// nil for one by core.
    public var threads: Int?
    public var spread = FanoutSpread.pairs
    /// nil for a number that no other sensor on this machine has.
    public var clusterID: UInt16?
    /// The kernel puts fragments together before it spreads packets by other means than addresses.
    public var defragments = true
    /// Bytes of the kernel's ring for each worker; nil for the usual.
    public var ringBytes: Int?
    public var blockMilliseconds = 50
    public var isPromiscuous = true
    /// BPF expression besides that of the command line.
    public var filter = ""
    public var snapLength: Int?
    /// nil for `auto` and `kernel`: the first packets decide.
    public var checksumChecks: Bool?

    public init(name: String) { self.name = name }
}

/// `af-packet`, `pcap` and `pcap-file`: where packets come from.
extension SensorConfiguration {
    /// Suricata counts its ring in packets, each in a slot of the usual frame's size.
    private static let slotBytes = 1600

    mutating func readCapture(_ tree: ConfigurationTree) throws(ConfigurationError) {
        checksumChecks = tree.flag("pcap-file.checksum-checks")
        for section in ["af-packet", "pcap"] {
            let items = tree.at(section)?.items ?? []
            var defaults = InterfaceSettings(name: "default")
            if let own = items.first(where: { $0.text("interface") == "default" }) { try readInterface(own, section, &defaults) }
            if section == "af-packet" { interfaceDefaults = defaults }
            for item in items {
                guard let name = item.text("interface"), name != "default" else { continue }
                var settings = defaults
                settings.name = name
                try readInterface(item, section, &settings)
                interfaces.append(settings)
            }
        }
    }

    /// What holds for an interface that the command line names.
    func settings(of interface: String) -> InterfaceSettings {
        if let own = interfaces.first(where: { $0.name == interface }) { return own }
        var settings = interfaceDefaults
        settings.name = interface
        return settings
    }

    private mutating func readInterface(
        _ tree: ConfigurationTree, _ section: String, _ settings: inout InterfaceSettings
    ) throws(ConfigurationError) {
        let place = "\(section).\(settings.name)"
        settings.threads = try SensorConfiguration.threads(tree, "threads", shownAs: place + ".threads") ?? settings.threads
        if let id = tree.integer("cluster-id") {
            guard let id = UInt16(exactly: id) else { throw ConfigurationError(place + ".cluster-id", "\(id) is not from 0 to 65535") }
            settings.clusterID = id
        }
        if let written = tree.text("cluster-type") {
            switch written {
            // cluster_rollover spreads by load, which tears flows apart; Suricata has given it up too.
            case "cluster_flow", "cluster_round_robin", "cluster_rollover": settings.spread = .pairs
            case "cluster_cpu": settings.spread = .cpus
            case "cluster_qm": settings.spread = .queues
            case "cluster_ebpf":
                warnings.append("\(place).cluster-type: eBPF programs are not loaded; packets are spread by the pair of their addresses")
            default:
                throw ConfigurationError(place + ".cluster-type", "\"\(written)\" is not cluster_flow, cluster_cpu or cluster_qm")
            }
        }
        settings.defragments = tree.flag("defrag") ?? settings.defragments
        // With use-mmap off Suricata would read packet by packet, which libpcap never does.
        if let slots = tree.integer("ring-size"), slots > 0 { settings.ringBytes = min(slots, 1 << 20) * SensorConfiguration.slotBytes }
        if let bytes = tree.size("buffer-size"), bytes > 0, section == "pcap" { settings.ringBytes = Int(min(bytes, 1 << 30)) }
        if let milliseconds = tree.integer("block-timeout"), milliseconds > 0 { settings.blockMilliseconds = min(milliseconds, 1000) }
        if let isOff = tree.flag("disable-promisc") { settings.isPromiscuous = !isOff }
        if let isOn = tree.flag("promisc") { settings.isPromiscuous = isOn }
        settings.filter = tree.text("bpf-filter") ?? settings.filter
        if let length = tree.integer("snaplen"), length > 0 { settings.snapLength = min(length, 262_144) }
        if tree.text("checksum-checks") != nil { settings.checksumChecks = tree.flag("checksum-checks") }
        let mode = tree.text("copy-mode") ?? "none"
        if mode != "none" { warnings.append("\(place).copy-mode: \(mode) is not done; this sensor only watches (--simulate-ips)") }
    }
}
