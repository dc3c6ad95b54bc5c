/// Lists for `iprep`, `geoip` and `filemagic`, which stand at the top level.
extension SensorConfiguration {
    mutating func readLists(_ tree: ConfigurationTree) {
        reputation.categories = tree.text("reputation-categories-file")
        reputation.files = tree.at("reputation-files")?.items.compactMap(\.text) ?? []
        reputation.folder = tree.text("default-reputation-path") ?? ""
        countryDatabase = tree.text("geoip-database")
        magicFile = tree.text("magic-file")
    }
}
