import Bytes

/// The header of a run of objects, and where its points are in the fragment.
struct DNP3Object {
    var group: UInt8
    var variation: UInt8
    var qualifier: UInt8
    var start: UInt32 = 0
    var stop: UInt32 = 0
    var count: UInt32 = 0
    /// Points that were understood, and the bytes that hold them.
    var points = 0
    var bytes = 0..<0

    /// What stands before each point: an index (1-3) or a size (4-6) of 1, 2 or 4 bytes.
    var prefixCode: UInt8 { qualifier >> 4 & 7 }
    var rangeCode: UInt8 { qualifier & 15 }
    var hasSizes: Bool { (4...6).contains(prefixCode) }
}

/// A field of a point.
enum DNP3Value {
    case unsigned(UInt64)
    case signed(Int64)
    case float(Double)
    /// Bytes of the fragment.
    case text(Range<Int>)
    case data(Range<Int>)
}

/// The objects of one application fragment, in order (§4.2.2).
struct DNP3Objects {
    private(set) var list: [DNP3Object] = []
    /// Everything was understood.
    private(set) var isComplete = false
    private(set) var event: DNP3Fields.Event?

    /// - Parameter start: where the objects begin in the fragment.
    init(_ fragment: RawSpan, from start: Int, mostObjects: Int, mostPoints: Int) {
        var offset = start
        var points = 0
        while offset < fragment.byteCount {
            guard fragment.byteCount - offset >= 3 else { return }
            guard list.count < mostObjects else {
                event = .tooManyObjects
                return
            }
            var object = DNP3Object(
                group: fragment.byte(at: offset), variation: fragment.byte(at: offset + 1), qualifier: fragment.byte(at: offset + 2))
            offset += 3
            let hasRange = DNP3Objects.readRange(fragment, &offset, &object)
            list.append(object)
            guard hasRange else { return }
            if object.variation == 0 || object.count == 0 { continue }
            guard Int(object.count) <= mostPoints - points else {
                event = .tooManyPoints
                return
            }
            let first = offset
            var understood = 0
            let isRead = DNP3Objects.walk(object, fragment, &offset, each: { _, _, _ in understood += 1 }, field: { _, _ in })
            list[list.count - 1].points = understood
            list[list.count - 1].bytes = first..<offset
            points += understood
            guard isRead else {
                event = .unknownObject
                return
            }
        }
        isComplete = true
    }

    /// Table 4-5: a start and a stop, a count, or nothing.
    private static func readRange(_ bytes: RawSpan, _ offset: inout Int, _ object: inout DNP3Object) -> Bool {
        func number(_ size: Int) -> UInt32? {
            guard bytes.byteCount - offset >= size else { return nil }
            defer { offset += size }
            switch size {
            case 1: return UInt32(bytes.byte(at: offset))
            case 2: return UInt32(bytes.littleEndianUInt16(at: offset))
            default: return bytes.littleEndianUInt32(at: offset)
            }
        }
        switch object.rangeCode {
        case 0...5:
            let size = 1 << Int(object.rangeCode % 3)
            guard bytes.byteCount - offset >= 2 * size, let start = number(size), let stop = number(size) else { return false }
            object.start = start
            object.stop = stop
            object.count = stop &- start &+ 1
        case 6: break
        case 7, 8, 9, 11:
            guard let count = number(object.rangeCode == 11 ? 1 : 1 << Int(object.rangeCode - 7)) else { return false }
            object.count = count
        default: return false
        }
        return true
    }

    /// Goes through the points of an object: `each` is told of every point (index, prefix, size), `field` of its fields.
    ///
    /// - Returns: false where the bytes are not such points; what came before was told of.
    static func walk(
        _ object: DNP3Object, _ bytes: RawSpan, _ offset: inout Int, each: (_ index: UInt32, _ prefix: UInt32, _ size: UInt32) -> Void,
        field: (String, DNP3Value) -> Void
    ) -> Bool {
        guard let layout = DNP3Layout.of(object.group, object.variation) else { return false }
        switch layout.prefix {
        case .any: break
        case .size: guard object.hasSizes else { return false }
        case .twoByteSize: guard object.prefixCode == 5 else { return false }
        }
        if let width = layout.packedWidth { return walkPacked(object, layout, width, bytes, &offset, each, field) }
        var index = object.start
        for _ in 0..<object.count {
            guard let prefix = readPrefix(object.prefixCode, bytes, &offset) else { return false }
            let end = object.hasSizes ? min(bytes.byteCount, offset + Int(prefix)) : nil
            var probe = offset
            guard walkFields(layout.fields, bytes, &probe, end: end, { _, _ in }) else { return false }
            each((1...3).contains(object.prefixCode) ? prefix : index, prefix, object.hasSizes ? prefix : 0)
            _ = walkFields(layout.fields, bytes, &offset, end: end, field)
            index &+= 1
        }
        return true
    }

