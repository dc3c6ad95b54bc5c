/// An error that a responder reads, in both languages; one line each, saying what to do.
public protocol BilingualError: Error, CustomStringConvertible, Sendable {
    var vietnamese: String { get }
    var english: String { get }
}

extension BilingualError {
    public var description: String { english }
}
