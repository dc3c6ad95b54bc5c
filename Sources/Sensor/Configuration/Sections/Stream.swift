import Bytes
import Decode
import Flow

/// `stream` and `host-os-policy`: TCP, its reassembly, and the systems that receive it.
extension SensorConfiguration {
    mutating func readStream(_ tree: ConfigurationTree) throws(ConfigurationError) {
        tcp.midstream = tree.flag("stream.midstream") ?? tcp.midstream
        tcp.asyncOneSide = tree.flag("stream.async-oneside") ?? tcp.asyncOneSide
        tcp.inline = tree.flag("stream.inline") ?? tcp.inline
        tcp.liberalTimestamps = tree.flag("stream.liberal-timestamps") ?? tcp.liberalTimestamps
        tcp.checksumValidation = tree.flag("stream.checksum-validation") ?? tcp.checksumValidation
        if let depth = tree.size("stream.reassembly.depth") { tcp.depth = Int64(min(depth, 1 << 40)) }
        if let memory = tree.size("stream.reassembly.memcap") { tcp.memoryLimit = Int(min(memory, 1 << 40)) }
        chunkSize.toServer = Int(tree.size("stream.reassembly.toserver-chunk-size") ?? 2560)
        chunkSize.toClient = Int(tree.size("stream.reassembly.toclient-chunk-size") ?? 2560)
        try readUrgentData(tree)
        try readHosts(tree)
    }

    private mutating func readUrgentData(_ tree: ConfigurationTree) throws(ConfigurationError) {
        if let written = tree.text("stream.reassembly.urgent.policy") {
            guard let policy = UrgentPolicy(rawValue: written) else {
                throw ConfigurationError("stream.reassembly.urgent.policy", "\"\(written)\" is not oob, inline, drop or gap")
            }
            tcp.urgent = policy
        }
        if let written = tree.text("stream.reassembly.urgent.oob-limit-policy") {
            guard let policy = UrgentPolicy(rawValue: written), policy != .oob else {
                throw ConfigurationError("stream.reassembly.urgent.oob-limit-policy", "\"\(written)\" is not inline, drop or gap")
            }
            tcp.urgentOverLimit = policy
        }
    }

    private mutating func readHosts(_ tree: ConfigurationTree) throws(ConfigurationError) {
        for entry in tree.at("host-os-policy")?.entries ?? [] {
            guard let policy = HostPolicy(rawValue: entry.key.lowercased()) else {
                throw ConfigurationError("host-os-policy", "\(entry.key) is no system that is known")
            }
            let lone = entry.value.text.map { [$0] } ?? []
            for written in lone + entry.value.items.compactMap(\.text) {
                for address in written.split(whereSeparator: { "[], ".contains($0) }) {
                    guard let prefix = IPPrefix(String(address)) else {
                        throw ConfigurationError("host-os-policy.\(entry.key)", "\"\(address)\" is no address or network")
                    }
                    tcp.hosts.add(prefix, policy)
                }
            }
        }
    }
}
