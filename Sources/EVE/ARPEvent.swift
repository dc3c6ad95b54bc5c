import Bytes
import Decode

extension EventWriter {
    /// `arp`: one message, where the configuration asks for them.
    public func arp(_ message: ARPMessage, subject: EventSubject) {
        guard configuration.protocols["arp"] != nil else { return }
        begin("arp", subject)
        file.json.key("arp")
        file.json.beginObject()
        file.json.key("hw_type")
        file.json.string("ethernet" as StaticString)
        file.json.key("proto_type")
        file.json.string("ipv4" as StaticString)
        file.json.key("opcode")
        switch message.operation {
        case 1: file.json.string("request" as StaticString)
        case 2: file.json.string("reply" as StaticString)
        case 3: file.json.string("request_reverse" as StaticString)
        case 4: file.json.string("reply_reverse" as StaticString)
        default: file.json.string("unknown" as StaticString)
        }
        hardwareAddress("src_mac", message.sourceHardware)
        file.json.key("src_ip")
        file.json.address(message.source)
        hardwareAddress("dest_mac", message.targetHardware)
        file.json.key("dest_ip")
        file.json.address(message.target)
        file.json.endObject()
        end()
    }

    private func hardwareAddress(_ key: StaticString, _ address: UInt64) {
        file.json.key(key)
        file.json.beginText()
        for index in 0..<6 {
            if index > 0 { file.json.buffer.append(58) }
            file.json.buffer.append(hex: UInt8(truncatingIfNeeded: address >> (40 - 8 * UInt64(index))))
        }
        file.json.endText()
    }
}
