import AppLayer
import Bytes
import Flow

/// What becomes of the rules that matched: thresholds, suppression, order.
extension Detector {
    /// The alerts of the packet in order, thresholds and limits applied. The array is reused by the next packet.
    public func finish() -> [Alert] {
        noteEntropies()
        if !alerts.isEmpty { alerts.removeAll(keepingCapacity: true) }
        guard !matched.isEmpty else { return alerts }
        matched.sort { a, b in
            a.rule != b.rule ? a.rule < b.rule : (a.transactionID ?? 0) > (b.transactionID ?? 0)
        }
        for alert in matched {
            let signature = rules.signatures[alert.rule]
            let state = rules.states[alert.rule]
            guard
                state.tests.allSatisfy({
                    states.holds($0, flow: facts?.id, source: packet.source, destination: packet.destination, now: packet.time)
                })
            else { continue }
            for effect in state.effects {
                states.apply(effect, flow: facts?.id, source: packet.source, destination: packet.destination, now: packet.time)
            }
            if let spec = signature.fileStore { store(spec, alert) }
            decide(signature)
            if signature.action == .pass { break }
            if signature.isSilent || signature.action == .config { continue }
            var alert = alert
            guard !isSuppressed(signature), let action = thresholdAction(UInt32(alert.rule), signature.action), action != .pass else {
                suppressed &+= 1
                continue
            }
            alert.action = action
            if alerts.count >= rules.options.alertsPerPacket {
                overflow &+= 1
                continue
            }
            alerts.append(alert)
            alertCount &+= 1
        }
        return alerts
    }

    /// Pass, drop and reject by rules about streams, transactions or headers decide on the flow (rule-semantics A2).
    func decide(_ signature: Signature) {
        guard signature.action == .pass || signature.action == .drop || signature.action == .reject else { return }
        switch signature.kind {
        case .headerOnly, .stream, .transaction, .frame, .protocolOnly, .applicationEvent, .protocolDetection:
            flowDecision = signature.action
        case .packet, .packetAndStream, .decodeEvent, .streamEvent: break
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

    /// How the rule acts on this match after its thresholds; nil when they hold it back.
    func thresholdAction(_ rule: UInt32, _ own: RuleAction) -> RuleAction? {
        guard let list = thresholdRules[rule] else { return own }
        var action = own
        for (slot, spec) in list {
            switch thresholds.judge(
                spec, rule: rule, slot: slot, source: packet.source, destination: packet.destination, flow: facts?.id, now: packet.time)
            {
            case .alert: break
            case .acts(let changed): action = changed
            case .suppressed, .notYet: return nil
            }
        }
        return action
    }
}
