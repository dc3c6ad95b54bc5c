import AppLayer
import Detect
import EVE

/// What the configuration says about files and the lists that rules look things up in.
extension SensorConfiguration {
    mutating func readLists(_ tree: ConfigurationTree) {
        reputation.categories = tree.text("reputation-categories-file")
        reputation.files = tree.at("reputation-files")?.items.compactMap(\.text) ?? []
        reputation.folder = tree.text("default-reputation-path") ?? ""
        countryDatabase = tree.text("geoip-database")
        magicFile = tree.text("magic-file")
    }

    mutating func readDatasets(_ tree: ConfigurationTree) throws(ConfigurationError) {
        datasets.ruleFolder = ruleFolder
        guard let section = tree["datasets"] else { return }
        datasets.allowsWriting = section.flag("rules.allow-write") ?? true
        datasets.allowsAbsolutePaths = section.flag("rules.allow-absolute-filenames") ?? false
        datasets.memoryLimit = section.size("defaults.memcap").map { Int(clamping: $0) }
        if let size = section.size("defaults.hashsize") { datasets.hashSize = Int(clamping: size) }
        if let size = section.size("limits.single-hashsize") { datasets.largestHashSize = Int(clamping: size) }
        if let size = section.size("limits.total-hashsizes") { datasets.hashSizes = Int(clamping: size) }
        for entry in section.entries {
            guard let type = entry.value.text("type") else { continue }
            guard let kind = DatasetKind(rawValue: type) else {
                throw ConfigurationError("datasets.\(entry.key).type", "\"\(type)\" is not string, md5, sha256, ipv4 or ip")
            }
            var request = DatasetRequest(name: entry.key)
            request.kind = kind
            request.load = entry.value.text("load")
            request.save = entry.value.text("state")
            request.memoryLimit = entry.value.size("memcap").map { Int(clamping: $0) }
            request.hashSize = entry.value.size("hashsize").map { Int(clamping: $0) }
            datasetRequests.append(request)
        }
    }

    mutating func addHashes(_ names: [String], _ place: String) throws(ConfigurationError) {
        for name in names {
            switch name {
            case "md5": limits.fileHashes.insert(.md5)
            case "sha1": limits.fileHashes.insert(.sha1)
            case "sha256": limits.fileHashes.formUnion([.sha256, .digestsParts])
            default: throw ConfigurationError(place, "\"\(name)\" is not md5, sha1 or sha256")
            }
        }
    }

    mutating func readFileStore(_ tree: ConfigurationTree) throws(ConfigurationError) {
        guard (tree.integer("version") ?? 1) >= 2 else {
            warnings.append("outputs.file-store: only version 2 is there; set version: 2")
            return
        }
        var settings = FileStoreSettings()
        settings.folder = tree.text("dir") ?? settings.folder
        settings.isForced = tree.flag("force-filestore") ?? false
        settings.writesInfo = tree.flag("write-fileinfo") ?? false
        settings.forcesMagic = tree.flag("force-magic") ?? false
        settings.openFiles = max(0, min(tree.integer("max-open-files") ?? 0, 4096))
        try addHashes(tree.at("force-hash")?.items.compactMap(\.text) ?? [], "outputs.file-store.force-hash")
        if tree.text("stream-depth") != "no", let depth = tree.size("stream-depth") {
            let bounded = Int64(min(depth, 1 << 40))
            if bounded != 0, tcp.depth != 0, bounded <= tcp.depth {
                warnings.append(
                    "file-store.stream-depth value \(bounded) has no effect since it's less than stream.reassembly.depth value.")
            } else {
                settings.streamDepth = bounded
            }
        }
        fileStore = settings
        features.insert("output::file-store")
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
