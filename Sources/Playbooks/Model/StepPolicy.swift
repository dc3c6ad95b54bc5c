import Trust

/// The step extension of this program: how often a step may be tried, whether it may be repeated, and what undoes it.
///
///     step_extensions:
///       extension-definition--7d1f3c52-6a0e-4b8e-9c55-0a4c1f6e2b71:
///         idempotent: true
///         destructive: true
///         confirm: typed                       # or second_person, none
///         retry: {attempts: 3, wait: 2000, factor: 2}
///         rollback: {commands: [{type: bash, command: …}], within: 86400000, expires: 3600000}
public struct StepPolicy: Sendable, Hashable {
    public static let extensionID = "extension-definition--7d1f3c52-6a0e-4b8e-9c55-0a4c1f6e2b71"

    public enum Confirmation: String, Sendable, CaseIterable {
        case none
        /// A person types the name of what will be changed.
        case typed
        /// Somebody else than the person who runs the playbook agrees.
        case secondPerson = "second_person"
    }

    /// Doing it twice is the same as doing it once: after an interruption it is repeated without asking.
    public var isIdempotent = false
    /// It takes something away from somebody.
    public var isDestructive = false
    public var confirmation = Confirmation.none
    /// How often it is tried in all.
    public var attempts = 1
    /// Milliseconds before the second try.
    public var wait = 0
    /// What the wait grows by after each try.
    public var factor = 1
    public var rollback: Rollback?
    /// The SSH target has no POSIX shell: values are put in as they are, and only harmless ones.
    public var isPlainDevice = false

    public struct Rollback: Sendable, Hashable {
        /// Command objects, as in `commands`.
        public var commands: [JSONValue]
        /// Milliseconds after the step in which it may be undone; nil for ever.
        public var within: Int?
        /// Milliseconds after the step when it should be undone by itself; nil never.
        public var expires: Int?
        /// A variable that holds minutes, instead of ``expires``.
        public var expiresVariable: String?
        public var description: String?
        /// As the step's ``StepPolicy/isPlainDevice``.
        public var isPlainDevice = false
    }

    /// Milliseconds before a try, from the second on; never more than an hour.
    public func pause(before attempt: Int) -> Int {
        var pause = wait
        for _ in 0..<max(0, min(attempt - 2, 20)) { pause = min(pause * max(1, factor), 3_600_000) }
        return min(pause, 3_600_000)
    }

    static let shape = Shape(
        name: "vonggac-step",
        properties: [
            "idempotent": .flag, "destructive": .flag, "confirm": .word(Confirmation.allCases.map(\.rawValue)), "plain_device": .flag,
            "retry": .object(
                Shape(
                    name: "retry", required: ["attempts"],
                    properties: ["attempts": .whole(1...20), "wait": .whole(0...3_600_000), "factor": .whole(1...10)])),
            "rollback": .object(
                Shape(
                    name: "rollback", required: ["commands"],
                    properties: [
                        "commands": .list(.typed(Shapes.commands, fallback: Shapes.otherCommand), atLeast: 1),
                        "within": .whole(Shapes.milliseconds), "expires": .whole(Shapes.milliseconds), "expires_minutes": .text,
                        "description": .text,
                    ])),
        ])

    public init() {}

    init(_ step: JSONValue) {
        guard let value = step["step_extensions"]?[Self.extensionID] else { return }
        isIdempotent = value["idempotent"]?.bool ?? false
        isDestructive = value["destructive"]?.bool ?? false
        isPlainDevice = value["plain_device"]?.bool ?? false
        confirmation = value["confirm"]?.text.flatMap(Confirmation.init) ?? (isDestructive ? .typed : .none)
        if let retry = value["retry"] {
            attempts = Int(clamping: min(max(retry["attempts"]?.integer ?? 1, 1), 20))
            wait = Int(clamping: min(max(retry["wait"]?.integer ?? 0, 0), 3_600_000))
            factor = Int(clamping: min(max(retry["factor"]?.integer ?? 1, 1), 10))
        }
        if let undo = value["rollback"], let commands = undo["commands"]?.elements, !commands.isEmpty {
            rollback = Rollback(
                commands: commands, within: undo["within"]?.integer.map { Int($0) }, expires: undo["expires"]?.integer.map { Int($0) },
                expiresVariable: undo["expires_minutes"]?.text.map(VariableName.bare), description: undo["description"]?.text,
                isPlainDevice: isPlainDevice)
        }
    }
}
