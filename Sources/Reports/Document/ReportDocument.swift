import Bytes
import Incidents
import Wording

/// A report as meaning, in one language, before any format.
public struct ReportDocument: Sendable {
    public var language: Language
    public var letterhead: Letterhead
    /// Blank to be filled in when it is registered.
    public var number: String?
    /// Blank to be filled in when it is signed.
    public var date: Timestamp?
    /// `BÁO CÁO`.
    public var kind: String
    public var title: String
    public var sections: [Section]
    public var provenance: [Fact]
    public var signature: [String]
    public var copies: [String]
    /// Metrics with their origin are printed too.
    public var isTraced: Bool

    public struct Section: Sendable {
        /// `IV`; `PHỤ LỤC`.
        public var number: String
        public var heading: String
        public var isAppendix: Bool
        public var metrics: [Metric]
        public var blocks: [Block]
    }

    public var metrics: [Metric] { sections.flatMap(\.metrics) }
}

/// A name and what it is.
public struct Fact: Sendable, Hashable {
    public var name: String
    public var value: String

    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// A piece of a section.
public enum Block: Sendable {
    case paragraph(String)
    case subheading(String)
    case facts([Fact])
    case list([String])
    case table(DataTable)
    case bars(BarChart)
    case columns(ColumnChart)
    /// What the record does not hold.
    case missing(String)
    /// Lines to write on by hand.
    case blankLines(Int)
}

/// Rows under headings.
public struct DataTable: Sendable {
    public enum Alignment: Sendable { case start, end, code, hash }

    public var caption: String
    public var columns: [(heading: String, alignment: Alignment)]
    public var rows: [[String]]
    /// The last row is a total.
    public var hasTotal: Bool

    init(_ caption: String, _ columns: [(heading: String, alignment: Alignment)], _ rows: [[String]], hasTotal: Bool = false) {
        self.caption = caption
        self.columns = columns
        self.rows = rows
        self.hasTotal = hasTotal
    }
}

/// Horizontal bars, each with its number; two parts where the second is not zero.
public struct BarChart: Sendable {
    public struct Bar: Sendable {
        public var label: String
        public var first: Int
        public var second: Int
    }

    public var title: String
    public var legend: [String]
    public var bars: [Bar]
}

/// Upright columns over time.
public struct ColumnChart: Sendable {
    public struct Column: Sendable {
        public var label: String
        public var first: Int
        public var second: Int
    }

    public var title: String
    public var legend: [String]
    public var columns: [Column]
}
