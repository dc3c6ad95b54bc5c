import Bytes

/// What a sensor is, as it says itself when it starts.
public struct SensorIdentity: Sendable, Hashable {
    /// Unique; by default the host's name.
    public var name: String
    public var version: String
    /// Interfaces, or the capture files' folder.
    public var interfaces: [String]
    public var mode: SensorMode

    public init(name: String, version: String, interfaces: [String], mode: SensorMode) {
        self.name = name
        self.version = version
        self.interfaces = interfaces
        self.mode = mode
    }
}

public enum SensorMode: String, Sendable {
    /// Packets from interfaces; times are now.
    case live
    /// Packets from capture files; times are when they were captured.
    case offline
}

/// Says that a sensor watched from one moment to another, and what it saw meanwhile. Counters are of this interval, not totals.
public struct Heartbeat: Sendable, Hashable {
    public var mode: SensorMode
    /// The interval that was watched; offline, the capture's first and last packet time.
    public var from: Timestamp
    public var until: Timestamp
    public var packets: Int64 = 0
    public var bytes: Int64 = 0
    /// Packets that the kernel dropped.
    public var kernelDrops: Int64 = 0
    public var alerts: Int64 = 0
    /// The capture file, offline.
    public var captureFile: String?

    public init(mode: SensorMode, from: Timestamp, until: Timestamp) {
        self.mode = mode
        self.from = from
        self.until = until
    }
}

/// A set of rules as a sensor loaded it.
public struct RuleSetRecord: Sendable, Hashable {
    /// SHA-256 over the rule files, hexadecimal.
    public var digest: String
    public var files: [String]
    public var loaded: Int
    public var refused: Int
    public var loadedAt: Timestamp

    public init(digest: String, files: [String], loaded: Int, refused: Int, loadedAt: Timestamp) {
        self.digest = digest
        self.files = files
        self.loaded = loaded
        self.refused = refused
        self.loadedAt = loadedAt
    }
}

/// How a sensor did within a range of time.
public struct SensorStatus: Sendable, Hashable {
    public var identity: SensorIdentity
    /// When it was first and last heard of, whatever the range.
    public var firstSeen: Timestamp
    public var lastSeen: Timestamp
    /// The rule set that it loaded last.
    public var ruleSet: RuleSetRecord?
    /// Seconds of the range that heartbeats cover, overlaps counted once.
    public var coveredSeconds: Double
    /// Length of the range in seconds.
    public var rangeSeconds: Double
    public var packets: Int64
    public var bytes: Int64
    public var kernelDrops: Int64
    public var alerts: Int64
    /// Alerts that could not be stored, ever.
    public var lostAlerts: Int64
    /// Internet links that agencies say this sensor watches.
    public var links: [String]

    /// 0...1.
    public var uptime: Double { rangeSeconds > 0 ? min(1, coveredSeconds / rangeSeconds) : 0 }
}
