import AppLayer

/// One `eve-log` output: where it goes and what it holds. Each type is present when it is switched on.
public struct EVEConfiguration: Sendable {
    /// File name, relative to the log folder unless absolute.
    public var filename = "eve.json"
    public var alert: AlertOptions? = AlertOptions()
    public var flow = true
    public var netflow = false
    /// `ethernet: yes`: events carry hardware addresses.
    public var ethernet = false
    public var anomaly: AnomalyOptions? = AnomalyOptions()
    public var fileinfo: FileOptions? = FileOptions()
    public var stats = true
    /// Counters that stand at zero are left out.
    public var statsHidesZeros = false
    /// nil when `drop` events are off.
    public var drop: DropOptions?
    /// nil when `frame` events are off.
    public var frame: FrameOptions?
    /// Protocol events by EVE event type (`http`, `dns`, …).
    public var protocols: [String: LogOptions] = [:]
    /// nil when the Community ID is off.
    public var communityIDSeed: UInt16?
    /// `pcap-file: true`: events carry `pcap_filename`.
    public var namesCaptureFile = true
    /// `xff`; nil when it is off.
    public var forwardedFor: ForwardedForOptions?
    /// `metadata: yes`: events carry the flow's state variables.
    public var metadata = true

    public init() {}

    public struct AlertOptions: Sendable {
        public var payload = false
        public var payloadPrintable = false
        /// Most bytes of `payload`.
        public var payloadBufferSize = 4096
        public var payloadLength = false
        public var packet = false
        /// Bodies of HTTP, as base64 and as text.
        public var httpBody = false
        public var httpBodyPrintable = false
        /// What became of the packet.
        public var verdict = false
        /// `packet` events for packets that rules have tagged.
        public var taggedPackets = false
        /// The alert's `metadata` object, the flow object, the application's object.
        public var ruleMetadata = true
        public var ruleText = false
        public var ruleReference = false
        public var flow = true
        public var appLayer = true
        /// `xff` of its own.
        public var forwardedFor: ForwardedForOptions?

        public init() {}
    }

    public struct AnomalyOptions: Sendable {
        public var decode = false
        public var stream = false
        public var applayer = true

        public init() {}
    }

    public struct DropOptions: Sendable {
        /// The alert of the rule that dropped is shown.
        public var alerts = false
        /// One event for each direction of a dropped flow, instead of one for each packet.
        public var onlyStart = false
        public var verdict = false

        public init() {}
    }

    public struct FrameOptions: Sendable {
        public var payload = true
        public var payloadPrintable = true
        /// Most bytes of a frame that are shown.
        public var payloadBufferSize = 4096

        public init() {}
    }

    public struct FileOptions: Sendable {
        public var forceHash: [String] = []
        /// Every file is described by libmagic.
        public var forcesMagic = false
        /// `xff` of its own.
        public var forwardedFor: ForwardedForOptions?

        public init() {}
    }
}
