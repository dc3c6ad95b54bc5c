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
