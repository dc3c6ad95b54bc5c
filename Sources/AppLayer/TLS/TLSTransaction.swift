import Bytes
import Digest

/// One TLS session, from the first hello until both sides are encrypted.
public final class TLSTransaction: Transaction {
    /// Certificates of one side, leaf first.
    struct Chain {
        var certificates: [[UInt8]] = []
        /// The leaf's fields; nil when it could not be read.
        var leaf: Certificate?
        /// SHA-1 of the leaf in lower-case hexadecimal with colons.
        var fingerprint: [UInt8] = []
    }

    var client: TLSHello?
    var server: TLSHello?
    var clientChain = Chain()
    var serverChain = Chain()
    /// Of the hellos, where fingerprints are wanted at all.
    var clientFingerprints: HelloFingerprints?
    var serverFingerprints: HelloFingerprints?
    /// Bits of `ssl_state`: handshake messages in the piece of stream that was read last.
    var state: UInt64 = 0
    /// The first certificate of a chain could not be read.
    var hasBadCertificate = false
    /// The protocol that asked for TLS.
    var upgradedFrom = AppProtocol.unknown
    /// The server went on to encryption without showing a certificate.
    var isResumed = false

    public override func completeProgress(_ direction: FlowDirection) -> UInt8 {
        direction == .toServer ? TLSFields.clientFinished : TLSFields.serverFinished
    }

    /// Hellos and certificates are what is logged; the rest of the handshake tells nothing more.
    public override func logProgress(_ direction: FlowDirection) -> UInt8 {
        direction == .toServer ? TLSFields.clientHello : TLSFields.serverHelloDone
    }

    /// The negotiated version; the client's best before the server has answered.
    var version: TLSVersion { server?.version ?? client?.version ?? .unknown }

    public override var isWorthLogging: Bool {
        serverChain.leaf != nil || isResumed || server?.version.isTLS13 == true || (client != nil && server == nil)
    }

    public override func writeEVE(_ json: inout JSONWriter, options: LogOptions) { writeObject(&json, options) }

    public override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard instance >= 0 else { return false }
        let hello = direction == .toServer ? client : server
        // Copied only where it is asked for.
        var chain: Chain { direction == .toServer ? clientChain : serverChain }
        switch buffer {
        case .tlsSNI: return supply(direction == .toServer ? client?.serverName : nil, instance, body)
        case .tlsCertSubject: return supply(chain.leaf?.subject, instance, body)
        case .tlsCertIssuer: return supply(chain.leaf?.issuer, instance, body)
        case .tlsCertSerial: return supply(chain.leaf?.serial, instance, body)
        case .tlsCertFingerprint: return supply(chain.fingerprint, instance, body)
        case .tlsCerts: return supply(among: chain.certificates, instance, body)
        case .tlsSubjectAltName: return supply(among: chain.leaf?.alternativeNames ?? [], instance, body)
        case .tlsALPN: return supply(among: hello?.applicationProtocols ?? [], instance, body)
        case .tlsRandom: return supply(hello?.random, instance, body)
        case .tlsRandomTime: return supply((hello?.random.prefix(4)).map { Array($0) }, instance, body)
        case .tlsRandomBytes: return supply((hello?.random.dropFirst(4)).map { Array($0) }, instance, body)
        case .ja3Hash: return supply(direction == .toServer ? clientFingerprints?.ja3Hash : nil, instance, body)
        case .ja3String: return supply(direction == .toServer ? clientFingerprints?.ja3 : nil, instance, body)
        case .ja3sHash: return supply(direction == .toClient ? serverFingerprints?.ja3Hash : nil, instance, body)
        case .ja3sString: return supply(direction == .toClient ? serverFingerprints?.ja3 : nil, instance, body)
        case .ja4Hash: return supply(direction == .toServer ? clientFingerprints?.ja4 : nil, instance, body)
        case .tlsVersion: return supply((hello?.version.rawValue).map { UInt64($0) }, instance, body)
        case .sslVersion: return supply(hello?.version.bit, instance, body)
        case .sslState: return supply(state == 0 ? 16 : state, instance, body)
        case .tlsCertChainLength: return supply(chain.certificates.isEmpty ? nil : UInt64(chain.certificates.count), instance, body)
        case .tlsCertNotBefore: return supply((chain.leaf?.notBefore).map { UInt64(bitPattern: $0) }, instance, body)
        case .tlsCertNotAfter: return supply((chain.leaf?.notAfter).map { UInt64(bitPattern: $0) }, instance, body)
        default: return super.withBuffer(buffer, direction, instance: instance, body)
        }
    }

    private func supply(_ value: [UInt8]?, _ instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard instance == 0, let value, !value.isEmpty else { return false }
        body(value.rawSpan)
        return true
    }

    private func supply(among values: [[UInt8]], _ instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard instance < values.count else { return false }
        let value = values[instance]
        body(value.rawSpan)
        return true
    }

    private func supply(_ number: UInt64?, _ instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard instance == 0, let number else { return false }
        NumberField.supply(number, body)
        return true
    }

    func raise(_ event: TLSFields.Event) { raise(event.rawValue) }
}
