import AppLayer
import Bytes
import Match

/// The summaries of all rules, written one after the other: what rule sets are made from, and what a cache keeps.
struct RuleRecords: Sendable {
    /// In load order.
    private(set) var bytes: [UInt8] = []
    /// Where each record begins.
    var offsets: [UInt32] = []
    var sets = RuleSets()

    var count: Int { offsets.count }

    init() {}

    /// What a cache holds; whether it is whole shows when the records are read.
    init(bytes: [UInt8], offsets: [UInt32], sets: RuleSets) {
        self.bytes = bytes
        self.offsets = offsets
        self.sets = sets
    }

    /// Writes a rule's record and gives the place where it begins, which the caller adds to ``offsets`` if the rule is to count.
    mutating func write(_ signature: Signature) -> UInt32 {
        let start = UInt32(bytes.count)
        RuleSummary(signature, &sets).write(to: &bytes)
        return start
    }

    /// The record of a rule.
    func read(_ record: Int) throws(ParseError) -> RuleSummary {
        let start = Int(offsets[record])
        guard start <= bytes.count else { throw .truncated }
        var cursor = ByteCursor(bytes.rawSpan.dropping(start))
        return try RuleSummary(&cursor, sets)
    }

    /// Where the rule stands in evaluation order, as far as its record tells.
    func rank(_ record: Int) throws(ParseError) -> RuleOrder.Key {
        let start = Int(offsets[record])
        guard start <= bytes.count else { throw .truncated }
        var cursor = ByteCursor(bytes.rawSpan.dropping(start))
        return try RuleSummary.rank(&cursor)
    }
}

extension RuleSummary {
    func write(to bytes: inout [UInt8]) {
        bytes.put(action.rawValue)
        bytes.put(priority)
        bytes.put(flags.rawValue)
        bytes.put(id.generator)
        bytes.put(id.signature)
        bytes.put(id.revision)
        bytes.put(kind.rawValue)
        bytes.put(directions.rawValue)
        bytes.put(fileHashes.rawValue)
        bytes.put(header.forbidden.rawValue)
        bytes.put(header.source)
        bytes.put(header.destination)
        bytes.put(header.sourcePorts)
        bytes.put(header.destinationPorts)
        bytes.put(header.protocols)
        bytes.put(UInt8(header.isSpecial ? 1 : 0))
        bytes.put(payloadGroups)
        bytes.put(payloadSizes.rawValue)
        bytes.put(UInt8(payload == nil ? 0 : 1))
        payload?.write(to: &bytes)
        bytes.put(UInt8(searched == nil ? 0 : 1))
        searched?.write(to: &bytes)
        bytes.put(UInt32(frames.count))
        for frame in frames { frame.write(to: &bytes) }
        bytes.put(UInt32(bitNames.count))
        for name in bitNames { bytes.put(name) }
        bytes.put(UInt32(integerNames.count))
        for name in integerNames { bytes.put(name) }
    }

    /// The first fields of a record alone.
    static func rank(_ cursor: inout ByteCursor) throws(ParseError) -> RuleOrder.Key {
        guard let action = RuleAction(rawValue: try cursor.u8()) else { throw .malformed }
        let priority = try cursor.littleEndianU16()
        return RuleOrder.Key(action: action, priority: priority, flags: RuleFlags(rawValue: try cursor.littleEndianU16()))
    }

    /// - Parameter sets: every number in the record is one of these.
    init(_ cursor: inout ByteCursor, _ sets: RuleSets) throws(ParseError) {
        let rank = try RuleSummary.rank(&cursor)
        (action, priority, flags) = (rank.action, rank.priority, rank.flags)
        id = SignatureID(
            generator: try cursor.littleEndianU32(), signature: try cursor.littleEndianU32(), revision: try cursor.littleEndianU32())
        guard let kind = SignatureKind(rawValue: try cursor.u8()) else { throw .malformed }
        self.kind = kind
        directions = FlowDirections(rawValue: try cursor.u8())
        fileHashes = FileHashSelection(rawValue: try cursor.u8())
        header = HeaderTable.Entry(
            forbidden: PacketTraits(rawValue: try cursor.littleEndianU32()), source: try cursor.littleEndianU32(),
            destination: try cursor.littleEndianU32(), sourcePorts: try cursor.littleEndianU32(),
            destinationPorts: try cursor.littleEndianU32(), protocols: try cursor.littleEndianU16(), isSpecial: try cursor.flag())
        guard max(header.source, header.destination) < sets.addresses.count,
            max(header.sourcePorts, header.destinationPorts) < sets.ports.count, header.protocols < sets.protocols.count
        else { throw .malformed }
        payloadGroups = try cursor.u8()
        payloadSizes = PayloadSizes(rawValue: try cursor.u8())
        payload = try cursor.flag() ? PayloadChoices.Choice(&cursor) : nil
        searched = try cursor.flag() ? Search(&cursor, sets) : nil
        for _ in 0..<(try cursor.count()) { frames.append(try Search(&cursor, sets)) }
        for _ in 0..<(try cursor.count()) { bitNames.append(try cursor.text()) }
        for _ in 0..<(try cursor.count()) { integerNames.append(try cursor.text()) }
    }
}

extension RuleSummary.Search {
    fileprivate func write(to bytes: inout [UInt8]) {
        bytes.put(buffer.rawValue)
        bytes.put(transforms)
        bytes.put(UInt8(isPreferred ? 1 : 0))
        bytes.put(UInt8(choice == nil ? 0 : 1))
        choice?.write(to: &bytes)
    }

    fileprivate init(_ cursor: inout ByteCursor, _ sets: RuleSets) throws(ParseError) {
        buffer = BufferID(rawValue: try cursor.littleEndianU16())
        transforms = try cursor.littleEndianU16()
        guard transforms < sets.transforms.count else { throw .malformed }
        isPreferred = try cursor.flag()
        choice = try cursor.flag() ? PayloadChoices.Choice(&cursor) : nil
    }
}

extension PayloadChoices.Choice {
    fileprivate func write(to bytes: inout [UInt8]) {
        literal.write(to: &bytes)
        bytes.put(endsBefore)
        bytes.put(UInt8(anchor == nil ? 0 : 1))
        anchor?.write(to: &bytes)
    }

    fileprivate init(_ cursor: inout ByteCursor) throws(ParseError) {
        literal = try Literal(&cursor)
        endsBefore = try cursor.littleEndianU32()
        anchor = try cursor.flag() ? AnchorTable.Anchor(&cursor) : nil
    }
}

extension AnchorTable.Anchor {
    fileprivate func write(to bytes: inout [UInt8]) {
        bytes.put(UInt16(offset))
        bytes.put(UInt8(isCaseInsensitive ? 1 : 0))
        bytes.put(bytes: self.bytes)
    }

    fileprivate init(_ cursor: inout ByteCursor) throws(ParseError) {
        offset = Int(try cursor.littleEndianU16())
        isCaseInsensitive = try cursor.flag()
        bytes = try cursor.list()
        guard (1...8).contains(bytes.count) else { throw .malformed }
    }
}

extension Literal {
    fileprivate func write(to bytes: inout [UInt8]) {
        bytes.put(UInt8(isCaseInsensitive ? 1 : 0))
        bytes.put(bytes: self.bytes)
    }

    fileprivate init(_ cursor: inout ByteCursor) throws(ParseError) {
        let isCaseInsensitive = try cursor.flag()
        let bytes = try cursor.list()
        guard !bytes.isEmpty else { throw .malformed }
        self.init(bytes, isCaseInsensitive: isCaseInsensitive)
    }
}
