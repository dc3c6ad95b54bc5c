import Compliance
import Incidents

/// Keeps the deadlines of incidents in step with what they are.
struct ClockKeeper {
    let store: IncidentStore
    let engine: ClockEngine

    init(store: IncidentStore, profile: ComplianceProfile) {
        self.store = store
        engine = ClockEngine(profile)
    }

    /// Starts and moves the deadlines that run for an incident now.
    func update(_ incident: Incident, by hand: Hand) throws {
        let clocks = engine.clocks(for: incident, level: try level(of: incident))
        guard !clocks.isEmpty else { return }
        try store.setClocks(clocks, for: incident.code, by: Hand(hand.actor))
    }

    /// The level of the agency's system; nil where it is not known.
    func level(of incident: Incident) throws -> Int? {
        guard let code = incident.agency else { return nil }
        return try store.agencies().first { $0.code == code }?.level
    }
}
