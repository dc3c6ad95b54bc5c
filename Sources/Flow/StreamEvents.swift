/// Something odd in a TCP session, named as `stream-event` names it. The raw value is the place in ``names``.
@frozen public struct StreamEvent: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
    public var rawValue: UInt8

    @inlinable @inline(__always)
    public init(rawValue: UInt8) { self.rawValue = rawValue }

    // Those that the reassembler raises.
    /// `3whs_ack_in_wrong_dir`
    @inlinable public static var ackInWrongDirection: StreamEvent { StreamEvent(rawValue: 0) }
    /// `3whs_right_seq_wrong_ack_evasion`
    @inlinable public static var rightSequenceWrongAck: StreamEvent { StreamEvent(rawValue: 2) }
    /// `3whs_synack_in_wrong_direction`
    @inlinable public static var synackInWrongDirection: StreamEvent { StreamEvent(rawValue: 3) }
    /// `3whs_synack_resend_with_different_ack`
    @inlinable public static var synackAgainOtherAck: StreamEvent { StreamEvent(rawValue: 4) }
    /// `3whs_synack_resend_with_diff_seq`
    @inlinable public static var synackAgainOtherSequence: StreamEvent { StreamEvent(rawValue: 5) }
    /// `3whs_synack_toserver_on_syn_recv`
    @inlinable public static var synackToServer: StreamEvent { StreamEvent(rawValue: 6) }
    /// `3whs_synack_with_wrong_ack`
    @inlinable public static var handshakeSynackWrongAck: StreamEvent { StreamEvent(rawValue: 7) }
    /// `3whs_syn_resend_diff_seq_on_syn_recv`
    @inlinable public static var synAgainOtherSequence: StreamEvent { StreamEvent(rawValue: 10) }
    /// `3whs_syn_toclient_on_syn_recv`
    @inlinable public static var synToClient: StreamEvent { StreamEvent(rawValue: 11) }
    /// `3whs_wrong_seq_wrong_ack`
    @inlinable public static var handshakeWrongAck: StreamEvent { StreamEvent(rawValue: 12) }
    /// `3whs_ack_data_inject`
    @inlinable public static var dataBeforeAck: StreamEvent { StreamEvent(rawValue: 13) }
    /// `4whs_synack_with_wrong_ack`
    @inlinable public static var splitWrongAck: StreamEvent { StreamEvent(rawValue: 15) }
    /// `4whs_synack_with_wrong_syn`
    @inlinable public static var splitWrongSyn: StreamEvent { StreamEvent(rawValue: 16) }
    /// `4whs_wrong_seq`
    @inlinable public static var splitWrongSequence: StreamEvent { StreamEvent(rawValue: 17) }
    /// `4whs_invalid_ack`
    @inlinable public static var splitInvalidAck: StreamEvent { StreamEvent(rawValue: 18) }
    /// `closewait_ack_out_of_window`
    @inlinable public static var closeWaitOutOfWindow: StreamEvent { StreamEvent(rawValue: 19) }
    /// `closewait_fin_out_of_window`
    @inlinable public static var closeWaitFinOutOfWindow: StreamEvent { StreamEvent(rawValue: 20) }
    /// `closewait_pkt_before_last_ack`
    @inlinable public static var closeWaitBeforeAck: StreamEvent { StreamEvent(rawValue: 21) }
    /// `closewait_invalid_ack`
    @inlinable public static var closeWaitInvalidAck: StreamEvent { StreamEvent(rawValue: 22) }
    /// `closing_ack_wrong_seq`
    @inlinable public static var closingWrongSequence: StreamEvent { StreamEvent(rawValue: 23) }
    /// `closing_invalid_ack`
    @inlinable public static var closingInvalidAck: StreamEvent { StreamEvent(rawValue: 24) }
    /// `est_packet_out_of_window`
    @inlinable public static var segmentOutOfWindow: StreamEvent { StreamEvent(rawValue: 25) }
    /// `est_pkt_before_last_ack`
    @inlinable public static var beforeAck: StreamEvent { StreamEvent(rawValue: 26) }
    /// `est_synack_resend`
    @inlinable public static var establishedSynackAgain: StreamEvent { StreamEvent(rawValue: 27) }
    /// `est_synack_resend_with_different_ack`
    @inlinable public static var establishedSynackOtherAck: StreamEvent { StreamEvent(rawValue: 28) }
    /// `est_synack_resend_with_diff_seq`
    @inlinable public static var establishedSynackOtherSequence: StreamEvent { StreamEvent(rawValue: 29) }
    /// `est_synack_toserver`
    @inlinable public static var establishedSynackToServer: StreamEvent { StreamEvent(rawValue: 30) }
    /// `est_syn_resend`
    @inlinable public static var establishedSynAgain: StreamEvent { StreamEvent(rawValue: 31) }
    /// `est_syn_resend_diff_seq`
    @inlinable public static var establishedSynOtherSequence: StreamEvent { StreamEvent(rawValue: 32) }
    /// `est_syn_toclient`
    @inlinable public static var establishedSynToClient: StreamEvent { StreamEvent(rawValue: 33) }
    /// `est_invalid_ack`
    @inlinable public static var establishedInvalidAck: StreamEvent { StreamEvent(rawValue: 34) }
    /// `fin_invalid_ack`
    @inlinable public static var finInvalidAck: StreamEvent { StreamEvent(rawValue: 36) }
    /// `fin1_ack_wrong_seq`
    @inlinable public static var finWait1WrongSequence: StreamEvent { StreamEvent(rawValue: 37) }
    /// `fin1_invalid_ack`
    @inlinable public static var finWait1InvalidAck: StreamEvent { StreamEvent(rawValue: 39) }
    /// `fin2_ack_wrong_seq`
    @inlinable public static var finWait2WrongSequence: StreamEvent { StreamEvent(rawValue: 40) }
    /// `fin2_invalid_ack`
    @inlinable public static var finWait2InvalidAck: StreamEvent { StreamEvent(rawValue: 42) }
    /// `fin_but_no_session`
    @inlinable public static var finWithoutSession: StreamEvent { StreamEvent(rawValue: 43) }
    /// `fin_out_of_window`
    @inlinable public static var finOutOfWindow: StreamEvent { StreamEvent(rawValue: 44) }
    /// `fin_syn`
    @inlinable public static var finAndSyn: StreamEvent { StreamEvent(rawValue: 45) }
    /// `lastack_ack_wrong_seq`
    @inlinable public static var lastAckWrongSequence: StreamEvent { StreamEvent(rawValue: 46) }
    /// `lastack_invalid_ack`
    @inlinable public static var lastAckInvalidAck: StreamEvent { StreamEvent(rawValue: 47) }
    /// `rst_but_no_session`
    @inlinable public static var rstWithoutSession: StreamEvent { StreamEvent(rawValue: 48) }
    /// `rst_invalid_ack`
    @inlinable public static var rstInvalid: StreamEvent { StreamEvent(rawValue: 50) }
    /// `timewait_ack_wrong_seq`
    @inlinable public static var timeWaitWrongSequence: StreamEvent { StreamEvent(rawValue: 51) }
    /// `timewait_invalid_ack`
    @inlinable public static var timeWaitInvalidAck: StreamEvent { StreamEvent(rawValue: 52) }
    /// `pkt_invalid_timestamp`
    @inlinable public static var invalidTimestamp: StreamEvent { StreamEvent(rawValue: 54) }
    /// `pkt_invalid_ack`
    @inlinable public static var invalidAck: StreamEvent { StreamEvent(rawValue: 55) }
    /// `pkt_broken_ack`
    @inlinable public static var brokenAck: StreamEvent { StreamEvent(rawValue: 56) }
    /// `pkt_retransmission`
    @inlinable public static var retransmission: StreamEvent { StreamEvent(rawValue: 57) }
    /// `pkt_spurious_retransmission`
    @inlinable public static var spuriousRetransmission: StreamEvent { StreamEvent(rawValue: 58) }
    /// `3whs_async_wrong_seq`
    @inlinable public static var asyncWrongSequence: StreamEvent { StreamEvent(rawValue: 1) }
    /// `3whs_synack_flood`
    @inlinable public static var synackFlood: StreamEvent { StreamEvent(rawValue: 8) }
    /// `3whs_syn_flood`
    @inlinable public static var synFlood: StreamEvent { StreamEvent(rawValue: 9) }
    /// `3whs_synack_tfo_data_ignored`
    @inlinable public static var fastOpenIgnored: StreamEvent { StreamEvent(rawValue: 14) }
    /// `est_ack_zwp_data`
    @inlinable public static var establishedProbeAcknowledged: StreamEvent { StreamEvent(rawValue: 35) }
    /// `fin1_fin_wrong_seq`
    @inlinable public static var finWait1FinWrongSequence: StreamEvent { StreamEvent(rawValue: 38) }
    /// `fin2_fin_wrong_seq`
    @inlinable public static var finWait2FinWrongSequence: StreamEvent { StreamEvent(rawValue: 41) }
    /// `rst_with_data`
    @inlinable public static var rstWithData: StreamEvent { StreamEvent(rawValue: 49) }
    /// `shutdown_syn_resend`
    @inlinable public static var shutdownSynAgain: StreamEvent { StreamEvent(rawValue: 53) }
    /// `pkt_bad_window_update`
    @inlinable public static var badWindowUpdate: StreamEvent { StreamEvent(rawValue: 59) }
    /// `suspected_rst_inject`
    @inlinable public static var suspectedReset: StreamEvent { StreamEvent(rawValue: 60) }
    /// `reassembly_urgent_oob_limit_reached`
    @inlinable public static var urgentLimit: StreamEvent { StreamEvent(rawValue: 70) }
    /// `reassembly_segment_before_base_seq`
    @inlinable public static var beforeBase: StreamEvent { StreamEvent(rawValue: 62) }
    /// `reassembly_no_segment`
    @inlinable public static var noSegment: StreamEvent { StreamEvent(rawValue: 63) }
    /// `reassembly_seq_gap`
    @inlinable public static var sequenceGap: StreamEvent { StreamEvent(rawValue: 64) }
    /// `reassembly_overlap_different_data`
    @inlinable public static var overlapDifferentData: StreamEvent { StreamEvent(rawValue: 65) }
    /// `reassembly_depth_reached`
    @inlinable public static var depthReached: StreamEvent { StreamEvent(rawValue: 66) }
    /// `reassembly_insert_memcap`
    @inlinable public static var insertMemory: StreamEvent { StreamEvent(rawValue: 67) }
    /// `reassembly_insert_limit`
    @inlinable public static var insertLimit: StreamEvent { StreamEvent(rawValue: 68) }

    /// All names that Suricata knows.
    public static let names = [
        "3whs_ack_in_wrong_dir", "3whs_async_wrong_seq", "3whs_right_seq_wrong_ack_evasion", "3whs_synack_in_wrong_direction",
        "3whs_synack_resend_with_different_ack", "3whs_synack_resend_with_diff_seq", "3whs_synack_toserver_on_syn_recv",
        "3whs_synack_with_wrong_ack", "3whs_synack_flood", "3whs_syn_flood", "3whs_syn_resend_diff_seq_on_syn_recv",
        "3whs_syn_toclient_on_syn_recv", "3whs_wrong_seq_wrong_ack", "3whs_ack_data_inject", "3whs_synack_tfo_data_ignored",
        "4whs_synack_with_wrong_ack", "4whs_synack_with_wrong_syn", "4whs_wrong_seq", "4whs_invalid_ack", "closewait_ack_out_of_window",
        "closewait_fin_out_of_window", "closewait_pkt_before_last_ack", "closewait_invalid_ack", "closing_ack_wrong_seq",
        "closing_invalid_ack", "est_packet_out_of_window", "est_pkt_before_last_ack", "est_synack_resend",
        "est_synack_resend_with_different_ack", "est_synack_resend_with_diff_seq", "est_synack_toserver", "est_syn_resend",
        "est_syn_resend_diff_seq", "est_syn_toclient", "est_invalid_ack", "est_ack_zwp_data", "fin_invalid_ack", "fin1_ack_wrong_seq",
        "fin1_fin_wrong_seq", "fin1_invalid_ack", "fin2_ack_wrong_seq", "fin2_fin_wrong_seq", "fin2_invalid_ack", "fin_but_no_session",
        "fin_out_of_window", "fin_syn", "lastack_ack_wrong_seq", "lastack_invalid_ack", "rst_but_no_session", "rst_with_data",
        "rst_invalid_ack", "timewait_ack_wrong_seq", "timewait_invalid_ack", "shutdown_syn_resend", "pkt_invalid_timestamp",
        "pkt_invalid_ack", "pkt_broken_ack", "pkt_retransmission", "pkt_spurious_retransmission", "pkt_bad_window_update",
        "suspected_rst_inject", "wrong_thread", "reassembly_segment_before_base_seq", "reassembly_no_segment", "reassembly_seq_gap",
        "reassembly_overlap_different_data", "reassembly_depth_reached", "reassembly_insert_memcap", "reassembly_insert_limit",
        "reassembly_insert_invalid", "reassembly_urgent_oob_limit_reached",
    ]

    /// Other spellings of some names.
    private static let aliases = [
        "3whs_synack_resend_with_diff_ack": "3whs_synack_resend_with_different_ack",
        "est_synack_resend_with_diff_ack": "est_synack_resend_with_different_ack",
    ]

    public var name: String { Int(rawValue) < StreamEvent.names.count ? StreamEvent.names[Int(rawValue)] : "unknown" }

    /// The event of that name; nil for names that nobody knows.
    public static func named(_ name: String) -> StreamEvent? {
        names.firstIndex(of: aliases[name] ?? name).map { StreamEvent(rawValue: UInt8($0)) }
    }
}

