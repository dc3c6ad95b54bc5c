import Incidents
import Wording

/// One of the report's numbers, W01…W26 of the weekly report: its values, how they are computed, and from what.
public struct Metric: Sendable, Hashable {
    /// `W04`.
    public var code: String
    public var name: BilingualText
    /// How it is computed.
    public var method: BilingualText
    public var values: [MetricValue]

    init(_ code: String, _ name: BilingualText, method: BilingualText, _ values: [MetricValue]) {
        self.code = code
        self.name = name
        self.method = method
        self.values = values
    }

    /// A metric that the record cannot give.
    static func missing(_ code: String, _ name: BilingualText, why: BilingualText) -> Metric {
        Metric(code, name, method: why, [MetricValue("", nil, .missing)])
    }
}

/// A value of a metric, with the group that it is of.
public struct MetricValue: Sendable, Hashable {
    public enum Amount: Sendable, Hashable {
        case count(Int)
        /// 0...1.
        case share(Double)
        case seconds(Double)
        case text(String)
        /// The record does not hold it.
        case missing
    }

    /// Stable, for machines: `MALWARE`, `confirmed`.
    public var key: String
    /// For people; nil where the metric has one value only.
    public var label: BilingualText?
    public var amount: Amount
    /// The incidents that it counts.
    public var incidents: [IncidentCode]

    init(_ key: String, _ label: BilingualText?, _ amount: Amount, _ incidents: [IncidentCode] = []) {
        self.key = key
        self.label = label
        self.amount = amount
        self.incidents = incidents
    }
}
