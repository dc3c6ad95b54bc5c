import AppLayer
import Bytes
import Decode
import Detect
import EVE
import Flow

/// Frames of application protocols: shown to rules, logged, and forgotten.
///
/// A frame is looked at with the packets of its own direction, as Suricata does: with all its bytes when they have come, in pieces of
/// ``frameWindow`` bytes and more when it is longer or its length is unknown.
extension Worker {
    private static let frameWindow: Int64 = 2500

    /// Shows the rules what is new in the frames of the packet's direction.
    func inspectFrames(_ detector: Detector, _ flow: FlowID, _ direction: FlowDirection, _ frame: RawSpan) {
        guard tcp.options.holdsFrames, let parser = session(flow)?.parser, let frames = parser.frames, !frames[direction].isEmpty else {
            return
        }
        let proto = parser.appProtocol
        let record = flows[flow]
        if record.ipProtocol != 6 {
            let payload = frame.extracting(packet.payloadRange)
            for one in frames[direction] where detector.wantsFrame(proto, one.type) && one.offset < Int64(payload.byteCount) {
                let bytes = payload.dropping(Int(one.offset)).prefix(one.length.map { Int(clamping: $0) } ?? Int.max)
                detector.inspectFrame(one, of: proto, transaction(one, parser), bytes, from: 0, isEnd: true)
            }
            return
        }
        let readable = tcp.readable(record.session, direction)
        let isLast = packet.flags.contains(.pseudo) || tcp.isEnded(record.session, direction)
        for index in frames[direction].indices {
            let one = frames[direction][index]
            guard detector.wantsFrame(proto, one.type), let range = dueBytes(one, readable, isLast) else { continue }
            let window = tcp.window(record.session, direction)
            let bytes = window.view(
                from: tcp.position(record.session, direction, of: range.lowerBound), count: Int(range.upperBound - range.lowerBound))
            detector.inspectFrame(
                one, of: proto, transaction(one, parser), bytes, from: range.lowerBound - one.offset,
                isEnd: one.end.map { $0 <= range.upperBound } ?? isLast)
            frames[direction][index].inspectedTo = max(one.inspectedTo, range.upperBound - one.offset)
        }
    }

    /// The part of the stream that rules should see of a frame now; nil when it is better to wait.
    private func dueBytes(_ frame: ProtocolFrame, _ readable: Range<Int64>, _ isLast: Bool) -> Range<Int64>? {
        let end = min(frame.end ?? .max, readable.upperBound)
        let isWhole = frame.end.map { $0 <= readable.upperBound } ?? false
        let start = max(readable.lowerBound, frame.offset + frame.inspectedTo)
        guard end > start else { return nil }
        if !isWhole, !isLast, !configuration.tcp.inline {
            guard end - start >= Worker.frameWindow else { return nil }
        }
        return start..<end
    }

    private func transaction(_ frame: ProtocolFrame, _ parser: ProtocolParser) -> Transaction? {
        guard let id = frame.transactionID else { return nil }
        return parser.transactions.first { $0.id == id }
    }

    /// Calls `body` with the bytes that are at hand of a frame, for outputs.
    func withFrameBytes(_ frame: ProtocolFrame, _ flow: FlowID, _ direction: FlowDirection, _ link: RawSpan, _ body: (RawSpan) -> Void) {
        let record = flows[flow]
        let most = frame.length.map { Int(clamping: $0) } ?? Int.max
        guard record.ipProtocol == 6 else {
            let payload = link.extracting(packet.payloadRange)
            return body(payload.dropping(Int(clamping: frame.offset)).prefix(most))
        }
        let window = tcp.window(record.session, direction)
        let readable = tcp.readable(record.session, direction)
        let start = max(readable.lowerBound, frame.offset)
        let count = Int(clamping: max(0, min(frame.end ?? .max, readable.upperBound) - start))
        body(window.view(from: tcp.position(record.session, direction, of: start), count: count))
    }

    /// Writes `frame` events, and lets go of frames that rules and logs are done with, and of their bytes.
    func finishFrames(_ flow: FlowID, _ direction: FlowDirection, _ link: RawSpan) {
        guard tcp.options.holdsFrames else { return }
        let record = flows[flow]
        let isTCP = record.ipProtocol == 6
        guard let session = session(flow), let parser = session.parser, let frames = parser.frames else {
            if isTCP { tcp.advanceFrames(record.session, direction) }
            return
        }
        let isLast = packet.flags.contains(.pseudo) || isTCP && tcp.isEnded(record.session, direction)
        if outputs.contains(where: { $0.configuration.frame != nil }) {
            for index in frames[direction].indices where !frames[direction][index].isLogged {
                let one = frames[direction][index]
                let seen = isTCP ? tcp.place(record.session, direction, .application) - one.offset : .max
                guard isLast || seen >= min(one.length ?? -1, Worker.frameWindow) else { continue }
                frames[direction][index].isLogged = true
                let subject = EventSubject(packet, flowNumber: record.number)
                withFrameBytes(one, flow, direction, link) { bytes in
                    for output in outputs {
                        output.frame(
                            one, of: parser.appProtocol, direction: direction, isStream: isTCP, bytes, subject: subject)
                    }
                }
            }
        }
        guard isTCP else {
            frames.forget(direction) { _ in true }
            return
        }
        let readable = tcp.readable(record.session, direction)
        frames.forget(direction) { isLast || ($0.end ?? .max) <= readable.upperBound }
        // Of a frame that goes on, the last bytes stay, so that its log has something to show.
        var keep = tcp.place(record.session, direction, .application)
        for one in frames[direction] { keep = min(keep, max(one.offset, min(one.offset + one.inspectedTo, keep - Worker.frameWindow))) }
        tcp.advanceFrames(record.session, direction, to: keep)
    }
}
