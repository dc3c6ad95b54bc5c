import AppLayer
import Bytes
import Match

/// What a rule has seen of a body that is still growing, so that no look begins at the body's start again.
struct BodyLook {
    /// Which of the rule's inspections, of which body.
    var inspection: UInt8
    var instance: UInt8
    /// The body was looked at up to here, and the rule did not hold.
    var end: UInt64
    /// The look took the body for the whole of it.
    var wasWhole: Bool
    /// A content (the place of its instruction) that is nowhere before ``end``: while it stays so, the rule cannot hold.
    var missing: Int?
}

extension Detector {
    /// Whether the tests hold on a body that may have grown since they were last asked.
    func holds(
        _ inspection: CompiledInspection, on body: StreamingBody, isWhole: Bool, _ index: Int, _ instance: Int,
        _ looks: inout [BodyLook]
    ) -> Bool {
        let bytes = body.bytes
        guard inspection.isSteady, index < 256, body.firstOffset == 0 else { return evaluator.matches(inspection, bytes.rawSpan) }
        let known = looks.firstIndex { Int($0.inspection) == index && Int($0.instance) == instance }
        if let known {
            let look = looks[known]
            if look.end == body.end, look.wasWhole == isWhole { return false }
            if let missing = look.missing, !stands(inspection.instructions[missing], in: bytes.rawSpan, after: Int(look.end)) {
                looks[known].end = body.end
                looks[known].wasWhole = isWhole
                return false
            }
        }
        if evaluator.matches(inspection, bytes.rawSpan) { return true }
        let look = BodyLook(
            inspection: UInt8(index), instance: UInt8(instance), end: body.end, wasWhole: isWhole,
            missing: isWhole && body.isComplete ? nil : missing(inspection, bytes.rawSpan))
        if let known { looks[known] = look } else { looks.append(look) }
        return false
    }

    /// Whether a content stands somewhere in the bytes, knowing that it does not before `end`.
    private func stands(_ instruction: Instruction, in bytes: RawSpan, after end: Int) -> Bool {
        guard case .content(let content) = instruction else { return true }
        return content.needle.first(in: bytes, from: max(0, end - content.needle.count + 1)) != nil
    }

    private func missing(_ inspection: CompiledInspection, _ bytes: RawSpan) -> Int? {
        for (place, instruction) in inspection.instructions.enumerated() {
            guard case .content(let content) = instruction, !content.pattern.isNegated else { continue }
            if !stands(instruction, in: bytes, after: 0) { return place }
        }
        return nil
    }
}
