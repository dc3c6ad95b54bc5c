import Bytes

/// A technique of MITRE ATT&CK as a rule's metadata names it.
public struct Technique: Hashable, Sendable {
    /// `T1110`, `T1071.001`.
    public var id: String
    /// `Brute_Force`, as metadata writes it; may be empty.
    public var name: String
    /// `TA0006`, `Credential_Access`, or empty.
    public var tactic: String

    public init(id: String, name: String = "", tactic: String = "") {
        self.id = id
        self.name = name
        self.tactic = tactic
    }
}

/// The transport of an alert, by the name that EVE prints.
public enum TransportName: String, Sendable, CaseIterable {
    case tcp = "TCP"
    case udp = "UDP"
    case icmp = "ICMP"
    case icmpv6 = "IPv6-ICMP"
    case sctp = "SCTP"
    case other = "IP"
}

/// One end of what an alert is about.
public struct Endpoint: Hashable, Sendable, CustomStringConvertible {
    public var address: IPAddress
    /// Nil where the transport has no ports.
    public var port: Port?

    public init(_ address: IPAddress, _ port: Port? = nil) {
        self.address = address
        self.port = port
    }

    public var description: String {
        guard let port else { return address.description }
        return address.isV4 ? "\(address):\(port)" : "[\(address)]:\(port)"
    }
}

/// Which end a rule says is attacked (`target:src_ip`, `target:dest_ip`).
public enum TargetSide: String, Sendable {
    case source, destination
}

/// An alert as the sensor hands it over: plain data, cheap to make. Texts that come from the rule are shared, not copied.
public struct AlertRecord: Sendable, Hashable {
    /// Packet time.
    public var time: Timestamp
    public var sid: Int64
    public var gid: Int64 = 1
    public var rev: Int64 = 1
    /// The rule's `msg`.
    public var message: String
    /// The rule's `classtype`, or empty.
    public var classType: String = ""
    /// 1 (gravest) … 255.
    public var priority: Int = 3
    /// The rule's metadata `vonggac_category`: a kind (`C2_BOTNET`), a category (`MALWARE`) or `none`. Nil where it has none.
    public var categoryHint: String?
    /// The rule's metadata `mitre_technique_id`, `mitre_technique_name`, `mitre_tactic_id`.
    public var techniques: [Technique] = []
    /// `allowed` or `blocked`, as EVE prints it.
    public var action: String = "allowed"

    /// Of the packet that raised the alert.
    public var source: Endpoint
    public var destination: Endpoint
    public var transport: TransportName = .other
    /// Outermost first; empty where there is none.
    public var vlans: [UInt16] = []
    /// The sensor's interface; nil for captures. It tells agencies apart and is not stored.
    public var interface: String?
    /// The application protocol, as EVE prints it (`http`, `tls` …), or nil.
    public var appProtocol: String?
    /// Which way the packet went in its flow; nil where there is no flow.
    public var direction: FlowDirection?
    public var flowID: Int64?
    public var targetSide: TargetSide?

    /// The name that the flow is about: HTTP host, TLS server name, DNS query name, or mail's recipient domain.
    public var hostname: String?
    /// Path and query of an HTTP request.
    public var url: String?

    /// The capture file, and the packet's number in it from 1.
    public var captureFile: String?
    public var packetNumber: Int64?
    /// What later evidence is submitted under (see ``EvidenceRecord/key``); the flow's id where there is a flow.
    public var evidenceKey: Int64?

    public init(time: Timestamp, sid: Int64, message: String, source: Endpoint, destination: Endpoint) {
        self.time = time
        self.sid = sid
        self.message = message
        self.source = source
        self.destination = destination
    }
}

/// An alert as it is stored.
public struct StoredAlert: Sendable, Hashable, Identifiable {
    public var id: Int64
    public var record: AlertRecord
    public var sensor: String
    /// When the row was written.
    public var writtenAt: Timestamp
    /// What the correlation table made of it; nil where it is noise (information, policy).
    public var kind: KindCode?
    public var agency: String?
    public var attacker: IPAddress?
    public var victim: IPAddress?
    public var incident: IncidentCode?
}
