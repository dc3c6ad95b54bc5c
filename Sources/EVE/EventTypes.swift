/// The kinds of EVE events that the configuration switches on under `outputs.eve-log.types`.
public struct EventTypes: OptionSet, Sendable {
    public let rawValue: UInt32
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    public static let alert = EventTypes(rawValue: 1 << 0)
    public static let flow = EventTypes(rawValue: 1 << 1)
    public static let fileinfo = EventTypes(rawValue: 1 << 2)
    public static let stats = EventTypes(rawValue: 1 << 3)
    public static let anomaly = EventTypes(rawValue: 1 << 4)
    public static let netflow = EventTypes(rawValue: 1 << 5)
    public static let drop = EventTypes(rawValue: 1 << 6)
}
