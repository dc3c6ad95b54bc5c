/// What the configuration asks of EVE's `dns` events.
public struct DNSLogOptions: Sendable {
    /// 2 or 3: the form of Suricata 4 to 7, or that of 8.
    public var version = 3
    public var logsRequests = true
    public var logsResponses = true
    /// `answers`, record by record.
    public var isDetailed = true
    /// `grouped`, values by type.
    public var isGrouped = true
    /// Record types of the questions that are logged; nil for all.
    private var types: Set<UInt16>?

    public init() {}

    /// Keeps only questions for these types, named as in DNS (`a`, `mx`, …); unknown names mean nothing.
    public mutating func keep(types names: [String]) {
        let wanted = Set(names.map { $0.uppercased() })
        types = Set(DNSRecordType.names.filter { wanted.contains($0.name) }.map { UInt16($0.value) })
    }

    func wants(_ type: UInt16) -> Bool { types?.contains(type) ?? true }
}
