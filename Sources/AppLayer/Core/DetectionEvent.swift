/// What protocol detection has found odd about a flow, whatever the protocol: `app-layer-event` without a protocol's name.
public enum DetectionEvent: UInt8, CaseIterable, Sendable {
    case mismatchBothDirections, wrongDirectionFirstData, onlyOneDirection, detectionSkipped, noTLSAfterStartTLS, unexpectedProtocol

    /// The name in rules; EVE has it in upper case.
    public var name: String {
        switch self {
        case .mismatchBothDirections: "applayer_mismatch_protocol_both_directions"
        case .wrongDirectionFirstData: "applayer_wrong_direction_first_data"
        case .onlyOneDirection: "applayer_detect_protocol_only_one_direction"
        case .detectionSkipped: "applayer_proto_detection_skipped"
        case .noTLSAfterStartTLS: "applayer_no_tls_after_starttls"
        case .unexpectedProtocol: "applayer_unexpected_protocol"
        }
    }
}

public struct DetectionEvents: OptionSet, Sendable, BitwiseCopyable {
    public let rawValue: UInt8
    public init(rawValue: UInt8) { self.rawValue = rawValue }
    public init(_ event: DetectionEvent) { rawValue = 1 << event.rawValue }
}
