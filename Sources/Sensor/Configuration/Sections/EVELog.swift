import AppLayer
import EVE

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
            for name in options.at("md5")?.items.compactMap(\.text) ?? [] { log.custom.append("md5_" + name) }
            if options.flag("payload") == true || options.flag("payload-base64") == true { log.custom.append("payload_base64") }
            if options.flag("payload-printable") == true { log.custom.append("payload_printable") }
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
        httpBody = tree.flag("http-body") ?? false
        httpBodyPrintable = tree.flag("http-body-printable") ?? false
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

extension ForwardedForOptions {
    /// An `xff` section; nil where it is off.
    init?(_ tree: ConfigurationTree?) {
        guard let tree, tree.flag("enabled") == true else { return nil }
        self.init()
        if tree.text("mode")?.lowercased() == "overwrite" { mode = .overwrite }
        if tree.text("deployment")?.lowercased() == "forward" { deployment = .forward }
        header = tree.text("header") ?? header
    }
}
