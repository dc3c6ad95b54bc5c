import Detect

/// `datasets`: lists of values that rules look up.
extension SensorConfiguration {
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
}
