import Bytes

extension BufferID {
    static let webSocketPayload = BufferID(.websocket, 1)
    static let webSocketOpcode = BufferID(.websocket, 16)
    static let webSocketMask = BufferID(.websocket, 17)
    static let webSocketFlags = BufferID(.websocket, 18)
}

/// What rules can look at in WebSocket.
enum WebSocketFields {
    /// Indices into ``events``.
    enum Event: UInt8, CaseIterable { case skipEndOfPayload, reassemblyLimitReached }

    static let events = ["skip_end_of_payload", "reassembly_limit_reached"]

    /// Suricata's names. RFC 6455 §11.8 calls 8 close, 9 ping and 10 pong; rules and readers of EVE go by Suricata's.
    static let opcodes: [(name: String, value: UInt64)] = [("continuation", 0), ("text", 1), ("binary", 2), ("ping", 8), ("pong", 9)]

    static let buffers: [BufferDescriptor] = [
        .init(.webSocketPayload, "websocket.payload", directions: .both, progress: (1, 1))
    ]

    static let numbers: [NumberField] = [
        NumberField(.webSocketOpcode, "websocket.opcode", directions: .both, progress: (1, 1), maximum: 255, symbols: opcodes),
        NumberField(.webSocketMask, "websocket.mask", directions: .both, progress: (1, 1), maximum: 0xffff_ffff),
        NumberField(
            .webSocketFlags, "websocket.flags", directions: .both, progress: (1, 1), maximum: 255, symbols: [("fin", 0x80), ("comp", 0x40)]),
    ]
}
