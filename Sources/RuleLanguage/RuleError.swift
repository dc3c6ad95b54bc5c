/// Why a rule or a line of a configuration file is refused. `offset` counts bytes from the start of the logical line, so that
/// ``LogicalLine/position(of:file:)`` can say where.
public struct RuleError: Error, Sendable, Equatable {
    /// What is wrong and what was expected.
    public var message: String
    public var offset: Int

    public init(_ message: String, at offset: Int) {
        self.message = message
        self.offset = offset
    }

    /// Points at the first byte of `text`.
    public init(_ message: String, at text: ArraySlice<UInt8>) {
        self.init(message, at: text.startIndex)
    }
}
