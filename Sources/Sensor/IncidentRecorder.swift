import AppLayer
import Bytes
import Decode
import Detect
import Digest
import EVE
import Incidents

/// One worker's way to the incident record: its alerts, and the packets of the flows that raised them as evidence.
///
/// Packets before the alert come from a ring of recent frames, those after it as they arrive, up to a budget per flow.
final class IncidentRecorder {
    /// Bytes of packets kept as evidence of one flow.
    private static let flowBudget = 256 * 1024
    /// Flows whose packets are gathered at the same time.
    private static let flowLimit = 4096
    /// Bytes of packets that are gathered at the same time.
    private static let budget = 64 << 20

    private struct Gathering {
        var file: PcapFile
        var time: Timestamp
        var summary: String
    }

    /// Files of one flow that can become evidence.
    private static let fileLimit = 64

    private struct StoredFile {
        var path: String
        var time: Timestamp
        var name: String
    }

    private let journal: IncidentJournal
    /// What waits for somebody else to hand it to the journal, with the number of its packet; nil where it goes there at once.
    private var waiting: [(number: UInt64, entry: IncidentJournal.Entry)]?
    /// The packet at hand in the order of all workers.
    var number: UInt64 = 0
    /// Where packets come from; nil for captures.
    var interface: String?
    private var history = FrameHistory()
    private var gathering: [UInt64: Gathering] = [:]
    private var gathered = 0
    /// Files of flows that go on, in the file store.
    private var stored: [UInt64: [StoredFile]] = [:]
    /// Packets of flows with alerts that were not kept because too many were gathered.
    private(set) var passedBy: UInt64 = 0
    var captureFile: String? {
        didSet { captures += 1 }
    }
    /// Counts captures, whose flows are numbered anew.
    private var captures: Int64 = 0
    private var tally = IncidentJournal.Tally()

    /// - Parameter gathers: entries wait for ``takeEntries()``, so that those of several workers can be put in order.
    init(journal: IncidentJournal, gathers: Bool) {
        self.journal = journal
        waiting = gathers ? [] : nil
    }

    /// What waits for the journal, taken out.
    func takeEntries() -> [(number: UInt64, entry: IncidentJournal.Entry)] {
        guard let entries = waiting, !entries.isEmpty else { return [] }
        waiting = []
        return entries
    }

    private func submit(_ entry: IncidentJournal.Entry) {
        guard waiting != nil else { return journal.take(entry) }
        waiting?.append((number, entry))
    }

    // MARK: what the worker tells

    /// Each captured frame, whatever is in it.
    func frame(time: Timestamp, wireLength: UInt32) {
        tally.packets += 1
        tally.bytes += Int64(wireLength)
        if tally.from == nil { tally.from = time }
        tally.until = time
    }

    /// What went by since the last call.
    func takeTally() -> IncidentJournal.Tally {
        defer { tally = IncidentJournal.Tally() }
        return tally
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
        guard gathered + frame.byteCount <= IncidentRecorder.budget else {
            passedBy &+= 1
            return
        }
        gathered -= current.file.bytes.count
        // Taken out while it grows, so that its bytes are not copied.
        gathering[flow] = nil
        current.file.add(time: time, wireLength: Int(wireLength), frame)
        gathering[flow] = current
        gathered += current.file.bytes.count
    }

    func take(_ alert: Alert, _ signature: Signature, _ subject: EventSubject, _ context: AlertContext, _ packet: Packet) {
        tally.alerts += 1
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
        record.interface = interface
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
        submit(.alert(record))
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
        guard gathering[flow] == nil else { return }
        guard gathering.count < IncidentRecorder.flowLimit, gathered < IncidentRecorder.budget else {
            passedBy &+= 1
            return
        }
        var file = PcapFile(linkType: packet.linkType)
        history.forEach(of: flow) { entry, frame in
            if file.bytes.count + frame.byteCount <= IncidentRecorder.flowBudget {
                file.add(time: entry.time, wireLength: Int(entry.wireLength), frame)
            }
        }
        gathered += file.bytes.count
        gathering[flow] = Gathering(
            file: file, time: packet.time, summary: SensorEvidence.packets(sid: Int64(signature.id.signature)).english)
    }

    /// A file of a flow lies in the file store. It becomes evidence if the flow raises an alert, sooner or later.
    func fileStored(_ file: TransferredFile, at path: String, _ time: Timestamp, flow: UInt64) {
        var files = stored[flow] ?? []
        guard files.count < IncidentRecorder.fileLimit, stored.count < IncidentRecorder.flowLimit || !files.isEmpty,
            !files.contains(where: { $0.path == path })
        else { return }
        let name = String(decoding: file.name.prefix(256).map { ASCII.isPrintable($0) || $0 >= 0x80 ? $0 : 46 }, as: UTF8.self)
        files.append(StoredFile(path: path, time: time, name: name))
        stored[flow] = files
    }

    /// A flow is over: its evidence is stored.
    func flowEnded(_ flow: UInt64) {
        let files = stored.removeValue(forKey: flow) ?? []
        guard let done = gathering.removeValue(forKey: flow) else { return }
        gathered -= done.file.bytes.count
        if done.file.packetCount > 0 {
            submit(.packets(done.file.bytes, time: done.time, key: evidenceKey(flow), summary: done.summary))
        }
        for file in files {
            submit(.file(file.path, time: file.time, key: evidenceKey(flow), summary: SensorEvidence.file(file.name).english))
        }
    }

    /// The run is over: what is gathered is complete.
    func close() { for flow in gathering.keys.sorted() { flowEnded(flow) } }
}
