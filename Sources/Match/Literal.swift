/// A byte string to search for, with the number that is reported when it is found.
public struct Literal: Sendable, Hashable {
    public var bytes: [UInt8]
    public var isCaseInsensitive: Bool
    /// The caller's own number; several literals may share one.
    public var id: UInt32

    public init(bytes: [UInt8], isCaseInsensitive: Bool, id: UInt32) {
        self.bytes = bytes
        self.isCaseInsensitive = isCaseInsensitive
        self.id = id
    }
}
