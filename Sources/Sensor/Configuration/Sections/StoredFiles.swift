import AppLayer

/// `file-store`, and the digests of files.
extension SensorConfiguration {
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

    /// A limit that may be `no`.
    private static func limit<Value>(_ text: String, _ place: String, _ example: String, _ read: (String) -> Value?)
        throws(ConfigurationError) -> Value?
    {
        if text == "no" { return nil }
        guard let value = read(text) else { throw ConfigurationError(place, "\"\(text)\" is no limit; write one \(example)") }
        return value
    }

    /// Seconds of a time such as `45m`, `12h` or `30d`; a plain number counts seconds. At least one.
    private static func seconds(_ text: String) -> Int64? {
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        let unit = text.last.flatMap { units[$0] }
        guard let number = Int64(unit == nil ? text[...] : text.dropLast()), (1...1 << 32).contains(number) else { return nil }
        return number * (unit ?? 1)
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
        if let text = tree.text("max-age") {
            settings.limits.age = try SensorConfiguration.limit(text, "outputs.file-store.max-age", "such as 30d, 12h or no") {
                SensorConfiguration.seconds($0)
            }
        }
        if let text = tree.text("max-size") {
            settings.limits.size = try SensorConfiguration.limit(text, "outputs.file-store.max-size", "such as 10gb or no") {
                ConfigurationTree.size($0)
            }
        }
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
