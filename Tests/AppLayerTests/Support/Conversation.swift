import Bytes
import Foundation
import TestSupport
import Testing

@testable import AppLayer

/// Pieces of a conversation, in order.
struct Conversation {
    var pieces: [(direction: FlowDirection, bytes: [UInt8])]
    /// Written by a test's author, not made from another one: worth keeping as a seed of the fuzzer.
    private(set) var isOriginal = true

    init(_ pieces: [(direction: FlowDirection, bytes: [UInt8])]) { self.pieces = pieces }

    /// Text with CRLF line ends for protocols of lines: pieces that begin with `>` go to the server.
    init(lines: [(FlowDirection, String)]) { pieces = lines.map { ($0.0, Array($0.1.utf8)) } }

    /// Reads `Captures/<path>`.
    init(capture path: String) throws {
        let text = try String(contentsOfFile: ProjectFiles.path("Tests/AppLayerTests/Captures/" + path), encoding: .utf8)
        pieces = try text.split(separator: "\n").filter { !$0.hasPrefix("#") }.map { line in
            let digits = Array(line.utf8.dropFirst(2))
            let bytes = try stride(from: 0, to: digits.count, by: 2).map { index in
                try #require(ASCII.hexValue(digits[index])) << 4 | (try #require(ASCII.hexValue(digits[index + 1])))
            }
            return (line.hasPrefix(">") ? .toServer : .toClient, bytes)
        }
    }

    var byteCount: Int { pieces.reduce(0) { $0 + $1.bytes.count } }

    /// The first `count` bytes.
    func prefix(_ count: Int) -> Conversation {
        var left = count
        var kept: [(direction: FlowDirection, bytes: [UInt8])] = []
        for piece in pieces where left > 0 {
            kept.append((piece.direction, Array(piece.bytes.prefix(left))))
            left -= min(left, piece.bytes.count)
        }
        return Conversation(kept).derived
    }

    private var derived: Conversation {
        var copy = self
        copy.isOriginal = false
        return copy
    }

    /// Every byte a piece of its own.
    var byteByByte: Conversation {
        Conversation(pieces.flatMap { piece in piece.bytes.map { (direction: piece.direction, bytes: [$0]) } }).derived
    }

    /// A few bytes changed, removed or doubled.
    func mutated(_ random: inout SeededGenerator) -> Conversation {
        var copy = derived
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            let piece = Int.random(in: 0..<copy.pieces.count, using: &random)
            guard !copy.pieces[piece].bytes.isEmpty else { continue }
            let at = Int.random(in: 0..<copy.pieces[piece].bytes.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: copy.pieces[piece].bytes[at] = UInt8.random(in: 0...255, using: &random)
            case 1: copy.pieces[piece].bytes[at] = 0xff
            case 2: copy.pieces[piece].bytes[at] = 0
            case 3: copy.pieces[piece].bytes.remove(at: at)
            default: copy.pieces[piece].bytes.insert(copy.pieces[piece].bytes[at], at: at)
            }
        }
        return copy
    }

    /// In the fuzzer's form (Tests/Fuzz/ProtocolTarget.swift), in the folder of the protocol's target.
    func saveSeed(for proto: AppProtocol, isDatagrams: Bool) {
        guard isOriginal, byteCount <= 8192, let folder = ProcessInfo.processInfo.environment["VONGGAC_FUZZ_SEEDS"] else { return }
        var seed: [UInt8] = [isDatagrams ? 1 : 0]
        for piece in pieces {
            seed += [UInt8(piece.direction.index), UInt8(piece.bytes.count & 255), UInt8(piece.bytes.count >> 8)] + piece.bytes
        }
        let target = folder + "/protocol-" + ProtocolRegistry.name(proto)
        try? FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
        let name = seed.reduce(UInt64(14_695_981_039_346_656_037)) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
        try? Data(seed).write(to: URL(fileURLWithPath: target + "/" + String(name, radix: 16)))
    }
}

/// Feeds a parser as the session does: what it leaves is shown again with what follows.
final class ParserRun {
    let parser: ProtocolParser
    private var buffers: [[UInt8]] = [[], []]
    private(set) var status = ConsumeResult.Status.ok
    private let time = Timestamp(seconds: 1_700_000_000)

    init(_ parser: ProtocolParser) { self.parser = parser }

    func feed(_ conversation: Conversation, ending: Bool = true) {
        for isDatagrams in [false, true] { conversation.saveSeed(for: parser.appProtocol, isDatagrams: isDatagrams) }
        for piece in conversation.pieces { feed(piece.bytes, piece.direction) }
        if ending {
            parser.end(.toServer, time: time)
            parser.end(.toClient, time: time)
        }
    }

    func feed(_ bytes: [UInt8], _ direction: FlowDirection) {
        guard status == .ok else { return }
        buffers[direction.index] += bytes
        let waiting = buffers[direction.index]
        let result = parser.consume(waiting.rawSpan, direction, time: time)
        #expect(result.consumed >= 0 && result.consumed <= buffers[direction.index].count)
        buffers[direction.index].removeFirst(min(max(result.consumed, 0), buffers[direction.index].count))
        status = result.status
    }

    /// Everything that the rest of the sensor could see, as text.
    var summary: String {
        var text = "flow \(parser.events)"
        for transaction in parser.transactions {
            text += "\n\(transaction.id) \(transaction.progress) \(transaction.events.sorted()) \(eve(transaction))"
            for file in transaction.files { text += " file \(file.name) \(file.size) \(file.state) \(file.content.bytes)" }
        }
        return text
    }
}

func eve(_ transaction: Transaction, _ options: LogOptions = LogOptions()) -> String {
    var json = JSONWriter()
    json.beginObject()
    transaction.writeEVE(&json, options: options)
    json.endObject()
    return String(decoding: json.buffer.bytes.copied(), as: UTF8.self)
}

/// All instances of a buffer.
func values(_ transaction: Transaction, _ buffer: BufferID, _ direction: FlowDirection) -> [[UInt8]] {
    var result: [[UInt8]] = []
    while transaction.withBuffer(buffer, direction, instance: result.count, { result.append($0.copied()) }), result.count < 1000 {}
    return result
}

func texts(_ transaction: Transaction, _ buffer: BufferID, _ direction: FlowDirection) -> [String] {
    values(transaction, buffer, direction).map { String(decoding: $0, as: UTF8.self) }
}

func numbers(_ transaction: Transaction, _ buffer: BufferID, _ direction: FlowDirection) -> [UInt64] {
    values(transaction, buffer, direction).map { $0.reduce(0) { $0 << 8 | UInt64($1) } }
}

/// Feeds prefixes, single bytes and mutations of a conversation; nothing may trap and single bytes must give what the whole gives.
func exercise(_ conversation: Conversation, seed: UInt64, mutations: Int = 300, prefixStep: Int = 1, make: () -> ProtocolParser) {
    let whole = ParserRun(make())
    whole.feed(conversation)
    let single = ParserRun(make())
    single.feed(conversation.byteByByte)
    #expect(single.summary == whole.summary)
    for count in stride(from: 0, to: conversation.byteCount, by: prefixStep) {
        let run = ParserRun(make())
        run.feed(conversation.prefix(count))
        #expect(!run.summary.isEmpty)
    }
    var random = SeededGenerator(seed: seed)
    for _ in 0..<mutations {
        let run = ParserRun(make())
        run.feed(conversation.mutated(&random))
        #expect(run.summary.hasPrefix("flow"))
    }
}
