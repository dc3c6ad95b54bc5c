/// `af-packet`, `pcap` and `pcap-file`: where packets come from.
extension SensorConfiguration {
    mutating func readCapture(_ tree: ConfigurationTree) {
        checksumChecks = tree.flag("pcap-file.checksum-checks")
        for section in ["af-packet", "pcap"] {
            interfaces += tree.at(section)?.items.compactMap { $0.text("interface") }.filter { $0 != "default" } ?? []
        }
    }
}
