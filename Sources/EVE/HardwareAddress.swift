import Bytes

/// An Ethernet address.
@frozen public struct HardwareAddress: Hashable, Sendable, BitwiseCopyable {
    /// The six bytes, the first as the most significant.
    public var rawValue: UInt64

    /// - Parameter bytes: at least six.
    public init(_ bytes: RawSpan) { rawValue = UInt64(bytes.uint32(at: 0)) << 16 | UInt64(bytes.uint16(at: 4)) }
}

extension EventWriter {
    private func value(_ address: HardwareAddress) {
        file.json.beginText()
        for index in 0..<6 {
            if index > 0 { file.json.buffer.append(58) }
            file.json.buffer.append(hex: UInt8(truncatingIfNeeded: address.rawValue >> UInt64(40 - 8 * index)))
        }
        file.json.endText()
    }

    /// `ether` of an event about a packet.
    func hardware(_ source: HardwareAddress, _ destination: HardwareAddress) {
        file.json.key("ether")
        file.json.beginObject()
        file.json.key("src_mac")
        value(source)
        file.json.key("dest_mac")
        value(destination)
        file.json.endObject()
    }

    /// `ether` of a flow.
    func hardwareLists(_ lists: (sources: [HardwareAddress], destinations: [HardwareAddress])) {
        guard !lists.sources.isEmpty else { return }
        file.json.key("ether")
        file.json.beginObject()
        file.json.key("dest_macs")
        file.json.beginArray()
        for address in lists.destinations { value(address) }
        file.json.endArray()
        file.json.key("src_macs")
        file.json.beginArray()
        for address in lists.sources { value(address) }
        file.json.endArray()
        file.json.endObject()
    }
}
