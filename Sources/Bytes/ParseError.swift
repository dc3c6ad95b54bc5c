/// Why a parser stopped reading. Trivial on purpose: it is thrown between the wire and the alert, where nothing may allocate.
@frozen public enum ParseError: Error, Sendable {
    /// The bytes end before the field does.
    case truncated
    /// The bytes are there but no sender that follows the protocol would send them.
    case malformed
    /// A length or a count is over the limit that bounds memory or time.
    case overLimit
}
