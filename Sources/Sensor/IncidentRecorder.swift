import AppLayer
import Bytes
import Decode
import Detect
import Digest
import EVE
import Incidents

/// Hands alerts to the incident database, and the packets of the flows that raised them to the evidence folder.
///
/// Packets before the alert come from a ring of recent frames, those after it as they arrive, up to a budget per flow.
final class IncidentRecorder {
    /// Bytes of packets kept as evidence of one flow.
    private static let flowBudget = 256 * 1024
    /// Flows whose packets are gathered at the same time.
    private static let flowLimit = 4096

    private struct Gathering {
        var file: PcapFile
        var time: Timestamp
        var summary: String
    }

    private let writer: AlertWriter
    private let evidence: EvidenceFolder
    private let mode: SensorMode
    private var history = FrameHistory()
    private var gathering: [UInt64: Gathering] = [:]
    /// Evidence that could not be kept, with the last reason.
    private(set) var failures: (count: Int, reason: String)?
    var captureFile: String? {
        didSet { captures += 1 }
    }
    /// Counts captures, whose flows are numbered anew.
    private var captures: Int64 = 0
    private var firstTime: Timestamp?
    private var lastTime: Timestamp?
    private var watchedSince: Timestamp?
    private var packets: Int64 = 0
    private var bytes: Int64 = 0
    private var alerts: Int64 = 0

    /// - Parameter database: the incident database; evidence lies in the folder `evidence` beside it.
    init(
        database: String, agencies: String?, correlation: String, sensor: SensorIdentity, rules: RuleSetRecord?,
        onFailure: @escaping @Sendable (StoreError) -> Void
    ) throws {
        mode = sensor.mode
        let store = try IncidentStore(path: database)
        if let agencies {
            _ = try store.importAgencies(try AgencyDirectory.load(file: agencies), from: agencies, by: Hand("sensor:" + sensor.name))
        }
        let folder = database.lastIndex(of: "/").map { String(database[..<$0]) } ?? "."
        evidence = try EvidenceFolder(path: folder + "/evidence")
        writer = try AlertWriter(
            store: store, sensor: sensor, table: try CorrelationTable.load(file: correlation), directory: try store.agencyDirectory(),
            policy: sensor.mode == .live ? .drop : .wait, onFailure: onFailure)
        // The writer has registered the sensor.
        if let rules { try store.recordRuleSet(rules, sensor: sensor.name) }
    }

    // MARK: what the worker tells

    /// Each captured frame, whatever is in it.
    func frame(time: Timestamp, wireLength: UInt32) {
        packets += 1
        bytes += Int64(wireLength)
        if firstTime == nil { firstTime = time }
        lastTime = time
    }

    /// Each packet of a flow.
    func packet(_ packet: Packet, _ frame: RawSpan, flow: UInt64) {
        // A datagram that was rebuilt inside of a tunnel never was a frame of the wire's link type.
        if packet.flags.contains(.rebuilt), packet.tunnelDepth > 0 { return }
        // Of what a tunnel carried the whole frame is kept.
        let wireLength = max(packet.wireLength, UInt32(truncatingIfNeeded: frame.byteCount))
        history.append(frame, owner: flow, time: packet.time, wireLength: wireLength)
        if gathering[flow] != nil { add(frame, flow, packet.time, wireLength) }
    }

    private func add(_ frame: RawSpan, _ flow: UInt64, _ time: Timestamp, _ wireLength: UInt32) {
        guard var current = gathering[flow], current.file.bytes.count + frame.byteCount <= IncidentRecorder.flowBudget else { return }
        // Taken out while it grows, so that its bytes are not copied.
        gathering[flow] = nil
        current.file.add(time: time, wireLength: Int(wireLength), frame)
        gathering[flow] = current
    }

