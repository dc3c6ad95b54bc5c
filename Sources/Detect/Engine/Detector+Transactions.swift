import AppLayer
import Bytes
import Flow

/// Rules on the transactions of application protocols.
extension Detector {
    /// Inspects what is new in the transactions of the packet's direction.
    ///
    /// - Parameters:
    ///   - frame: of the packet; rules may look at its payload besides their fields.
    ///   - flowEnded: nothing more will come; bodies are looked at as they are.
    public func inspectTransactions(_ parser: ProtocolParser, _ frame: RawSpan, flowEnded: Bool) {
        guard let facts, !facts.isDecided else { return }
        transactionProtocol = parser.appProtocol
        defer { transactionProtocol = nil }
        let direction = facts.direction
        let number = Int(parser.appProtocol.rawValue)
        let fields = rules.fields[number]
        let always = rules.transactionAlways[number]
        guard !fields.isEmpty || !always.isEmpty else {
            for transaction in parser.transactions { finishUninspected(transaction, direction) }
            return
        }
        for transaction in parser.transactions {
            let inspection: TransactionInspection
            if let known = transaction.inspection as? TransactionInspection {
                inspection = known
            } else {
                inspection = TransactionInspection()
                transaction.inspection = inspection
            }
            if direction == .toServer {
                inspect(transaction, direction, &inspection.toServer, fields, always, frame, flowEnded)
            } else {
                inspect(transaction, direction, &inspection.toClient, fields, always, frame, flowEnded)
            }
        }
    }

    func finishUninspected(_ transaction: Transaction, _ direction: FlowDirection) {
        guard transaction.isComplete(direction) else { return }
        let inspection = transaction.inspection as? TransactionInspection ?? TransactionInspection()
        transaction.inspection = inspection
        if direction == .toServer { inspection.toServer.isFinished = true } else { inspection.toClient.isFinished = true }
    }

    /// Whether rules are through with a transaction in `direction`.
    public func isInspected(_ transaction: Transaction, _ direction: FlowDirection) -> Bool {
        if let only = transaction.onlyDirection, only != direction { return true }
        guard let inspection = transaction.inspection as? TransactionInspection else { return false }
        return direction == .toServer ? inspection.toServer.isFinished : inspection.toClient.isFinished
    }

    func inspect(
        _ transaction: Transaction, _ direction: FlowDirection, _ side: inout TransactionInspection.Side, _ fields: [FieldPrefilter],
        _ always: [UInt32], _ frame: RawSpan, _ flowEnded: Bool
    ) {
        if side.isFinished { return }
        if let only = transaction.onlyDirection, only != direction {
            side.isFinished = true
            return
        }
        side.begin(transactionProtocol ?? .unknown)
        let progress = transaction.progress(direction)
        let bodyEnd = bodySize(transaction, direction)
        if side.progress == progress, side.bodyEnd == bodyEnd, side.eventCount == transaction.events.count, !flowEnded { return }
        if rules.hasBareSteps, side.progress < progress { reopenSteps(&side, transaction, from: side.progress) }
        side.progress = progress
        side.bodyEnd = bodyEnd
        side.eventCount = transaction.events.count
        if !side.hasAlways {
            side.hasAlways = true
            for rule in always where rules.facts[Int(rule)].directions.contains(direction) { side.add(rule) }
        }
        let isComplete = transaction.isComplete(direction)
        candidates.reset()
        for (index, field) in fields.enumerated() where field.descriptor.directions.contains(direction) && !side.wasScanned(index) {
            let needed = direction == .toServer ? field.descriptor.progress.toServer : field.descriptor.progress.toClient
            guard progress >= needed else { continue }
            if field.descriptor.shape == .streaming {
                scanBodies(transaction, direction, field, index, &side, isComplete || flowEnded)
            } else {
                scan(transaction, direction, field)
                if field.descriptor.shape == .single || isComplete { side.markScanned(index) }
            }
        }
        for index in 0..<candidates.count where rules.facts[candidates[index]].directions.contains(direction) {
            side.add(UInt32(candidates[index]))
        }
        if rules.looksAtFiles { reopen(&side, transaction, direction) }
        for index in side.candidates.indices where !side.candidates[index].isDone {
            evaluate(transaction, direction, &side.candidates[index], frame, isComplete || flowEnded)
        }
        if isComplete { side.isFinished = true }
    }

