import Bytes

extension SSHTransaction {
    /// EVE's `ssh` object.
    func writeObject(_ json: inout JSONWriter) {
        json.key("ssh")
        json.beginObject()
        write("client", client, &json)
        write("server", server, &json)
        json.endObject()
    }

    private func write(_ key: StaticString, _ side: Side, _ json: inout JSONWriter) {
        guard !side.proto.isEmpty else { return }
        json.key(key)
        json.beginObject()
        json.key("proto_version")
        json.string(side.proto)
        if !side.software.isEmpty {
            json.key("software_version")
            json.string(side.software)
        }
        if !side.hassh.isEmpty {
            json.key("hassh")
            json.beginObject()
            json.key("hash")
            json.string(side.hassh)
            json.key("string")
            json.string(side.hasshString)
            json.endObject()
        }
        json.endObject()
    }
}
