/// Bounds on what HTTP/2 keeps of a flow.
public struct HTTP2Limits: Sendable {
    /// Open streams; with more, the oldest is given up (Suricata: `max-streams`).
    public var streams = 4096
    /// Bytes that a table of header compression may grow to, whatever the peers agree on (Suricata: `max-table-size`).
    public var tableBytes = 65536
    /// Bytes of a header block over HEADERS and CONTINUATION (Suricata: `max-reassembly-size`).
    public var blockBytes = 102_400
}
