import Foundation
import Incidents
import Wording

/// Who issues the documents: the header and the end by NĐ 30/2020/NĐ-CP, Phụ lục I, and what the forms ask about the unit. Local facts, from
/// `organisation.yaml`.
public struct Letterhead: Sendable, Hashable {
    /// Cơ quan chủ quản: `UBND TỈNH …`, `CÔNG AN TỈNH …`.
    public var parent: String?
    /// Cơ quan ban hành.
    public var name: String
    /// Behind `Số: …/BC-`.
    public var symbol: String
    /// Địa danh.
    public var place: String
    /// Kính gửi, where a form has no recipients of its own.
    public var addressees: [String]
    /// `TM.`, the title, and the name of who signs.
    public var authority: String?
    public var signerTitle: String
    public var signerName: String?
    /// Nơi nhận, besides the addressees.
    public var copies: [String]
    /// Kính gửi by form: `f24`.
    public var recipients: [String: [String]] = [:]
    /// Where mail goes, by form; `default` for the others.
    public var mailTo: [String: [String]] = [:]
    public var mailFrom: String?
    public var logo: Logo?
    /// What forms ask about the unit, by the key after `unit.`: `address`, `contact.phone`.
    public var facts: [String: String] = [:]

    /// Facts that `organisation.yaml` may give.
    static let factNames = [
        "address", "transaction_address", "phone", "fax", "email", "website", "tax_code", "decision_no", "member_code", "owner",
        "specialised_unit", "function_document",
    ]
    static let people = ["contact", "dpo", "monitoring_contact"]
    static let personFacts = ["name", "title", "phone", "mobile", "email", "address"]

    /// Names that a form's field may take from, after `unit.`.
    static var sources: Set<String> {
        Set(
            factNames + ["name", "parent", "symbol", "place"]
                + people.flatMap { person in (personFacts + ["person"]).map { "\(person).\($0)" } })
    }

    /// Blanks, for a team that has not said who it is.
    public static let blank = Letterhead(
        name: "………………………………", symbol: "……", place: "…………", addressees: [], signerTitle: "………………………", copies: [])

    /// Reads `organisation.yaml`; the logo's file lies beside it.
    public static func load(file: String) throws(ContentError) -> Letterhead { try Letterhead(ContentValue.load(file: file)) }

    public static func parse(_ text: String, file: String) throws(ContentError) -> Letterhead {
        try Letterhead(ContentValue.parse(text, file: file))
    }

    private init(_ root: ContentValue) throws(ContentError) {
        try root.allow(
            keys: Set(
                ["parent", "name", "symbol", "place", "to", "signer", "copies", "logo", "recipients", "mail"] + Self.factNames + Self.people
            ))
        func texts(_ value: ContentValue?) throws(ContentError) -> [String] {
            var list: [String] = []
            if let value { for entry in try value.list() { list.append(try entry.text()) } }
            return list
        }
        func lists(_ value: ContentValue?) throws(ContentError) -> [String: [String]] {
            var lists: [String: [String]] = [:]
            if let value { for (name, entry) in try value.entries() { lists[name] = try texts(entry) } }
            return lists
        }
        parent = try root["parent"]?.text()
        name = try root.require("name").text()
        symbol = try root.require("symbol").text()
        place = try root.require("place").text()
        addressees = try texts(root["to"])
        copies = try texts(root["copies"])
        recipients = try lists(root["recipients"])
        if let mail = root["mail"] {
            try mail.allow(keys: ["from", "to"])
            mailFrom = try mail["from"]?.text()
            mailTo = try lists(mail["to"])
        }
        let signer = try root.require("signer")
        try signer.allow(keys: ["authority", "title", "name"])
        authority = try signer["authority"]?.text()
        signerTitle = try signer.require("title").text()
        signerName = try signer["name"]?.text()
        for fact in Self.factNames { facts[fact] = try root[fact]?.text() }
        for person in Self.people {
            guard let entry = root[person] else { continue }
            try entry.allow(keys: Set(Self.personFacts))
            for fact in Self.personFacts { facts["\(person).\(fact)"] = try entry[fact]?.text() }
            // With the title, as one text.
            let both = ["name", "title"].compactMap { facts["\(person).\($0)"] }
            if facts["\(person).name"] != nil { facts["\(person).person"] = both.joined(separator: ", ") }
        }
        if let entry = root["logo"] { logo = try Logo(entry) }
        facts["name"] = name
        facts["parent"] = parent
        facts["symbol"] = symbol
        facts["place"] = place
    }

    private init(name: String, symbol: String, place: String, addressees: [String], signerTitle: String, copies: [String]) {
        self.name = name
        self.symbol = symbol
        self.place = place
        self.addressees = addressees
        self.signerTitle = signerTitle
        self.copies = copies
    }

    /// Who signs.
    var signature: Signature { Signature(lines: [authority, signerTitle].compactMap { $0 }, name: signerName ?? "") }
}

/// The unit's logo, PNG or JPEG.
public struct Logo: Sendable, Hashable {
    public var bytes: [UInt8]
    public var mediaType: String

    var fileExtension: String { mediaType == "image/png" ? "png" : "jpeg" }
    var fileName: String { "logo.\(fileExtension)" }
    var dataURI: String { "data:\(mediaType);base64,\(Data(bytes).base64EncodedString())" }

    init(_ entry: ContentValue) throws(ContentError) {
        let name = try entry.text()
        let path =
            name.hasPrefix("/") ? name : URL(fileURLWithPath: entry.file).deletingLastPathComponent().appendingPathComponent(name).path
        guard let data = FileManager.default.contents(atPath: path) else { throw entry.error("\(path) cannot be read") }
        guard data.count <= 1 << 20 else { throw entry.error("\(path) is larger than 1 MiB") }
        bytes = [UInt8](data)
        if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
            mediaType = "image/png"
        } else if bytes.starts(with: [0xff, 0xd8, 0xff]) {
            mediaType = "image/jpeg"
        } else {
            throw entry.error("\(path) is neither PNG nor JPEG")
        }
    }

    /// Its size within a box, with its own proportions where the file says them (PNG), else square.
    func size(fitting box: (width: Int, height: Int)) -> (width: Int, height: Int) {
        func number(_ at: Int) -> Int { bytes[at..<at + 4].reduce(0) { $0 << 8 | Int($1) } }
        guard mediaType == "image/png", bytes.count >= 24 else { return (box.height, box.height) }
        let (width, height) = (max(1, number(16)), max(1, number(20)))
        guard width < 1 << 20, height < 1 << 20 else { return (box.height, box.height) }
        let byHeight = box.height * width / height
        return byHeight <= box.width ? (byHeight, box.height) : (box.width, box.width * height / width)
    }
}
