import Bytes
import Incidents

/// Says which deadlines of a profile run for an incident.
public struct ClockEngine: Sendable {
    public let profile: ComplianceProfile

    public init(_ profile: ComplianceProfile) { self.profile = profile }

    /// The deadlines that run as the incident stands now. Those of an incident that nobody confirmed yet do not run in law; pass
    /// `assumingConfirmed` to see what would. A notice from outside is to be acknowledged at once, whatever it will turn out to be.
    /// - Parameters:
    ///   - level: of the agency's system, 1...5; nil where it is not known.
    ///   - codes: only these; nil for all of the profile.
    public func clocks(
        for incident: Incident, level: Int?, assumingConfirmed: Bool = false, codes: Set<String>? = nil
    ) -> [IncidentClock] {
        let isConfirmed = incident.state.isConfirmed || (assumingConfirmed && incident.state == .new)
        return profile.deadlines.compactMap { deadline in
            guard isConfirmed || (deadline.start == .received && incident.state == .new), codes?.contains(deadline.code) ?? true,
                deadline.condition.holds(for: incident, level: level), let start = start(of: deadline, incident)
            else { return nil }
            return IncidentClock(
                incident: incident.code, code: deadline.code, profile: profile.id, t0: start,
                due: deadline.allowance.hours.map { Timestamp(microseconds: start.microseconds + Int64($0) * 3_600_000_000) })
        }
    }

    /// By when it should be met: the due time, or the internal target where the law gives no number.
    public func target(of clock: IncidentClock) -> Timestamp? {
        if let due = clock.due { return due }
        switch profile.deadline(clock.code)?.allowance {
        case .immediately(let minutes): return Timestamp(microseconds: clock.t0.microseconds + Int64(minutes) * 60_000_000)
        case .open(let hours): return Timestamp(microseconds: clock.t0.microseconds + Int64(hours) * 3_600_000_000)
        case .hours, .days, nil: return nil
        }
    }

    /// How a clock stands at a moment.
    public func standing(of clock: IncidentClock, at moment: Timestamp) -> ClockStanding {
        let limit = target(of: clock)
        if let met = clock.metAt, met <= moment {
            guard let limit else { return .met }
            return met <= limit ? .met : .metLate
        }
        guard let limit else { return .running }
        return moment > limit ? .overdue : .running
    }

    private func detected(_ incident: Incident) -> Timestamp {
        switch profile.t0Rule {
        case .firstSeenOrReported: incident.t0
        case .confirmed: incident.confirmedAt ?? incident.t0
        }
    }

    private func start(of deadline: Deadline, _ incident: Incident) -> Timestamp? {
        switch deadline.start {
        case .detected: detected(incident)
        case .flagged:
            IncidentFlags.names.map(\.flag).filter { deadline.condition.anyFlag.contains($0) && incident.flags.contains($0) }
                .map { incident.flagTimes[$0] ?? detected(incident) }.min() ?? detected(incident)
        case .received: incident.openedAt
        case .contactChanged: nil
        case .handled: [incident.recoveredAt, incident.closedAt].compactMap { $0 }.min()
        case .closed: incident.closedAt
        }
    }
}

/// How a clock stands.
public enum ClockStanding: String, Sendable, CaseIterable {
    case running, overdue, met
    case metLate = "met_late"
}

extension Deadline.Allowance {
    /// Hours that the law gives; nil where it gives no number.
    public var hours: Int? {
        switch self {
        case .hours(let hours): hours
        case .days(let days): days * 24
        case .immediately, .open: nil
        }
    }
}

extension Deadline.Condition {
    func holds(for incident: Incident, level: Int?) -> Bool {
        if orSeverities.contains(incident.severity) { return true }
        if let severities, !severities.contains(incident.severity) { return false }
        if !anyFlag.isEmpty, incident.flags.isDisjoint(with: anyFlag) { return false }
        if let levelAtLeast, (level ?? 0) < levelAtLeast { return false }
        if isReported, incident.reportedBy == nil { return false }
        return true
    }
}
