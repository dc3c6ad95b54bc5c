/// What becomes of the byte that a segment's urgent pointer points at (RFC 6093): many systems take it out of the stream.
public enum UrgentPolicy: String, Sendable {
    /// It is not in the stream.
    case oob
    /// It is data like others.
    case inline
    /// The segment is not taken.
    case drop
    /// The segment's bytes are missing in the stream.
    case gap
}
