import Bytes

/// A flow that a conversation has announced (the data channel of FTP): between the same two hosts, to a port.
public struct ExpectedFlow {
    /// The port that the new flow goes to, on either host.
    public var port: Port
    public var descriptor: ProtocolDescriptor
    /// Reads it, knowing what was announced.
    public var parser: ProtocolParser
}
