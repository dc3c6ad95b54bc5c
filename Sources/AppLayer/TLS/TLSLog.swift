import Bytes

extension TLSTransaction {
    /// EVE's `tls` object.
    func writeObject(_ json: inout JSONWriter, _ options: LogOptions) {
        func wants(_ field: String, basic: Bool = false) -> Bool {
            options.custom.isEmpty || options.isInAlert ? basic || options.isExtended || options.isInAlert : options.custom.contains(field)
        }
        json.key("tls")
        json.beginObject()
        if let leaf = serverChain.leaf {
            if wants("subject", basic: true) { write("subject", leaf.subject, &json) }
            if wants("issuer", basic: true) { write("issuerdn", leaf.issuer, &json) }
            if wants("subjectaltname"), !leaf.alternativeNames.isEmpty { write("subjectaltname", leaf.alternativeNames, &json) }
            if wants("serial") { write("serial", leaf.serial, &json) }
        } else if isResumed, wants("session_resumed", basic: true) {
            json.key("session_resumed")
            json.bool(true)
        }
        if upgradedFrom != .unknown, wants("from_proto", basic: true) {
            json.key("from_proto")
            json.string(ProtocolRegistry.name(upgradedFrom))
        }
        if wants("fingerprint") { write("fingerprint", serverChain.fingerprint, &json) }
        if wants("sni") { write("sni", client?.serverName ?? [], &json) }
        if wants("version") {
            json.key("version")
            json.string(version.name)
        }
        if let leaf = serverChain.leaf {
            if wants("not_before") { write("notbefore", time: leaf.notBefore, &json) }
            if wants("not_after") { write("notafter", time: leaf.notAfter, &json) }
        }
        if !options.isInAlert, options.custom.contains("certificate"), let first = serverChain.certificates.first {
            json.key("certificate")
            json.base64(first.rawSpan)
        }
        if !options.isInAlert, options.custom.contains("chain"), !serverChain.certificates.isEmpty {
            json.key("chain")
            json.beginArray()
            for certificate in serverChain.certificates { json.base64(certificate.rawSpan) }
            json.endArray()
        }
        if wants("ja3"), let prints = clientFingerprints { write("ja3", hash: prints.ja3Hash, prints.ja3, &json) }
        if wants("ja3s"), let prints = serverFingerprints { write("ja3s", hash: prints.ja3Hash, prints.ja3, &json) }
        if wants("ja4"), let prints = clientFingerprints { write("ja4", prints.ja4, &json) }
        if wants("client_alpns"), let names = client?.applicationProtocols, !names.isEmpty { write("client_alpns", names, &json) }
        if wants("server_alpns"), let names = server?.applicationProtocols, !names.isEmpty { write("server_alpns", names, &json) }
        if !options.isInAlert, options.custom.contains("client_handshake"), let client { write("client_handshake", client, &json) }
        if !options.isInAlert, options.custom.contains("server_handshake"), let server { write("server_handshake", server, &json) }
        if wants("client"), let leaf = clientChain.leaf { writeClient(leaf, &json) }
        json.endObject()
    }

    /// A hello as it was sent: of a client its offers, of a server its choice.
    private func write(_ key: StaticString, _ hello: TLSHello, _ json: inout JSONWriter) {
        json.key(key)
        json.beginObject()
        json.key("version")
        json.string(hello.version.name)
        if hello.isClient {
            write("ciphers", hello.ciphers, &json)
            write("exts", hello.extensions, &json)
            write("sig_algs", hello.signatureAlgorithms, &json)
        } else {
            if let cipher = hello.ciphers.first {
                json.key("cipher")
                json.number(UInt64(cipher))
            }
            write("exts", hello.extensions, &json)
        }
        json.endObject()
    }

    /// Reserved values (RFC 8701) are left out.
    private func write(_ key: StaticString, _ numbers: [UInt16], _ json: inout JSONWriter) {
        let numbers = numbers.filter { !TLSVersion.isGREASE($0) }
        guard !numbers.isEmpty else { return }
        json.key(key)
        json.beginArray()
        for number in numbers { json.number(UInt64(number)) }
        json.endArray()
    }

    private func writeClient(_ leaf: Certificate, _ json: inout JSONWriter) {
        json.key("client")
        json.beginObject()
        write("subject", leaf.subject, &json)
        write("issuerdn", leaf.issuer, &json)
        write("fingerprint", clientChain.fingerprint, &json)
        write("serial", leaf.serial, &json)
        write("notbefore", time: leaf.notBefore, &json)
        write("notafter", time: leaf.notAfter, &json)
        json.endObject()
    }

    private func write(_ key: StaticString, _ value: [UInt8], _ json: inout JSONWriter) {
        guard !value.isEmpty else { return }
        json.key(key)
        json.string(value)
    }

    private func write(_ key: StaticString, _ values: [[UInt8]], _ json: inout JSONWriter) {
        json.key(key)
        json.beginArray()
        for value in values { json.string(value) }
        json.endArray()
    }

    private func write(_ key: StaticString, time: Int64, _ json: inout JSONWriter) {
        json.key(key)
        json.beginText()
        CivilTime.write(time, &json.buffer)
        json.endText()
    }

    private func write(_ key: StaticString, hash: [UInt8], _ text: [UInt8], _ json: inout JSONWriter) {
        json.key(key)
        json.beginObject()
        write("hash", hash, &json)
        write("string", text, &json)
        json.endObject()
    }
}
