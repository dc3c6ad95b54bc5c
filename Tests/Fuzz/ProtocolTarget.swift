import AppLayer
import Bytes
import Trust

/// Feeds a protocol's parser as the session and the worker do, and looks at everything that rules and logs could look at.
///
/// Input: a byte of choices, then steps. A step is a byte (bit 0: to the client; bits 1-2: 0 and 1 data, 2 a gap, 3 the end of the
/// direction) and, for data, two bytes of length (little-endian) and the bytes; for a gap one byte of length.
struct ProtocolTarget {
    static let all: [FuzzTarget] = ProtocolRegistry.all.map { descriptor in
        let transports =
            (descriptor.transports.contains(.tcp) ? ["tcp"] : []) + (descriptor.transports.contains(.udp) ? ["udp"] : [])
        return FuzzTarget(
            name: "protocol-" + descriptor.name,
            seedPorts: transports.flatMap { transport in descriptor.ports.map { "\(transport)/\($0.rawValue)" } }
        ) { bytes in
            var input = FuzzInput(bytes)
            var run = ProtocolTarget(descriptor, choices: input.byte())
            while !input.isEmpty, run.isAlive { run.step(&input) }
            run.finish()
        }
    }

    private let descriptor: ProtocolDescriptor
    private let parser: ProtocolParser
    private let limits: ParserLimits
    private let isStream: Bool
    private var waiting: [[UInt8]] = [[], []]
    private var time = Timestamp(seconds: 1_700_000_000)
    private var isAlive = true
    private var hasEnded = [false, false]
    private var lastID: UInt64?

    private init(_ descriptor: ProtocolDescriptor, choices: UInt8) {
        self.descriptor = descriptor
        var limits = ParserLimits()
        if choices & 2 != 0 { limits.fileHashes = [.md5, .sha1, .sha256] }
        if choices & 4 != 0 {
            limits.requestBodyLimit = 256
            limits.responseBodyLimit = 256
            limits.headerLimit = 512
            limits.transactionLimit = 8
            limits.mimeHeaderLimit = 128
            limits.mimeDepth = 2
            limits.decompressionLimit = 1024
        }
        self.limits = limits
        let prefersUDP = choices & 1 != 0
        isStream = descriptor.transports.contains(.tcp) && !(prefersUDP && descriptor.transports.contains(.udp))
        parser = descriptor.makeParser(limits, isStream ? .tcp : .udp)
    }

    private mutating func step(_ input: inout FuzzInput) {
        let choice = input.byte()
        let direction: FlowDirection = choice & 1 == 0 ? .toServer : .toClient
        time.microseconds += 1000
        switch choice >> 1 & 3 {
        case 2: gap(Int(input.byte()) * 16 + 1, direction)
        case 3:
            hasEnded[direction.index] = true
            parser.end(direction, time: time)
        default:
            let count = input.word()
            data(input.bytes(count), direction)
        }
        look(isLast: false)
    }

    private mutating func data(_ bytes: [UInt8], _ direction: FlowDirection) {
        guard !bytes.isEmpty, !hasEnded[direction.index] else { return }
        _ = descriptor.probe(bytes.rawSpan, direction)
        guard isStream else {
            take(parser.consume(bytes.rawSpan, direction, time: time), of: bytes.count)
            return
        }
        waiting[direction.index] += bytes
        while isAlive, !waiting[direction.index].isEmpty {
            let shown = waiting[direction.index]
            let consumed = take(parser.consume(shown.rawSpan, direction, time: time), of: shown.count)
            if consumed == 0 { return }
            waiting[direction.index].removeFirst(consumed)
        }
    }

    @discardableResult
    private mutating func take(_ result: ConsumeResult, of count: Int) -> Int {
        guard (0...count).contains(result.consumed) else { fail("\(descriptor.name) consumed \(result.consumed) of \(count) bytes") }
        if result.status != .ok { isAlive = false }
        return result.consumed
    }

    private mutating func gap(_ count: Int, _ direction: FlowDirection) {
        guard isStream, !hasEnded[direction.index] else { return }
        let lost = waiting[direction.index].count
        if lost > 0 {
            waiting[direction.index] = []
            if !parser.gap(lost, direction, time: time) { isAlive = false }
        }
        if isAlive, !parser.gap(count, direction, time: time) { isAlive = false }
    }

    private mutating func finish() {
        parser.end(.toServer, time: time)
        parser.end(.toClient, time: time)
        look(isLast: true)
    }

    /// Looks at the transactions and forgets those that are complete, as the worker does.
    private mutating func look(isLast: Bool) {
        let number = parser.transactions.count
        guard number <= limits.transactionLimit + 512 else { fail("\(descriptor.name) keeps \(number) transactions") }
        for event in parser.events where Int(event) >= descriptor.events.count { fail("\(descriptor.name) raised event \(event)") }
        for transaction in parser.transactions.suffix(isLast ? 64 : 2) { look(transaction) }
        if !isLast { parser.transactions.removeAll { $0.isComplete } }
    }

    private func look(_ transaction: Transaction) {
        for event in transaction.events where Int(event) >= descriptor.events.count { fail("\(descriptor.name) raised event \(event)") }
        for direction in FlowDirection.allCases {
            for buffer in FileFields.buffers + descriptor.buffers {
                var instance = 0
                if buffer.shape == .streaming {
                    while instance < 16, transaction.streamingBody(buffer.id, direction, instance: instance) != nil { instance += 1 }
                } else {
                    while instance < 16, transaction.withBuffer(buffer.id, direction, instance: instance, { _ in }) { instance += 1 }
                }
            }
            for field in descriptor.numbers {
                var instance = 0
                while instance < 16,
                    transaction.withBuffer(
                        field.id, direction, instance: instance,
                        {
                            // An indexed number may be left out at its place.
                            let isRight = $0.byteCount == 8 || field.isIndexed && $0.byteCount == 0
                            if !isRight { fail("\(field.name) is \($0.byteCount) bytes") }
                        })
                {
                    instance += 1
                }
            }
            _ = transaction.bareBody(direction)
        }
        var json = JSONWriter()
        json.beginObject()
        transaction.writeEVE(&json, options: LogOptions())
        json.endObject()
        EVETarget.check(json.buffer.bytes.copied())
    }
}
