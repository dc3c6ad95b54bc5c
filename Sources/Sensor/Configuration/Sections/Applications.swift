import AppLayer
import Bytes

/// `app-layer`: protocols and the bounds of their parsers.
extension SensorConfiguration {
    mutating func readApplications(_ tree: ConfigurationTree) {
        for entry in tree.at("app-layer.protocols")?.entries ?? [] {
            readProtocol(entry.key, entry.value)
        }
        let http = "app-layer.protocols.http.libhtp.default-config."
        if let limit = tree.size(http + "request-body-limit") { limits.requestBodyLimit = limit }
        if let limit = tree.size(http + "response-body-limit") { limits.responseBodyLimit = limit }
        if let limit = tree.size("app-layer.protocols.http.byterange.memcap") { partialContentLimit = Int(clamping: limit) }
        if let layers = tree.integer(http + "response-body-decompress-layer-limit") { limits.decompressionLayers = max(0, min(layers, 8)) }
        if let limit = tree.size("app-layer.protocols.ftp.max-line-length") { limits.ftpLineLimit = max(1, Int(clamping: limit)) }
        if let limit = tree.size("app-layer.protocols.mqtt.max-msg-length") { limits.mqttMessageLimit = Int(clamping: limit) }
        if let limit = tree.integer("app-layer.protocols.dnp3.max-objects"), limit > 0 { limits.dnp3Objects = limit }
        if let limit = tree.integer("app-layer.protocols.dnp3.max-points"), limit > 0 { limits.dnp3Points = limit }
        if let limit = tree.size(http + "compression-bomb-limit") { limits.decompressionLimit = limit }
        for name in ["ja3", "ja4"] where tree.flag("app-layer.protocols.tls.\(name)-fingerprints") == false { features.remove(name) }
        if let decodes = tree.flag(http + "lzma-enabled") { limits.decodesLZMA = decodes }
        if let limit = tree.size(http + "lzma-memlimit") { limits.lzmaMemoryLimit = UInt32(clamping: limit) }
        if let limit = tree.size("app-layer.protocols.websocket.max-payload-size") {
            limits.webSocketPayloadLimit = Int(clamping: min(limit, 1 << 24))
        }
        let http2 = "app-layer.protocols.http2."
        if let streams = tree.integer(http2 + "max-streams"), streams > 0 { limits.http2.streams = streams }
        if let size = tree.size(http2 + "max-table-size") { limits.http2.tableBytes = Int(clamping: min(size, 1 << 20)) }
        if let size = tree.size(http2 + "max-reassembly-size") { limits.http2.blockBytes = Int(clamping: min(size, 1 << 24)) }
        readSMB(tree)
        inspectsEncrypted = tree.text("app-layer.protocols.tls.encryption-handling") == "full"
    }

    private mutating func readProtocol(_ name: String, _ tree: ConfigurationTree) {
        let transports: [(name: String, value: ProtocolTransports)] = [("tcp", .tcp), ("udp", .udp)]
        if tree.flag("enabled") == false {
            disabledProtocols.insert(name)
        } else if tree.flag("enabled") == true {
            disabledProtocols.remove(name)
        } else if tree.text("enabled") == "detection-only" {
            disabledProtocols.remove(name)
            unparsedProtocols.insert(name)
        } else {
            for transport in transports where tree.flag(transport.name + ".enabled") == false {
                disabledTransports[name, default: []].insert(transport.value)
            }
        }
        let places = [""] + transports.map { $0.name + "." }
        let ports = places.flatMap { SensorConfiguration.ports(tree.at($0 + "detection-ports.dp")) }
        let clientPorts = places.flatMap { SensorConfiguration.ports(tree.at($0 + "detection-ports.sp")) }
        if !ports.isEmpty || !clientPorts.isEmpty { detectionPorts[name] = (ports, clientPorts) }
        if let depth = tree.size("stream-depth") { streamDepths[name] = Int64(clamping: depth) }
        if let limit = tree.integer("max-tx"), limit > 0 { limits.transactionLimits[name] = limit }
    }

    /// `20000`, `"139, 445"`, or a list.
    private static func ports(_ tree: ConfigurationTree?) -> [Port] {
        let texts = tree.map { $0.text.map { [$0] } ?? $0.items.compactMap(\.text) } ?? []
        return texts.flatMap { $0.split(whereSeparator: { ", []".contains($0) }) }.compactMap { UInt16($0) }.map { Port(rawValue: $0) }
    }

    private mutating func readSMB(_ tree: ConfigurationTree) {
        let smb = "app-layer.protocols.smb."
        if let size = tree.size(smb + "max-read-size") { limits.smb.maxReadSize = UInt32(clamping: size) }
        if let size = tree.size(smb + "max-write-size") { limits.smb.maxWriteSize = UInt32(clamping: size) }
        if let size = tree.size(smb + "max-read-queue-size") { limits.smb.maxReadQueueSize = size }
        if let size = tree.size(smb + "max-write-queue-size") { limits.smb.maxWriteQueueSize = size }
        if let count = tree.integer(smb + "max-read-queue-cnt") { limits.smb.maxReadQueueCount = max(0, count) }
        if let count = tree.integer(smb + "max-write-queue-cnt") { limits.smb.maxWriteQueueCount = max(0, count) }
    }
}
