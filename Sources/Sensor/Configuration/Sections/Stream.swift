/// `stream`: TCP and its reassembly.
extension SensorConfiguration {
    mutating func readStream(_ tree: ConfigurationTree) {
        tcp.midstream = tree.flag("stream.midstream") ?? tcp.midstream
        tcp.asyncOneSide = tree.flag("stream.async-oneside") ?? tcp.asyncOneSide
        tcp.inline = tree.flag("stream.inline") ?? tcp.inline
        tcp.checksumValidation = tree.flag("stream.checksum-validation") ?? tcp.checksumValidation
        if let depth = tree.size("stream.reassembly.depth") { tcp.depth = Int64(min(depth, 1 << 40)) }
        if let memory = tree.size("stream.reassembly.memcap") { tcp.memoryLimit = Int(min(memory, 1 << 40)) }
        chunkSize.toServer = Int(tree.size("stream.reassembly.toserver-chunk-size") ?? 2560)
        chunkSize.toClient = Int(tree.size("stream.reassembly.toclient-chunk-size") ?? 2560)
    }
}
