import Bytes
import Compliance
import Incidents

/// Keeps the deadlines of incidents in step with what they are: those of the profile, and those of other profiles that run beside them.
struct ClockKeeper {
    let store: IncidentStore
    let engine: ClockEngine
    /// Engines of the profiles beside, and which of their deadlines run.
    private let alongside: [(engine: ClockEngine, codes: Set<String>)]

    /// - Throws: ``ContentError``, ``UnknownProfileError`` where a profile or one beside it cannot be read.
    init(store: IncidentStore, profile: ComplianceProfile, library: ProfileLibrary = ProfileLibrary()) throws {
        self.store = store
        engine = ClockEngine(profile)
        alongside = try profile.alongside.map { (ClockEngine(try library.profile($0.profile)), Set($0.deadlines)) }
    }

    /// Starts and moves the deadlines that run for an incident now.
    func update(_ incident: Incident, by hand: Hand) throws {
        let clocks = clocks(for: incident, level: try level(of: incident))
        guard !clocks.isEmpty else { return }
        try store.setClocks(clocks, for: incident.code, by: Hand(hand.actor))
    }

    /// All deadlines that run, in parallel.
    func clocks(for incident: Incident, level: Int?, assumingConfirmed: Bool = false) -> [IncidentClock] {
        engine.clocks(for: incident, level: level, assumingConfirmed: assumingConfirmed)
            + alongside.flatMap {
                $0.engine.clocks(for: incident, level: level, assumingConfirmed: assumingConfirmed, codes: $0.codes)
            }
    }

    /// The engine whose profile has the deadline.
    func engine(of code: String) -> ClockEngine {
        if engine.profile.deadline(code) != nil { return engine }
        return alongside.first { $0.engine.profile.deadline(code) != nil }?.engine ?? engine
    }

    /// The deadline of a code, in the profile or one beside it.
    func deadline(_ code: String) -> Deadline? { engine(of: code).profile.deadline(code) }

    /// The first deadline that starts so, and its profile; nil where none does.
    func deadline(starting start: Deadline.Start) -> (deadline: Deadline, profile: String)? {
        if let found = engine.profile.deadlines.first(where: { $0.start == start }) { return (found, engine.profile.id) }
        for (engine, codes) in alongside {
            if let found = engine.profile.deadlines.first(where: { $0.start == start && codes.contains($0.code) }) {
                return (found, engine.profile.id)
            }
        }
        return nil
    }

    /// Periodic reports that are due within [from, until), as the record has them where something is on record.
    func periodic(dueFrom from: Timestamp, until: Timestamp) throws -> [(occurrence: PeriodicOccurrence, clock: DutyClock)] {
        let known = Dictionary(try store.dutyClocks().map { ($0.code + "/" + $0.subject, $0) }, uniquingKeysWith: { a, _ in a })
        return engine.profile.periodicReports.flatMap { $0.occurrences(dueFrom: from, until: until) }
            .map { occurrence in
                let clock = occurrence.clock(profile: engine.profile.id)
                return (occurrence, known[clock.code + "/" + clock.subject] ?? clock)
            }
            .sorted { ($0.occurrence.due, $0.clock.code) < ($1.occurrence.due, $1.clock.code) }
    }

    /// The level of the agency's system; nil where it is not known.
    func level(of incident: Incident) throws -> Int? {
        guard let code = incident.agency else { return nil }
        return try store.agencies().first { $0.code == code }?.level
    }
}