    func take(_ alert: Alert, _ signature: Signature, _ subject: EventSubject, _ context: AlertContext, _ packet: Packet) {
        alerts += 1
        var record = AlertRecord(
            time: subject.time, sid: Int64(signature.id.signature), message: signature.info.message,
            source: Endpoint(subject.source, subject.hasPorts ? subject.sourcePort : nil),
            destination: Endpoint(subject.destination, subject.hasPorts ? subject.destinationPort : nil))
        record.gid = Int64(signature.id.generator)
        record.rev = Int64(signature.id.revision)
        record.classType = signature.info.classType
        record.priority = signature.info.priority
        record.categoryHint = signature.info.metadata.first { $0.key == "vonggac_category" }?.value
        record.techniques = IncidentRecorder.techniques(signature.info)
        record.action = context.isBlocked ? "blocked" : "allowed"
        record.transport =
            switch subject.ipProtocol {
            case 6: .tcp
            case 17: .udp
            case 1: .icmp
            case 58: .icmpv6
            case 132: .sctp
            default: .other
            }
        record.vlans = (0..<Int(min(subject.vlanCount, 3))).map { subject.vlan[$0] }
        if let flow = context.flow, flow.appProtocol != .unknown { record.appProtocol = ProtocolRegistry.name(flow.appProtocol) }
        record.direction = context.direction
        record.flowID = subject.flowNumber.map { Int64($0) }
        record.evidenceKey = subject.flowNumber.map { evidenceKey($0) }
        record.targetSide = signature.info.target.map { $0 == .source ? .source : .destination }
        record.captureFile = captureFile
        record.packetNumber = subject.packetNumber == 0 ? nil : Int64(subject.packetNumber)
        if let transaction = alert.transaction {
            record.hostname = text(transaction, ["http.host", "tls.sni", "dns.query"])
            record.url = text(transaction, ["http.uri"])
        }
        writer.submit(record)
        if let flow = subject.flowNumber { gather(flow, packet, signature) }
    }

    /// Ties evidence to alerts: a flow's number within its capture.
    private func evidenceKey(_ flow: UInt64) -> Int64 { captures << 40 | Int64(truncatingIfNeeded: flow & 0xff_ffff_ffff) }

    private static func techniques(_ info: SignatureInfo) -> [Technique] {
        func values(_ key: String) -> [String] { info.metadata.filter { $0.key == key }.map(\.value) }
        let names = values("mitre_technique_name")
        let tactics = values("mitre_tactic_id")
        return values("mitre_technique_id").enumerated().map { index, id in
            Technique(id: id, name: index < names.count ? names[index] : "", tactic: index < tactics.count ? tactics[index] : "")
        }
    }

    /// The first of these buffers that the transaction has, as text without control characters.
    private func text(_ transaction: Transaction, _ names: [String]) -> String? {
        for descriptor in ProtocolRegistry.all {
            for buffer in descriptor.buffers where names.contains(buffer.name) {
                var found: [UInt8]?
                _ = transaction.withBuffer(buffer.id, .toServer, instance: 0) { found = $0.prefix(1024).copied() }
                if let found {
                    return String(decoding: found.map { ASCII.isPrintable($0) || $0 >= 0x80 ? $0 : 46 }, as: UTF8.self)
                }
            }
        }
        return nil
    }

    private func gather(_ flow: UInt64, _ packet: Packet, _ signature: Signature) {
        guard gathering[flow] == nil, gathering.count < IncidentRecorder.flowLimit else { return }
        var file = PcapFile(linkType: packet.linkType)
        history.forEach(of: flow) { entry, frame in
            if file.bytes.count + frame.byteCount <= IncidentRecorder.flowBudget {
                file.add(time: entry.time, wireLength: Int(entry.wireLength), frame)
            }
        }
        gathering[flow] = Gathering(
            file: file, time: packet.time, summary: "packets of the flow that raised rule \(signature.id.signature)")
    }

    /// A flow is over: its evidence is stored.
    func flowEnded(_ flow: UInt64) {
        guard let done = gathering.removeValue(forKey: flow), done.file.packetCount > 0 else { return }
        do {
            let digest = try evidence.store(done.file.bytes)
            writer.submit(
                EvidenceRecord(
                    digest: digest, size: Int64(done.file.bytes.count), kind: .pcap, time: done.time, key: evidenceKey(flow),
                    description: done.summary))
        } catch {
            failures = ((failures?.count ?? 0) + 1, "\(error)")
        }
    }

    /// Says that interfaces are watched from now on, whether or not a packet comes.
    func watchBegins(at time: Timestamp) { watchedSince = time }

    /// Says what was watched since the last call: of a capture file, the time of its packets; of interfaces, all the time until `now`.
    func heartbeat(kernelDrops: Int64 = 0, now: Timestamp? = nil) {
        guard let from = watchedSince ?? firstTime, let until = watchedSince == nil ? lastTime : now ?? .now else { return }
        if watchedSince != nil { watchedSince = until }
        var beat = Heartbeat(mode: mode, from: from, until: max(from, until))
        beat.packets = packets
        beat.bytes = bytes
        beat.alerts = alerts
        beat.kernelDrops = kernelDrops
        beat.captureFile = captureFile
        writer.submit(beat)
        firstTime = nil
        lastTime = nil
        (packets, bytes, alerts) = (0, 0, 0)
    }

    /// Writes everything that was taken. Throws why something could not be written.
    func close() throws {
        for flow in gathering.keys.sorted() { flowEnded(flow) }
        heartbeat()
        try writer.close()
        if let failures { throw ConfigurationError("evidence", "\(failures.count) pieces could not be stored: \(failures.reason)") }
    }
}
