import Bytes

/// An organisation whose systems are watched.
public struct Agency: Sendable, Hashable, Identifiable {
    /// Short, unique: `SNV`.
    public var code: String
    public var name: String
    public var nameEnglish: String
    /// Level of its information system by L116 Đ8, 1...5; nil where it is not classified.
    public var level: Int?
    public var networks: [AgencyNetwork]
    public var links: [InternetLink]

    public var id: String { code }

    public init(
        code: String, name: String, nameEnglish: String, level: Int? = nil, networks: [AgencyNetwork] = [], links: [InternetLink] = []
    ) {
        self.code = code
        self.name = name
        self.nameEnglish = nameEnglish
        self.level = level
        self.networks = networks
        self.links = links
    }
}

/// Addresses of an agency: a block, a VLAN, or a block on a VLAN.
public struct AgencyNetwork: Sendable, Hashable {
    public var prefix: IPPrefix?
    /// 1...4094.
    public var vlan: UInt16?

    public init(prefix: IPPrefix?, vlan: UInt16? = nil) {
        self.prefix = prefix
        self.vlan = vlan
    }
}

/// A connection to the Internet, and the sensor that watches it.
public struct InternetLink: Sendable, Hashable {
    public var name: String
    public var sensor: String?

    public init(name: String, sensor: String?) {
        self.name = name
        self.sensor = sensor
    }
}
