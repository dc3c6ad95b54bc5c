import Foundation

/// What a kind of incident is, and how its alerts are gathered. One entry of `kinds:` in Rules/correlation.yaml.
public struct IncidentKind: Sendable, Hashable {
    /// Which machine of a flow suffers.
    public enum VictimSide: String, Sendable, CaseIterable {
        /// Who was asked.
        case server
        /// Who asked; but a server inside when the client is outside.
        case client
        /// Whichever is inside; when both are, the server for mail and the client for all else.
        case inside
    }

    /// What must be the same for an alert to join an incident.
    public enum Join: String, Sendable, CaseIterable {
        case attacker, victim
        /// Either of them.
        case either
        /// The agency alone.
        case agency
    }

    public var code: KindCode
    public var vietnamese: String
    public var english: String
    public var category: CategoryCode
    public var severity: Severity
    public var victim: VictimSide
    public var join: Join
    /// An alert joins when it is at most this far from the incident's first or last alert.
    public var windowSeconds: Int64
    /// How many alerts within the window make an incident.
    public var threshold: Int
    /// Joined by attacker, alerts of other attackers on the same victim within this time join as well: a scan hides among decoys. 0 for none.
    public var decoySeconds: Int64 = 0
    /// What alerts of this kind show of an attack; nil where it is no stage of one.
    public var stage: AttackStage?
}

/// Incidents on one host that are stages of one attack. One entry of `chains:`.
public struct IncidentChain: Sendable, Hashable {
    public let code: String
    public let vietnamese: String
    public let english: String
    public let category: CategoryCode
    public let severity: Severity
    /// All of it happens within this time.
    public let windowSeconds: Int64
    /// Of each list one kind must be there, in this order.
    public let needs: [Set<KindCode>]
    /// Kinds that go in as well.
    public let joins: Set<KindCode>

    /// All kinds that go into it.
    public let kinds: Set<KindCode>

    public init(
        code: String, vietnamese: String, english: String, category: CategoryCode, severity: Severity, windowSeconds: Int64,
        needs: [Set<KindCode>], joins: Set<KindCode>
    ) {
        self.code = code
        self.vietnamese = vietnamese
        self.english = english
        self.category = category
        self.severity = severity
        self.windowSeconds = windowSeconds
        self.needs = needs
        self.joins = joins
        kinds = needs.reduce(joins) { $0.union($1) }
    }
}

/// One attacker at several agencies: `campaign:`.
public struct CampaignRule: Sendable, Hashable {
    /// At how many agencies an attacker must be seen.
    public var agencies: Int
    public var windowSeconds: Int64
}

/// Why an alert has the kind that it has.
public enum KindReason: Sendable, Hashable {
    /// The rule's own metadata.
    case metadata(String)
    /// The entry of `map:`, counted from 1.
    case map(Int)
    /// Nothing says what it is.
    case unmapped
}

/// Which alerts become which kind of incident: Rules/correlation.yaml.
public struct CorrelationTable: Sendable {
    /// One entry of `map:`: all conditions that it has must hold.
    struct Mapping: Sendable {
        var sids: ClosedRange<Int64>?
        var classType: String?
        /// How the rule's message begins.
        var messagePrefix: String?
        /// Nil: noise, counted as an alert and nothing more.
        var kind: KindCode?

        func matches(_ alert: AlertRecord) -> Bool {
            if let sids, !sids.contains(alert.sid) { return false }
            if let classType, classType != alert.classType { return false }
            if let messagePrefix, !alert.message.hasPrefix(messagePrefix) { return false }
            return true
        }
    }

    /// In the order of the file.
    public let kinds: [IncidentKind]
    private let byCode: [String: IncidentKind]
    /// The first kind of each category, for rules that only name the category.
    private let byCategory: [String: IncidentKind]
    private let mappings: [Mapping]
    /// Words of `vonggac_category` that mean noise.
    private let noise: Set<String>
    public let chains: [IncidentChain]
    /// Nil where incidents are not linked.
    public let campaign: CampaignRule?
    /// For how long the likes of a dismissed incident join it, after the last of them.
    public let falseAlarmSeconds: Int64

