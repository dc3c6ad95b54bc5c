import Bytes
import Incidents
import Wording

/// A report, notice or form as meaning, in one language, before any format.
public struct ReportDocument: Sendable {
    /// Which report or form it is: `weekly`, `f72`.
    public var form: String
    public var language: Language
    public var letterhead: Letterhead
    /// Abbreviation of the kind of document in its number: `BC` of `Số: 05/BC-ĐƯCSC`.
    public var symbol: String
    /// Blank to be filled in when it is registered.
    public var number: String?
    /// Blank to be filled in when it is signed.
    public var date: Timestamp?
    /// `BÁO CÁO`.
    public var kind: String
    /// That it is a draft, and why; nil for a whole document.
    public var draftNote: String? = nil
    /// May have several lines.
    public var title: String
    /// Căn cứ: the instruments that it rests on.
    public var basis: [String] = []
    /// Kính gửi.
    public var addressees: [String]
    public var sections: [Section]
    public var provenance: [Fact]
    public var signature: Signature
    /// Nơi nhận, besides the addressees.
    public var copies: [String]
    /// Metrics with their origin are printed too.
    public var isTraced: Bool

    public struct Section: Sendable {
        /// `IV`; empty where sections have no numbers.
        public var number: String
        public var heading: String
        public var isAppendix: Bool
        /// On sheets that lie across, for wide tables.
        public var isLandscape = false
        public var metrics: [Metric]
        public var blocks: [Block]

        public init(
            number: String, heading: String, isAppendix: Bool = false, isLandscape: Bool = false, metrics: [Metric] = [], blocks: [Block]
        ) {
            self.number = number
            self.heading = heading
            self.isAppendix = isAppendix
            self.isLandscape = isLandscape
            self.metrics = metrics
            self.blocks = blocks
        }
    }

    /// The title on one line.
    public var plainTitle: String { title.replacing("\n", with: " ") }

    public var metrics: [Metric] { sections.flatMap(\.metrics) }

    /// Every field of a form, in its order.
    public var fields: [FilledField] {
        sections.flatMap { section in
            section.blocks.flatMap { block -> [FilledField] in if case .fields(let fields) = block { fields } else { [] } }
        }
    }

    /// Every table as printed, in its order.
    public var tables: [DataTable] {
        sections.flatMap { section in
            section.blocks.compactMap { block -> DataTable? in if case .table(let table) = block { table } else { nil } }
        }
    }
}

/// Where a person signs. The program never draws a signature.
public struct Signature: Sendable, Hashable {
    /// `TM. ĐỘI ỨNG CỨU SỰ CỐ`, then the title.
    public var lines: [String]
    /// `(Ký tên, đóng dấu)`.
    public var note: String?
    public var name: String

    public init(lines: [String], note: String? = nil, name: String) {
        self.lines = lines
        self.note = note
        self.name = name
    }
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

/// A field of a form, as far as it is known.
public struct FilledField: Sendable, Hashable {
    public enum Value: Sendable, Hashable {
        case text(String)
        /// Every choice that the form prints, and which are ticked.
        case choices([Choice])
        /// Demanded by the form and not known: it has to be filled in before the form is sent.
        case missing
        /// Left out, as the form allows.
        case blank
    }

    public struct Choice: Sendable, Hashable {
        public var code: String
        public var label: String
        public var isChosen: Bool
    }

    /// Stable, for machines and answers: `reporter_name`.
    public var key: String
    public var label: String
    public var isRequired: Bool
    public var value: Value
}

/// A piece of a section.
public enum Block: Sendable {
    case paragraph(String)
    case subheading(String)
    case facts([Fact])
    case fields([FilledField])
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
