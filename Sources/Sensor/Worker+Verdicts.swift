import AppLayer
import Bytes
import Decode
import Detect
import EVE
import Flow

/// What an inline sensor would do with packets: counted and logged, never done.
extension Worker {
    /// Counters of verdicts and exceptions.
    struct VerdictCounters {
        var accepted: UInt64 = 0
        var blocked: UInt64 = 0
        var rejected: UInt64 = 0
        var reasons = [UInt64](repeating: 0, count: DropReason.allCases.count)
        /// By target and policy.
        var exceptions = [UInt64](repeating: 0, count: ExceptionTarget.allCases.count * ExceptionPolicy.allCases.count)
    }

    /// Whether a flow is not looked at any more because an inline sensor would have cut it off; the packet at hand counts as dropped.
    func isCutOff(_ flow: FlowID, _ direction: FlowDirection, _ frame: RawSpan) -> Bool {
        guard configuration.simulatesIPS, flows[flow].flags.contains(.dropped) else { return false }
        verdict = PacketVerdict()
        verdict.drop(flows[flow].flags.contains(.exceptionDrop) ? .exceptionFlowDrop : .flowDrop)
        finishVerdict(flow, direction, frame)
        return true
    }

    /// Applies the policy for something that the sensor could not follow. True when the packet is not to be looked at any further.
    @discardableResult
    func apply(_ target: ExceptionTarget, _ reason: DropReason, flow: FlowID?) -> Bool {
        let policy = exceptionPolicies[Int(target.rawValue)]
        verdicts.exceptions[Int(target.rawValue) * ExceptionPolicy.allCases.count + policyIndex(policy)] &+= 1
        if let flow { flows.noteException(flow, target.rawValue) }
        switch policy {
        case .ignore: return false
        case .dropFlow:
            if let flow { flows.setFlags(flow, [.dropped, .exceptionDrop]) }
            verdict.drop(reason)
        case .dropPacket: verdict.drop(reason)
        case .reject:
            verdict.drop(reason)
            verdict.reject = .reject
        case .bypass:
            if let flow {
                flows.setFlags(flow, .passed)
                flows.setState(flow, .bypassed)
            }
            verdict.isPassed = true
        case .passFlow:
            if let flow { flows.setFlags(flow, .passed) }
            verdict.isPassed = true
        case .passPacket: verdict.isPassed = true
        }
        return true
    }

    private func policyIndex(_ policy: ExceptionPolicy) -> Int { ExceptionPolicy.allCases.firstIndex(of: policy) ?? 0 }

    /// Counts and logs what became of the packet at hand.
    func finishVerdict(_ flow: FlowID?, _ direction: FlowDirection?, _ frame: RawSpan) {
        guard configuration.simulatesIPS, !packet.flags.contains(.pseudo) else { return }
        guard verdict.isDropped else {
            verdicts.accepted &+= 1
            return
        }
        verdicts.blocked &+= 1
        if verdict.reject != nil { verdicts.rejected &+= 1 }
        if let reason = verdict.reason { verdicts.reasons[Int(reason.rawValue)] &+= 1 }
        guard outputs.contains(where: { $0.configuration.drop != nil }) else { return }
        let isFlowDropped = flow.map { flows[$0].flags.contains(.dropped) } ?? false
        let mark: FlowFlags = direction == .toClient ? .dropLoggedToClient : .dropLoggedToServer
        let wasLogged = flow.map { isFlowDropped && flows[$0].flags.contains(mark) } ?? false
        if let flow, isFlowDropped { flows.setFlags(flow, mark) }
        let signature = verdict.dropRule.flatMap { detector?.rules.signature($0) }
        let subject = EventSubject(packet, flowNumber: flow.map { flows[$0].number })
        for output in outputs {
            guard let options = output.configuration.drop else { continue }
            if options.onlyStart, flow != nil, verdict.dropRule == nil, wasLogged || !isFlowDropped { continue }
            output.drop(
                packet, frame, subject: subject, isToServer: direction.map { $0 == .toServer }, verdict: verdict, signature: signature)
        }
    }

    /// Adds the counters to `stats`.
    func addVerdicts(to tree: inout StatsTree) {
        if configuration.simulatesIPS {
            tree.add("ips.accepted", verdicts.accepted)
            tree.add("ips.blocked", verdicts.blocked)
            tree.add("ips.rejected", verdicts.rejected)
            tree.add("ips.replaced", 0)
            for reason in DropReason.allCases { tree.add("ips.drop_reason." + reason.counter, verdicts.reasons[Int(reason.rawValue)]) }
        }
        for target in [ExceptionTarget.applicationError, .defragMemory, .flowMemory, .midstream, .reassemblyMemory, .sessionMemory]
        where exceptionPolicies[Int(target.rawValue)] != .ignore {
            for (index, policy) in ExceptionPolicy.allCases.enumerated()
            where policy != .ignore && (target.hasFlow || policy.forPacket == policy) {
                let count = verdicts.exceptions[Int(target.rawValue) * ExceptionPolicy.allCases.count + index]
                tree.add("exception_policy." + target.counter + "." + policy.rawValue, count)
            }
        }
    }
}