    /// A rule on nothing but a step is looked at again when a transaction that stood at the step goes on.
    private func reopenSteps(_ side: inout TransactionInspection.Side, _ transaction: Transaction, from before: UInt8) {
        for index in side.candidates.indices where side.candidates[index].isDone {
            guard let step = program(Int(side.candidates[index].rule)).bareStep, before <= step.progress(in: transaction) else {
                continue
            }
            side.candidates[index].isDone = false
        }
    }

    /// A rule on files that has matched is looked at again when another file has come.
    private func reopen(_ side: inout TransactionInspection.Side, _ transaction: Transaction, _ direction: FlowDirection) {
        let count = transaction.files.count { $0.direction == direction }
        for index in side.candidates.indices where side.candidates[index].isDone && side.candidates[index].filesSeen > 0 {
            guard side.candidates[index].filesSeen < count else { continue }
            let program = program(Int(side.candidates[index].rule))
            guard let place = program.inspections.firstIndex(where: { $0.buffer == .file }) else { continue }
            side.candidates[index].isDone = false
            side.candidates[index].satisfied &= ~(1 << UInt64(place & 63))
        }
    }

    func bodySize(_ transaction: Transaction, _ direction: FlowDirection) -> UInt64 {
        var size: UInt64 = 0
        for file in transaction.files where file.direction == direction {
            size &+= file.content.total &+ (file.content.isComplete ? 1 : 0)
        }
        if let body = transaction.bareBody(direction) { size &+= body.total &+ (body.isComplete ? 1 : 0) }
        return size
    }

    func scan(_ transaction: Transaction, _ direction: FlowDirection, _ field: FieldPrefilter) {
        var instance = 0
        while instance < 1024,
            transaction.withBuffer(field.buffer, direction, instance: instance, { bytes in scan(bytes, field) })
        {
            instance += 1
            if field.descriptor.shape == .single { break }
        }
    }

    func scan(_ bytes: RawSpan, _ field: FieldPrefilter) { scan(bytes, field.prefilter, field.transforms) }

    func scan(_ bytes: RawSpan, _ prefilter: Prefilter, _ transforms: [CompiledTransform]) {
        if transforms.isEmpty {
            prefilter.scan(bytes, scratch, into: candidates)
        } else {
            guard let buffer = evaluator.transformed(bytes, transforms) else { return }
            prefilter.scan(buffer.rawSpan, scratch, into: candidates)
        }
    }

    private func scanBodies(
        _ transaction: Transaction, _ direction: FlowDirection, _ field: FieldPrefilter, _ index: Int,
        _ side: inout TransactionInspection.Side, _ isLast: Bool
    ) {
        var instance = 0
        while instance < 256, let body = transaction.streamingBody(field.buffer, direction, instance: instance) {
            if isReady(body, direction, isLast) {
                let bytes = body.bytes
                if !field.transforms.isEmpty || body.firstOffset > 0 {
                    scan(bytes.rawSpan, field)
                } else if let from = side.nextScan(index, instance, end: body.end, overlap: field.longest - 1) {
                    field.prefilter.scan(bytes.rawSpan, from: from, scratch, into: candidates)
                }
            }
            instance += 1
        }
    }

    /// Bodies are looked at when enough has come, or all.
    func isReady(_ body: StreamingBody, _ direction: FlowDirection, _ isLast: Bool) -> Bool {
        if body.isComplete || isLast || body.isOverLimit { return body.end > 0 }
        return body.end >= (direction == .toServer ? rules.options.requestBodyMinimum : rules.options.responseBodyMinimum)
    }

