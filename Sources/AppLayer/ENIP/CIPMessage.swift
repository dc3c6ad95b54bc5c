import Bytes

/// One message of the Common Industrial Protocol (The CIP Networks Library volume 1, chapter 2).
struct CIPMessage {
    static let multipleService: UInt8 = 0x0a
    private static let mostParts = 256

    struct Segment {
        /// Class, instance and attribute are 8, 9 and 12.
        enum Kind {
            static let classes: UInt8 = 8
            static let instance: UInt8 = 9
            static let attribute: UInt8 = 12
        }

        var type: UInt8
        var value: UInt32

        var kind: UInt8 { type >> 2 }
    }

    var service: UInt8
    var isResponse: Bool
    // Of requests
    var path: [Segment] = []
    /// Attributes that a list names, besides those in the path.
    var attributes: [UInt16] = []
    // Of responses
    var status: UInt8 = 0
    var extendedStatus: [UInt8] = []
    /// The messages in a multiple service packet, and where they are.
    var parts: [CIPMessage] = []
    var places: [Range<Int>] = []

    init(_ bytes: RawSpan) throws(ParseError) { (self, _) = try CIPMessage.read(bytes, isPart: false) }

    private init(service: UInt8) {
        self.service = service & 0x7f
        isResponse = service & 0x80 != 0
    }

    /// - Parameter isPart: it is in a multiple service packet, and can hold none itself.
    private static func read(_ bytes: RawSpan, isPart: Bool) throws(ParseError) -> (CIPMessage, Int) {
        guard bytes.byteCount >= 2 else { throw .truncated }
        var message = CIPMessage(service: bytes.byte(at: 0))
        var offset = 1
        if message.isResponse {
            guard bytes.byteCount >= 4 else { throw .truncated }
            message.status = bytes.byte(at: 2)
            let size = Int(bytes.byte(at: 3))
            guard bytes.byteCount - 4 >= size else { throw .truncated }
            message.extendedStatus = bytes.extracting(4..<4 + size).copied()
            offset = 4 + size
        } else {
            // The path's size is in words.
            let size = 2 * Int(bytes.byte(at: 1))
            guard bytes.byteCount - 2 >= size else { throw .truncated }
            message.path = try path(bytes.extracting(2..<2 + size))
            offset = 2 + size
        }
        if message.service == multipleService, !isPart {
            offset = try message.readParts(bytes, offset)
        } else if !message.isResponse, message.service == 3 || message.service == 4 {
            offset = try message.readAttributes(bytes, offset)
        }
        return (message, offset)
    }

    private static func path(_ bytes: RawSpan) throws(ParseError) -> [Segment] {
        var segments: [Segment] = []
        var offset = 0
        while offset < bytes.byteCount {
            let type = bytes.byte(at: offset)
            // Logical segments only; wider values stand behind a byte of padding.
            guard type >> 5 == 1, type & 3 < 3 else { throw .malformed }
            let size = [1, 3, 5][Int(type & 3)]
            guard bytes.byteCount - offset - 1 >= size else { throw .truncated }
            let value: UInt32
            switch type & 3 {
            case 0: value = UInt32(bytes.byte(at: offset + 1))
            case 1: value = UInt32(bytes.littleEndianUInt16(at: offset + 2))
            default: value = bytes.littleEndianUInt32(at: offset + 2)
            }
            segments.append(Segment(type: type, value: value))
            offset += 1 + size
        }
        return segments
    }

    /// Get Attribute List names all; of Set Attribute List only the first is known, since values follow it.
    private mutating func readAttributes(_ bytes: RawSpan, _ start: Int) throws(ParseError) -> Int {
        guard bytes.byteCount - start >= 2 else { throw .truncated }
        let named = Int(bytes.littleEndianUInt16(at: start))
        let count = service == 3 ? named : min(named, 1)
        guard (bytes.byteCount - start - 2) / 2 >= count else { throw .truncated }
        for index in 0..<min(count, CIPMessage.mostParts) { attributes.append(bytes.littleEndianUInt16(at: start + 2 + 2 * index)) }
        return start + 2 + 2 * count
    }

    private mutating func readParts(_ bytes: RawSpan, _ start: Int) throws(ParseError) -> Int {
        guard bytes.byteCount - start >= 2 else { throw .truncated }
        let count = Int(bytes.littleEndianUInt16(at: start))
        guard (bytes.byteCount - start - 2) / 2 >= count else { throw .truncated }
        var end = start + 2 + 2 * count
        for index in 0..<min(count, CIPMessage.mostParts) {
            let offset = start + Int(bytes.littleEndianUInt16(at: start + 2 + 2 * index))
            guard offset < bytes.byteCount else { throw .malformed }
            let (part, size) = try CIPMessage.read(bytes.dropping(offset), isPart: true)
            parts.append(part)
            places.append(offset..<offset + size)
            end = offset + size
        }
        return end
    }

    /// The message itself, or those that it packs.
    var all: [CIPMessage] { [self] + parts }

    /// Values of the path's segments of that kind.
    func values(_ kind: UInt8) -> [UInt32] { path.filter { $0.kind == kind }.map(\.value) }
}
