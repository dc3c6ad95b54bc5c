import AppLayer
import Bytes
import Flow

/// What becomes of the rules that matched: thresholds, suppression, order.
extension Detector {
    /// Decides on the packet's alerts: thresholds and limits applied, in order, they are in ``alerts``. True when there are any.
    @discardableResult
    public func finish() -> Bool {
        noteEntropies()
        if !alerts.isEmpty { alerts.removeAll(keepingCapacity: true) }
        if !packetVariables.isEmpty { packetVariables = [] }
        isTagged = false
        if !matched.isEmpty { takeMatches() }
        if tags.mayConcernPackets, packet.ipVersion != 0, !packet.flags.contains(.pseudo) { isTagged = tags.take(packet, flow: facts?.id) }
        return !alerts.isEmpty
    }

    private func takeMatches() {
        matched.sort { a, b in
            a.rule != b.rule ? a.rule < b.rule : (a.transactionID ?? 0) > (b.transactionID ?? 0)
        }
        for alert in matched {
            let program = program(alert.rule)
            let signature = program.signature
            let state = program.state
            guard
                state.tests.allSatisfy({
                    states.holds($0, flow: facts?.id, source: packet.source, destination: packet.destination, now: packet.time)
                })
            else { continue }
            for effect in state.effects {
                states.apply(effect, flow: facts?.id, source: packet.source, destination: packet.destination, now: packet.time)
            }
            if let spec = signature.fileStore { store(spec, alert) }
            if signature.action == .config { silence(state, alert) }
            var alert = alert
            if !alert.captured.isEmpty { keepCaptured(&alert) }
            let outcome = judge(program, &alert)
            if outcome != .held {
                act(alert, signature)
                for case .bypass in state.effects { bypasses = true }
                for case .tag(let spec) in state.effects { tags.add(spec, rule: signature.id, packet, flow: facts?.id) }
            }
            guard outcome == .alerts, !signature.isSilent, signature.action != .config else {
                if signature.action != .config { suppressed &+= 1 }
                continue
            }
            if alerts.count >= rules.options.alertsPerPacket {
                overflow &+= 1
                continue
            }
            // What sorts after a pass does not count (rule-semantics A4).
            if alert.action == .pass, !signature.alsoAlerts { break }
            alerts.append(alert)
            alertCount &+= 1
            if alert.action == .pass { break }
        }
    }

    /// Puts what expressions have captured where it belongs.
    private func keepCaptured(_ alert: inout Alert) {
        for (capture, bytes) in alert.captured {
            switch capture.scope {
            case .flow: if let flow = facts?.id { states.setVariable(flow, capture.name, bytes) }
            case .packet:
                if let known = packetVariables.firstIndex(where: { $0.name == capture.name }) {
                    packetVariables[known].value = bytes
                } else {
                    packetVariables.append((capture.name, bytes))
                }
            case .alert:
                var json = JSONWriter(capacity: 256)
                json.string(bytes)
                alert.context.append((capture.name, json.buffer.bytes.copied()))
            }
        }
    }

    /// How thresholds and suppression judge a match.
    private enum Outcome {
        case alerts
        /// It acts, but raises no alert.
        case acts
        /// It counts for nothing.
        case held
    }

    private func judge(_ program: Program, _ alert: inout Alert) -> Outcome {
        if isSuppressed(program.signature) { return .acts }
        guard !program.thresholds.isEmpty, packet.ipVersion != 0 else { return .alerts }
        for (slot, spec) in program.thresholds {
            switch count(program.signature.id, slot, spec) {
            case .alert: break
            case .acts(let changed):
                alert.action = changed
                alert.isRateFiltered = true
            case .suppressed: return .acts
            case .notYet: return .held
            }
        }
        return .alerts
    }

    /// Counts a match. The two halves of a rule with <> have one number and count together.
    private func count(_ rule: SignatureID, _ slot: UInt16, _ spec: ThresholdSpec) -> ThresholdTable.Verdict {
        if spec.track == .flow {
            return flowThresholds.judge(
                spec, rule: rule, slot: slot, source: packet.source, destination: packet.destination, flow: facts?.id, now: packet.time)
        }
        turn.wait()
        let (source, destination, time) = (packet.source, packet.destination, packet.time)
        let (verdict, evicted) = shared.withLock {
            let before = $0.thresholds.evicted
            let verdict = $0.thresholds.judge(spec, rule: rule, slot: slot, source: source, destination: destination, flow: nil, now: time)
            return (verdict, $0.thresholds.evicted - before)
        }
        evictedThresholds &+= evicted
        return verdict
    }

    /// Takes over what a rule decides on the packet and, where it looks at more than the packet, on the flow (rule-semantics A2, A3).
    private func act(_ alert: Alert, _ signature: Signature) {
        if alert.action.drops {
            verdict.drop(alert.isRateFiltered ? .threshold : .rules)
            if alert.action.rejects { verdict.reject = alert.action }
            if verdict.dropRule == nil {
                verdict.dropRule = alert.rule
                verdict.dropTransactionID = alert.transactionID
            }
        } else if alert.action == .pass {
            verdict.isPassed = true
        } else {
            return
        }
        if flowDecision == nil, decidesOnFlow(alert, signature) { flowDecision = alert.action }
    }

    private func decidesOnFlow(_ alert: Alert, _ signature: Signature) -> Bool {
        if alert.isFromStream || alert.transactionID != nil && !alert.isGuess || alert.frame != nil { return true }
        switch signature.kind {
        case .headerOnly, .transaction, .frame, .protocolOnly, .applicationEvent, .protocolDetection: return true
        case .stream, .packet, .packetAndStream, .decodeEvent, .streamEvent:
            return !signature.proto.appProtocols.isEmpty && signature.kind == .stream
        }
    }

    private func silence(_ state: CompiledState, _ alert: Alert) {
        for case .silence(let what) in state.effects {
            switch what {
            case .transaction: alert.transaction?.isSilenced = true
            case .allTransactions: silencesTransactions = true
            case .flow: silencesFlow = true
            }
        }
    }

    func isSuppressed(_ signature: Signature) -> Bool {
        rules.suppressions.contains { entry in
            (entry.generator == 0 || entry.generator == signature.id.generator)
                && (entry.signature == 0 || entry.signature == signature.id.signature)
                && {
                    switch entry.track {
                    case .all: true
                    case .source: entry.addresses.contains(packet.source)
                    case .destination: entry.addresses.contains(packet.destination)
                    case .either: entry.addresses.contains(packet.source) || entry.addresses.contains(packet.destination)
                    }
                }()
        }
    }
}
