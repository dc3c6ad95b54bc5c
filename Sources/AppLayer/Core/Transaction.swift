import Bytes

/// One exchange of a protocol: a request with its response, one mail, one TLS session. Made by parsers, inspected by rules, logged once.
///
/// Subclasses hold the protocol's fields as bytes. An instance is made per transaction, never per packet.
open class Transaction {
    /// From 0 within the flow.
    public let id: UInt64
    public let startTime: Timestamp
    /// How far the parser has come, per direction, in the protocol's own steps (0 = nothing yet). Never falls.
    public final var progress: (toServer: UInt8, toClient: UInt8) = (0, 0)
    /// `app-layer-event`s raised on this transaction: indices into the descriptor's `events`.
    public private(set) var events: [UInt8] = []
    /// Files carried by this transaction, in order of appearance.
    public final var files: [TransferredFile] = []
    /// Directions whose files rules want stored, all of them.
    public final var storesFiles: FlowDirections = []
    /// What detection remembers about this transaction; nobody else looks at it.
    public final var inspection: AnyObject?
    /// Its EVE event was written.
    public final var isLogged = false
    /// A rule wants no event of it (`config`).
    public final var isSilenced = false
    /// The direction whose end lets the transaction be forgotten without waiting for the other one (one-way protocols, datagrams); nil waits for both.
    public final var onlyDirection: FlowDirection?

    public init(id: UInt64, startTime: Timestamp) {
        self.id = id
        self.startTime = startTime
    }

    @inline(__always)
    public final func progress(_ direction: FlowDirection) -> UInt8 {
        direction == .toServer ? progress.toServer : progress.toClient
    }

    /// Raises the progress in `direction` to at least `step`.
    public final func advance(_ direction: FlowDirection, to step: UInt8) {
        if direction == .toServer {
            progress.toServer = max(progress.toServer, step)
        } else {
            progress.toClient = max(progress.toClient, step)
        }
    }

    /// Records an event once; at most 32 different ones are kept per transaction.
    public final func raise(_ event: UInt8) {
        if events.count < 32, !events.contains(event) { events.append(event) }
    }

    /// Records an event as often as it happens, up to 255 in a transaction: each is an anomaly of its own.
    public final func raiseEach(_ event: UInt8) {
        if events.count < 255 { events.append(event) }
    }

    /// The progress value that says "complete" in `direction`.
    open func completeProgress(_ direction: FlowDirection) -> UInt8 { 1 }

    /// The progress in `direction` from which the transaction's event can be written.
    open func logProgress(_ direction: FlowDirection) -> UInt8 { completeProgress(direction) }

    /// Whether all that its event tells is known.
    public final var isReadyToLog: Bool {
        isReadyToLog(.toServer) && isReadyToLog(.toClient)
    }

    private func isReadyToLog(_ direction: FlowDirection) -> Bool {
        isComplete(direction) || progress(direction) >= logProgress(direction)
    }

    public final func isComplete(_ direction: FlowDirection) -> Bool {
        if let only = onlyDirection, only != direction { return true }
        return progress(direction) >= completeProgress(direction)
    }

    public final var isComplete: Bool { isComplete(.toServer) && isComplete(.toClient) }

    /// Calls `body` with the bytes of a buffer of this transaction.
    ///
    /// - Parameters:
    ///   - buffer: which field; unknown ones are answered with false.
    ///   - direction: the side that is inspected.
    ///   - instance: 0 for single buffers; 0, 1, 2… for multiple ones.
    /// - Returns: false when the buffer does not exist (yet) or there is no such instance; `body` was not called then.
    open func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        let text: [UInt8]?
        switch buffer {
        case .fileName: text = files.lazy.filter { $0.direction == direction && !$0.name.isEmpty }.dropFirst(instance).first?.name
        case .fileMagic: text = files.lazy.filter { $0.direction == direction && !$0.magic.isEmpty }.dropFirst(instance).first?.magic
        default: text = nil
        }
        guard let text else { return false }
        body(text.rawSpan)
        return true
    }

    /// The body behind a streaming buffer, or nil when there is none yet. `instance` counts bodies (files) of the direction.
    open func streamingBody(_ buffer: BufferID, _ direction: FlowDirection, instance: Int) -> StreamingBody? {
        guard buffer == .fileData else { return nil }
        return files.lazy.filter { $0.direction == direction }.dropFirst(instance).first?.content
    }

    /// A body of `direction` that is not one of ``files`` (an HTTP request's, as sent); nil where there is none.
    open func bareBody(_ direction: FlowDirection) -> StreamingBody? { nil }

    /// The value of a header of the request, by its name in any case; nil for protocols without headers.
    open func requestHeader(_ name: String) -> [UInt8]? { nil }

    /// Byte order of numbers in its data, for tests that take it from the protocol (`byte_test` with `dce`).
    open var isLittleEndian: Bool { false }

    /// How many events of its own the transaction makes under these options; ``writeEVE(_:options:)`` is asked for each ``LogOptions/part``.
    open func eventCount(_ options: LogOptions) -> Int { 1 }

    /// Whether the protocol has something to log for this transaction (a TLS session that never said hello has not).
    open var isWorthLogging: Bool { true }

    /// The direction that its own event is written in: who stands as the source.
    open var eventDirection: FlowDirection { onlyDirection ?? .toServer }

    /// The same where the options have a say in it.
    open func eventDirection(_ options: LogOptions) -> FlowDirection { eventDirection }

    /// Whether an output with these options wants the protocol's own event for this transaction.
    open func isLogged(by options: LogOptions) -> Bool { true }

    /// Set where the transaction's event is another than its protocol's.
    open var logType: LogType? { nil }

    /// Writes the protocol's key and object, such as `"http":{…}`, into an open JSON object. Used by the protocol's own event and inside alerts.
    open func writeEVE(_ json: inout JSONWriter, options: LogOptions) {}
}

/// The name in the configuration that switches an event on, and its `event_type`.
public struct LogType: Sendable {
    public let name: StaticString
    public let event: StaticString
}

/// What the configuration asks of protocol logs.
public struct LogOptions: Sendable {
    /// `extended: yes` of a type in `outputs.eve-log.types`.
    public var isExtended: Bool
    /// Field names under `custom:`, empty for the default set.
    public var custom: [String]
    /// Kinds of transactions under `types:` (SMB), empty for all.
    public var types: [String] = []
    /// The object is written inside an alert event.
    public var isInAlert: Bool
    /// Which of the transaction's events is written, from 0.
    public var part = 0
    public var dns = DNSLogOptions()
    /// Bytes of a text that are written (MQTT: `string-log-limit`).
    public var textLimit = 1024
    /// Passwords are written (MQTT, where it is so unless `passwords: no`).
    public var showsPasswords = true

    public init(isExtended: Bool = true, custom: [String] = [], isInAlert: Bool = false) {
        self.isExtended = isExtended
        self.custom = custom
        self.isInAlert = isInAlert
    }
}
