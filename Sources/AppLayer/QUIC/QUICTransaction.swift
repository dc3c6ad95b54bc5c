import Bytes

/// One packet with a long header, and the hello that became whole with it.
final class QUICTransaction: Transaction {
    let header: QUICHeader
    let direction: FlowDirection
    var hello: TLSHello?
    var sni: [UInt8]?
    var userAgent: [UInt8]?
    /// Fingerprints of Google's hellos: text, and its MD5 in hexadecimal.
    var cyu: [(text: [UInt8], hash: [UInt8])] = []
    private(set) var fingerprints: HelloFingerprints?

    init(id: UInt64, startTime: Timestamp, header: QUICHeader, direction: FlowDirection) {
        self.header = header
        self.direction = direction
        super.init(id: id, startTime: startTime)
        onlyDirection = direction
        advance(direction, to: 1)
    }

    func raise(_ event: QUICFields.Event) { raise(event.rawValue) }

    func take(_ hello: TLSHello) {
        self.hello = hello
        if hello.hasServerName { sni = hello.serverName }
        fingerprints = HelloFingerprints(hello, transport: "q")
    }

    func take(_ tags: [(tag: [UInt8], value: [UInt8])]) {
        for entry in tags {
            if entry.tag.elementsEqual(Array("SNI".utf8)) { sni = entry.value }
            if entry.tag.elementsEqual(Array("UAID".utf8)) { userAgent = entry.value }
        }
        guard let number = header.version.fingerprintNumber else { return }
        let names = tags.map { String(decoding: $0.tag, as: UTF8.self) }.joined(separator: "-")
        let text = Array("\(number),\(names)".utf8)
        cyu.append((text, TLSFingerprints.md5(text)))
    }

    override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard direction == self.direction, instance >= 0 else { return false }
        let isClient = direction == .toServer
        let value: [UInt8]?
        switch buffer {
        case .quicCYUHash: value = instance < cyu.count ? cyu[instance].hash : nil
        case .quicCYUString: value = instance < cyu.count ? cyu[instance].text : nil
        case _ where instance > 0: value = nil
        case .quicVersion:
            let version = header.version.rawValue
            value = header.isLong ? (0..<4).map { UInt8(truncatingIfNeeded: version >> (24 - 8 * UInt32($0))) } : nil
        case .quicSNI: value = sni
        case .quicUserAgent: value = userAgent
        case .ja3Hash where isClient: value = fingerprints?.ja3Hash
        case .ja3String where isClient: value = fingerprints?.ja3
        case .ja3sHash where !isClient: value = fingerprints?.ja3Hash
        case .ja3sString where !isClient: value = fingerprints?.ja3
        case .ja4Hash where isClient: value = fingerprints?.ja4
        default: return super.withBuffer(buffer, direction, instance: instance, body)
        }
        guard let value else { return false }
        body(value.rawSpan)
        return true
    }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) { writeObject(&json) }
}