    /// The kind of incident that an alert points to; nil for noise.
    ///
    /// The rule's own metadata `vonggac_category` comes first: a kind, or `none`. A category there chooses among kinds: the mapped one where it
    /// is of that category, else the category's first. Without it, the first entry of `map:` that matches decides.
    public func kind(of alert: AlertRecord) -> IncidentKind? { explain(alert).kind }

    /// The kind of an alert, nil for noise, and why.
    public func explain(_ alert: AlertRecord) -> (kind: IncidentKind?, reason: KindReason) {
        let hint = alert.categoryHint?.uppercased()
        if let hint, hint == "NONE" || noise.contains(hint) { return (nil, .metadata(hint)) }
        if let hint, let kind = byCode[hint] { return (kind, .metadata(hint)) }
        let place = mappings.firstIndex { $0.matches(alert) }
        let mapped = place.flatMap { mappings[$0].kind }.flatMap { byCode[$0.rawValue] }
        guard let hint, let fallback = byCategory[hint] else { return (mapped, place.map { .map($0 + 1) } ?? .unmapped) }
        if let place, let mapped, mapped.category.rawValue == hint { return (mapped, .map(place + 1)) }
        return (fallback, .metadata(hint))
    }

    /// How far back any rule looks.
    var spanSeconds: Int64 {
        (kinds.map { max($0.windowSeconds, $0.decoySeconds) } + chains.map(\.windowSeconds) + [campaign?.windowSeconds ?? 0]).max() ?? 0
    }

    /// The kind of that code.
    public func kind(_ code: KindCode) -> IncidentKind? { byCode[code.rawValue] }

    /// Reads a table; throws ``ContentError``.
    public static func load(file: String) throws(ContentError) -> CorrelationTable { try CorrelationTable(ContentValue.load(file: file)) }

    /// Reads the text of a table.
    public static func parse(_ text: String, file: String) throws(ContentError) -> CorrelationTable {
        try CorrelationTable(ContentValue.parse(text, file: file))
    }

    private init(_ root: ContentValue) throws(ContentError) {
        try root.allow(keys: ["schema", "noise", "kinds", "map", "chains", "campaign", "false_alarm_days"])
        let schema = try root.require("schema")
        guard try schema.text() == "vonggac-correlation/1" else { throw schema.error("expected vonggac-correlation/1") }
        var kinds: [IncidentKind] = []
        var byCode: [String: IncidentKind] = [:]
        var byCategory: [String: IncidentKind] = [:]
        for entry in try root.require("kinds").list() {
            let kind = try CorrelationTable.kind(entry)
            guard byCode.updateValue(kind, forKey: kind.code.rawValue) == nil else { throw entry.error("\(kind.code) stands twice") }
            kinds.append(kind)
            if byCategory[kind.category.rawValue] == nil { byCategory[kind.category.rawValue] = kind }
        }
        var mappings: [Mapping] = []
        for entry in try root.require("map").list() {
            let mapping = try CorrelationTable.mapping(entry)
            if let kind = mapping.kind, byCode[kind.rawValue] == nil {
                throw try entry.require("kind").error("\(kind) is not among the kinds")
            }
            mappings.append(mapping)
        }
        self.kinds = kinds
        self.byCode = byCode
        self.byCategory = byCategory
        self.mappings = mappings
        chains = try CorrelationTable.chains(root, known: Set(byCode.keys))
        if let entry = root["campaign"] {
            try entry.allow(keys: ["agencies", "window_minutes"])
            campaign = CampaignRule(
                agencies: try entry.require("agencies").integer(2...1000),
                windowSeconds: Int64(try entry.require("window_minutes").integer(1...43_200)) * 60)
        } else {
            campaign = nil
        }
        falseAlarmSeconds = Int64(try root["false_alarm_days"]?.integer(0...3650) ?? 0) * 86_400
        noise = Set(try root["noise"]?.list().map { (word) throws(ContentError) in try word.text() } ?? [])
    }

