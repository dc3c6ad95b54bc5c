import Bytes

/// An organisation whose systems are watched.
public struct Agency: Sendable, Hashable, Identifiable {
    /// What it is in the province's tree. There is no district level since 2025-07-01.
    public enum Kind: String, Sendable, CaseIterable {
        case province
        /// Sở, ban, ngành.
        case department
        /// Phường.
        case ward
        /// Xã.
        case commune
        /// Đặc khu.
        case specialZone = "special_zone"
        case school
        case hospital
        /// A unit below a department, such as a data centre.
        case unit
        case party
        case enterprise
        case other
    }

    /// Short, unique: `SNV`. It never changes, since old alerts and incidents name it.
    public var code: String
    public var name: String
    public var nameEnglish: String
    public var kind: Kind
    /// Code of the agency that it belongs to; nil at the top.
    public var parent: String?
    public var address: String?
    /// Level of its information system by L116 Đ8, 1...5; nil where it is not classified.
    public var level: Int?
    /// Number of the decision that approved the level.
    public var decision: String?
    public var networks: [AgencyNetwork]
    public var links: [InternetLink]
    public var contacts: [AgencyContact]
    public var assets: [Asset]

    public var id: String { code }

    public init(
        code: String, name: String, nameEnglish: String, kind: Kind = .other, parent: String? = nil, address: String? = nil,
        level: Int? = nil, decision: String? = nil, networks: [AgencyNetwork] = [], links: [InternetLink] = [],
        contacts: [AgencyContact] = [], assets: [Asset] = []
    ) {
        self.code = code
        self.name = name
        self.nameEnglish = nameEnglish
        self.kind = kind
        self.parent = parent
        self.address = address
        self.level = level
        self.decision = decision
        self.networks = networks
        self.links = links
        self.contacts = contacts
        self.assets = assets
    }
}

/// Addresses of an agency: a block, a VLAN, what comes in by an interface of a sensor, or several of these at once.
public struct AgencyNetwork: Sendable, Hashable, CustomStringConvertible {
    public var prefix: IPPrefix?
    /// 1...4094.
    public var vlan: UInt16?
    /// Name of the sensor's interface.
    public var interface: String?

    public init(prefix: IPPrefix?, vlan: UInt16? = nil, interface: String? = nil) {
        self.prefix = prefix
        self.vlan = vlan
        self.interface = interface
    }

    /// `10.20.10.0/24 VLAN 10`.
    public var description: String {
        [prefix?.description, vlan.map { "VLAN \($0)" }, interface].compactMap { $0 }.joined(separator: " ")
    }
}

/// A connection to the Internet, and the sensor that watches it.
public struct InternetLink: Sendable, Hashable {
    public var name: String
    public var sensor: String?
    public var provider: String?
    public var bandwidthMbps: Int?

    public init(name: String, sensor: String?, provider: String? = nil, bandwidthMbps: Int? = nil) {
        self.name = name
        self.sensor = sensor
        self.provider = provider
        self.bandwidthMbps = bandwidthMbps
    }
}

/// A person or desk that is called when something happens (TT 31/2017 Đ7.4).
public struct AgencyContact: Sendable, Hashable {
    public var name: String
    public var title: String?
    public var phone: String?
    public var email: String?
    /// Reachable at any hour of any day (TT 20/2017 Đ6.1.b).
    public var isAlwaysReachable: Bool

    public init(name: String, title: String? = nil, phone: String? = nil, email: String? = nil, isAlwaysReachable: Bool = false) {
        self.name = name
        self.title = title
        self.phone = phone
        self.email = email
        self.isAlwaysReachable = isAlwaysReachable
    }
}

/// A system or device of an agency.
public struct Asset: Sendable, Hashable {
    public enum Kind: String, Sendable, CaseIterable {
        /// Document management and exchange.
        case documentSystem = "document_system"
        case mail
        /// The public-service portal, or another web site.
        case portal
        case oneStopDesk = "one_stop_desk"
        case dataCentre = "data_centre"
        case operationsCentre = "operations_centre"
        case digitalSigning = "digital_signing"
        case videoConference = "video_conference"
        case archive
        case database
        case server
        case workstation
        case networkDevice = "network_device"
        case camera
        case other
    }

    public var name: String
    public var kind: Kind
    public var address: IPAddress?
    public var hostname: String?
    /// Level of the information system, 1...5, where it has one of its own.
    public var level: Int?
    /// Number of the decision that approved the level.
    public var decision: String?
    public var description: String?

    public init(
        name: String, kind: Kind, address: IPAddress? = nil, hostname: String? = nil, level: Int? = nil, decision: String? = nil,
        description: String? = nil
    ) {
        self.name = name
        self.kind = kind
        self.address = address
        self.hostname = hostname
        self.level = level
        self.decision = decision
        self.description = description
    }
}