    private static func walkPacked(
        _ object: DNP3Object, _ layout: DNP3Layout, _ width: Int, _ bytes: RawSpan, _ offset: inout Int,
        _ each: (UInt32, UInt32, UInt32) -> Void, _ field: (String, DNP3Value) -> Void
    ) -> Bool {
        guard case .number(let name, _)? = layout.fields.first else { return false }
        var index = object.start
        var left = Int(object.count)
        while left > 0 {
            guard let prefix = readPrefix(object.prefixCode, bytes, &offset), offset < bytes.byteCount else { return false }
            let byte = bytes.byte(at: offset)
            offset += 1
            for shift in stride(from: 0, to: 8, by: width) where left > 0 {
                each((1...3).contains(object.prefixCode) ? prefix : index, prefix, object.hasSizes ? prefix : 0)
                field(name, .unsigned(UInt64(byte >> UInt8(shift)) & (1 << UInt64(width) - 1)))
                index &+= 1
                left -= 1
            }
        }
        return true
    }

    private static func readPrefix(_ code: UInt8, _ bytes: RawSpan, _ offset: inout Int) -> UInt32? {
        let size = [0, 1, 2, 4, 1, 2, 4, 0][Int(code)]
        guard bytes.byteCount - offset >= size else { return nil }
        defer { offset += size }
        switch size {
        case 1: return UInt32(bytes.byte(at: offset))
        case 2: return UInt32(bytes.littleEndianUInt16(at: offset))
        case 4: return bytes.littleEndianUInt32(at: offset)
        default: return 0
        }
    }

    /// - Parameter end: where the object ends by the size before it; nil where there is none.
    private static func walkFields(
        _ fields: [DNP3Layout.Field], _ bytes: RawSpan, _ offset: inout Int, end: Int?, _ field: (String, DNP3Value) -> Void
    ) -> Bool {
        // The sizes that later fields ask for; objects have no more than a few.
        var sizes: [(name: String, value: Int)] = []
        func range(_ size: Int) -> Range<Int>? {
            guard size >= 0, bytes.byteCount - offset >= size else { return nil }
            defer { offset += size }
            return offset..<offset + size
        }
        for item in fields {
            switch item {
            case .number(let name, let kind):
                guard let value = number(kind, bytes, &offset) else { return false }
                if case .unsigned(let size) = value { sizes.append((name, Int(size & 0xffff_ffff))) }
                field(name, value)
            case .bits(let parts):
                guard let place = range(1) else { return false }
                var rest = bytes.byte(at: place.lowerBound)
                for part in parts {
                    field(part.name, .unsigned(UInt64(rest & UInt8(1 << part.width - 1))))
                    rest >>= UInt8(part.width)
                }
            case .text(let name, let size), .data(let name, let size):
                guard let place = range(sizes.last { $0.name == size }?.value ?? -1) else { return false }
                if case .text = item { field(name, .text(place)) } else { field("data->" + name, .data(place)) }
            case .restOfText(let name):
                guard let place = range((end ?? offset) - offset) else { return false }
                field(name, .text(place))
            case .restOfData(let name):
                guard let place = range((end ?? offset) - offset) else { return false }
                field("data->" + name, .data(place))
            case .vendor(let name):
                guard let place = range(4) else { return false }
                field("data->" + name, .text(place))
            }
        }
        return true
    }

    private static func number(_ kind: DNP3Layout.Number, _ bytes: RawSpan, _ offset: inout Int) -> DNP3Value? {
        let size =
            switch kind {
            case .u8: 1
            case .u16, .i16: 2
            case .u24: 3
            case .u32, .i32, .f32: 4
            case .time: 6
            case .f64: 8
            }
        guard bytes.byteCount - offset >= size else { return nil }
        var raw: UInt64 = 0
        for index in (0..<size).reversed() { raw = raw << 8 | UInt64(bytes.byte(at: offset + index)) }
        offset += size
        switch kind {
        case .u8, .u16, .u24, .u32, .time: return .unsigned(raw)
        case .i16: return .signed(Int64(Int16(truncatingIfNeeded: raw)))
        case .i32: return .signed(Int64(Int32(truncatingIfNeeded: raw)))
        case .f32: return .float(Double(Float(bitPattern: UInt32(truncatingIfNeeded: raw))))
        case .f64: return .float(Double(bitPattern: raw))
        }
    }
}
