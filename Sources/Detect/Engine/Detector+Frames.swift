import AppLayer
import Bytes
import Flow

/// Rules on the frames of application protocols.
extension Detector {
    /// Whether some rule looks at frames of that type.
    public func wantsFrame(_ proto: AppProtocol, _ type: UInt8) -> Bool {
        rules.frames.contains { $0.buffer == .frame(proto, type) } || rules.frameAlways[BufferID.frame(proto, type)] != nil
    }

    /// Inspects bytes of a frame.
    ///
    /// - Parameters:
    ///   - transaction: that it belongs to, if any.
    ///   - bytes: from the place `offset` of the frame on.
    ///   - isEnd: these are the last bytes of the frame.
    public func inspectFrame(
        _ frame: ProtocolFrame, of proto: AppProtocol, _ transaction: Transaction?, _ bytes: RawSpan, from offset: Int64, isEnd: Bool
    ) {
        guard facts?.isDecided != true else { return }
        let buffer = BufferID.frame(proto, frame.type)
        candidates.reset()
        for field in rules.frames where field.buffer == buffer { scan(bytes, field.prefilter, field.transforms) }
        if let always = rules.frameAlways[buffer] {
            for rule in always { candidates.insert(rule) }
        }
        for index in 0..<candidates.count where headerMatches(candidates[index]) {
            check(candidates[index], frame, buffer, transaction, bytes, offset, isEnd)
        }
    }

    private func check(
        _ rule: Int, _ frame: ProtocolFrame, _ buffer: BufferID, _ transaction: Transaction?, _ bytes: RawSpan, _ offset: Int64,
        _ isEnd: Bool
    ) {
        let program = program(rule)
        evaluated &+= 1
        guard packetTestsHold(program, transaction: transaction) else { return }
        evaluator.begin()
        let piece = ContentEvaluator.Piece(offset: offset, isEnd: isEnd)
        var holds = false
        for inspection in program.inspections {
            switch inspection.buffer {
            case .field(buffer): if !holds { holds = evaluator.matches(inspection, bytes, piece) }
            case .base64Data: guard evaluator.matchesDecoded(inspection) else { return }
            // A rule on frames of several types matches on any of them.
            case .field: continue
            case .header(let header):
                guard header.isAddress, matchesHeader(inspection, header, RawSpan()) else { return }
            case .payload, .file: return
            }
        }
        if holds { note(rule, transaction, false, frame: frame) }
    }
}