    func evaluate(
        _ transaction: Transaction, _ direction: FlowDirection, _ candidate: inout TransactionInspection.Candidate, _ frame: RawSpan,
        _ isLast: Bool
    ) {
        let rule = Int(candidate.rule)
        guard headerMatches(rule) else { return }
        let program = program(rule)
        evaluated &+= 1
        evaluator.begin()
        evaluator.isLittleEndianDCE = transaction.isLittleEndian
        var isOpen = false
        for (index, inspection) in program.inspections.enumerated() where candidate.satisfied & 1 << UInt64(index & 63) == 0 {
            let verdict =
                inspection.buffer == .file
                ? holdsOnFiles(inspection.fileTests, transaction, inspection.side ?? direction, from: candidate.filesSeen, isLast)
                : holds(inspection, index, transaction, direction, frame, isLast, &candidate.looks)
            switch verdict {
            case true?: if inspection.buffer != .payload { candidate.satisfied |= 1 << UInt64(index & 63) }
            case false?:
                if inspection.buffer == .payload { return }
                candidate.isDone = true
                return
            case nil:
                isOpen = true
            }
        }
        if isOpen { return }
        guard packetTestsHold(program, transaction: transaction) else {
            if isLast { candidate.isDone = true }
            return
        }
        candidate.isDone = true
        candidate.filesSeen = transaction.files.count { $0.direction == direction }
        note(rule, transaction, false)
    }

    /// Whether an inspection holds on the transaction: nil while that may still change.
    func holds(
        _ inspection: CompiledInspection, _ index: Int, _ transaction: Transaction, _ direction: FlowDirection, _ frame: RawSpan,
        _ isLast: Bool, _ looks: inout [BodyLook]
    ) -> Bool? {
        switch inspection.buffer {
        case .payload:
            if evaluator.matches(inspection, frame.extracting(packet.payloadRange)) { return true }
            // A transaction is often inspected with the packet that acknowledges it: its bytes are in the stream, not in that packet.
            let bytes = streamed
            return !bytes.isEmpty && evaluator.matches(inspection, bytes.rawSpan)
        case .base64Data: return evaluator.matchesDecoded(inspection)
        case .header(let header): return matchesHeader(inspection, header, frame)
        // Looked at by the caller, who knows which files were seen before.
        case .file: return false
        case .field(let buffer):
            guard let descriptor = inspection.descriptor else { return false }
            let side = descriptor.directions.contains(direction) ? direction : direction.reversed
            let needed = side == .toServer ? descriptor.progress.toServer : descriptor.progress.toClient
            guard transaction.progress(side) >= needed else { return isLast ? absent(inspection) : nil }
            if descriptor.shape == .streaming { return holdsOnBody(inspection, index, buffer, transaction, side, isLast, &looks) }
            var instance = 0
            var found = false
            while instance < 1024,
                transaction.withBuffer(
                    buffer, side, instance: instance,
                    { bytes in
                        if !inspection.requiresAbsence, evaluator.matches(inspection, bytes) { found = true }
                    })
            {
                if found { return true }
                instance += 1
                if descriptor.shape == .single { break }
            }
            // Files come when they come.
            if instance == 0, buffer.appProtocol == .unknown, !isLast, !transaction.isComplete(side) { return nil }
            if instance == 0 { return absent(inspection) }
            return descriptor.shape == .multiple && !isLast && !transaction.isComplete(side) ? nil : false
        }
    }

    /// The verdict on a buffer that is not there.
    func absent(_ inspection: CompiledInspection) -> Bool {
        if case .absent? = inspection.instructions.first { return true }
        return false
    }

    func holdsOnBody(
        _ inspection: CompiledInspection, _ index: Int, _ buffer: BufferID, _ transaction: Transaction, _ direction: FlowDirection,
        _ isLast: Bool, _ looks: inout [BodyLook]
    ) -> Bool? {
        var instance = 0
        var isOpen = !(isLast || transaction.isComplete(direction))
        while instance < 256, let body = transaction.streamingBody(buffer, direction, instance: instance) {
            let isWhole = body.isComplete || isLast || !inspection.waitsForEnd
            if isWhole, !inspection.requiresAbsence, isReady(body, direction, isLast),
                holds(inspection, on: body, isWhole: body.isComplete || isLast, index, instance, &looks)
            {
                return true
            }
            if !body.isComplete, !isLast { isOpen = true }
            instance += 1
        }
        if isOpen { return nil }
        return instance == 0 ? absent(inspection) : false
    }
}
