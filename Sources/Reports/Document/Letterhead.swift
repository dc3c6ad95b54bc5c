import Incidents
import Wording

/// Who issues the report: the header and the end of a document by NĐ 30/2020/NĐ-CP, Phụ lục I. Local facts, from `organisation.yaml`.
public struct Letterhead: Sendable, Hashable {
    /// Cơ quan chủ quản: `UBND TỈNH …`, `CÔNG AN TỈNH …`.
    public var parent: String?
    /// Cơ quan ban hành.
    public var name: String
    /// Behind `Số: …/BC-`.
    public var symbol: String
    /// Địa danh.
    public var place: String
    /// Kính gửi.
    public var addressees: [String]
    /// `TM.`, the title, and the name of who signs.
    public var authority: String?
    public var signerTitle: String
    public var signerName: String?
    /// Nơi nhận, besides the addressees.
    public var copies: [String]

    /// Blanks, for a team that has not said who it is.
    public static let blank = Letterhead(
        parent: nil, name: "………………………………", symbol: "……", place: "…………", addressees: [], authority: nil, signerTitle: "………………………",
        signerName: nil,
        copies: [])

    /// Reads `organisation.yaml`.
    public static func load(file: String) throws(ContentError) -> Letterhead { try Letterhead(ContentValue.load(file: file)) }

    public static func parse(_ text: String, file: String) throws(ContentError) -> Letterhead {
        try Letterhead(ContentValue.parse(text, file: file))
    }

    private init(_ root: ContentValue) throws(ContentError) {
        try root.allow(keys: ["parent", "name", "symbol", "place", "to", "signer", "copies"])
        func texts(_ key: String) throws(ContentError) -> [String] {
            var list: [String] = []
            if let value = root[key] { for entry in try value.list() { list.append(try entry.text()) } }
            return list
        }
        parent = try root["parent"]?.text()
        name = try root.require("name").text()
        symbol = try root.require("symbol").text()
        place = try root.require("place").text()
        addressees = try texts("to")
        copies = try texts("copies")
        let signer = try root.require("signer")
        try signer.allow(keys: ["authority", "title", "name"])
        authority = try signer["authority"]?.text()
        signerTitle = try signer.require("title").text()
        signerName = try signer["name"]?.text()
    }

    private init(
        parent: String?, name: String, symbol: String, place: String, addressees: [String], authority: String?, signerTitle: String,
        signerName: String?, copies: [String]
    ) {
        self.parent = parent
        self.name = name
        self.symbol = symbol
        self.place = place
        self.addressees = addressees
        self.authority = authority
        self.signerTitle = signerTitle
        self.signerName = signerName
        self.copies = copies
    }
}
