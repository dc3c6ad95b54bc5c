import EVE

/// `outputs`: eve-log and file-store.
extension SensorConfiguration {
    mutating func readOutputs(_ tree: ConfigurationTree) throws(ConfigurationError) {
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