    private static func kind(_ entry: ContentValue) throws(ContentError) -> IncidentKind {
        try entry.allow(keys: [
            "code", "vi", "en", "category", "severity", "victim", "join", "window_minutes", "threshold", "stage", "decoy_minutes",
        ])
        let code = try entry.require("code")
        guard try code.text().utf8.allSatisfy({ (65...90).contains($0) || (48...57).contains($0) || $0 == 95 }) else {
            throw code.error("expected capital letters, digits and _")
        }
        let join = try entry["join"]?.word(IncidentKind.Join.self) ?? .either
        let decoys = entry["decoy_minutes"]
        if let decoys, join != .attacker { throw decoys.error("is for kinds that are joined by attacker") }
        return IncidentKind(
            code: KindCode(rawValue: try code.text()), vietnamese: try entry.require("vi").text(), english: try entry.require("en").text(),
            category: CategoryCode(rawValue: try entry.require("category").text()),
            severity: try entry.require("severity").word(Severity.self),
            victim: try entry.require("victim").word(IncidentKind.VictimSide.self),
            join: join,
            windowSeconds: Int64(try entry.require("window_minutes").integer(1...10_080)) * 60,
            threshold: try entry["threshold"]?.integer(1...10_000) ?? 1, decoySeconds: Int64(try decoys?.integer(0...1440) ?? 0) * 60,
            stage: try entry["stage"]?.word(AttackStage.self))
    }

    private static func chains(_ root: ContentValue, known: Set<String>) throws(ContentError) -> [IncidentChain] {
        func kinds(_ list: ContentValue) throws(ContentError) -> Set<KindCode> {
            var kinds: Set<KindCode> = []
            for entry in try list.list() {
                let text = try entry.text()
                guard known.contains(text) else { throw entry.error("\(text) is not among the kinds") }
                kinds.insert(KindCode(rawValue: text))
            }
            return kinds
        }
        var chains: [IncidentChain] = []
        for entry in try root["chains"]?.list() ?? [] {
            try entry.allow(keys: ["code", "vi", "en", "category", "severity", "window_minutes", "needs", "joins"])
            let needs = try entry.require("needs")
            var groups: [Set<KindCode>] = []
            for group in try needs.list() { groups.append(try kinds(group)) }
            guard groups.count >= 2, groups.allSatisfy({ !$0.isEmpty }) else {
                throw needs.error("expected at least two lists of kinds, none of them empty")
            }
            let code = try entry.require("code")
            guard !chains.contains(where: { (try? code.text()) == $0.code }) else { throw code.error("\(try code.text()) stands twice") }
            chains.append(
                IncidentChain(
                    code: try code.text(), vietnamese: try entry.require("vi").text(), english: try entry.require("en").text(),
                    category: CategoryCode(rawValue: try entry.require("category").text()),
                    severity: try entry.require("severity").word(Severity.self),
                    windowSeconds: Int64(try entry.require("window_minutes").integer(1...43_200)) * 60, needs: groups,
                    joins: try entry["joins"].map { value throws(ContentError) in try kinds(value) } ?? []))
        }
        return chains
    }

    private static func mapping(_ entry: ContentValue) throws(ContentError) -> Mapping {
        try entry.allow(keys: ["sid", "classtype", "message", "kind"])
        var mapping = Mapping()
        if let sid = entry["sid"] {
            let parts = try sid.text().split(separator: "-").map { Int64($0.trimmingCharacters(in: .whitespaces)) }
            guard (1...2).contains(parts.count), let first = parts[0], let last = parts[parts.count - 1], first <= last else {
                throw sid.error("expected a number or a range such as 9000001-9000099")
            }
            mapping.sids = first...last
        }
        mapping.classType = try entry["classtype"]?.text()
        mapping.messagePrefix = try entry["message"]?.text()
        guard mapping.sids != nil || mapping.classType != nil || mapping.messagePrefix != nil else {
            throw entry.error("expected at least one of sid, classtype, message")
        }
        let kind = try entry.require("kind").text()
        mapping.kind = kind == "none" ? nil : KindCode(rawValue: kind)
        return mapping
    }
}