/// The stream events of one packet.
@frozen public struct StreamEvents: Sendable, BitwiseCopyable {
    @usableFromInline var low: UInt64 = 0
    @usableFromInline var high: UInt64 = 0

    @inlinable @inline(__always)
    public init() {}

    @inlinable @inline(__always)
    public mutating func insert(_ event: StreamEvent) {
        if event.rawValue < 64 { low |= 1 << UInt64(event.rawValue) } else { high |= 1 << UInt64(event.rawValue & 63) }
    }

    @inlinable @inline(__always)
    public func contains(_ event: StreamEvent) -> Bool {
        (event.rawValue < 64 ? low : high) & 1 << UInt64(event.rawValue & 63) != 0
    }

    @inlinable @inline(__always)
    public var isEmpty: Bool { low | high == 0 }

    /// Takes out the event with the lowest raw value.
    @inlinable
    public mutating func popFirst() -> StreamEvent? {
        if low != 0 {
            defer { low &= low &- 1 }
            return StreamEvent(rawValue: UInt8(truncatingIfNeeded: low.trailingZeroBitCount))
        }
        guard high != 0 else { return nil }
        defer { high &= high &- 1 }
        return StreamEvent(rawValue: 64 &+ UInt8(truncatingIfNeeded: high.trailingZeroBitCount))
    }
}
