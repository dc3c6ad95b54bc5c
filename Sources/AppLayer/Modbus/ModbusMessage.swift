import Bytes

/// One Modbus message over TCP (MODBUS Application Protocol V1.1b3; Messaging on TCP/IP V1.0b for the header).
struct ModbusMessage {
    static let headerSize = 8

    /// Which data a function touches, and how.
    struct Access: OptionSet {
        var rawValue: UInt8
        static let read = Access(rawValue: 1)
        static let write = Access(rawValue: 2)
        static let discretes = Access(rawValue: 4)
        static let coils = Access(rawValue: 8)
        static let input = Access(rawValue: 16)
        static let holding = Access(rawValue: 32)
        static let single = Access(rawValue: 64)
        static let multiple = Access(rawValue: 128)
        static let bits: Access = [.discretes, .coils]
        static let tables: Access = [.discretes, .coils, .input, .holding]
    }

    struct Category: OptionSet {
        var rawValue: UInt8
        static let assigned = Category(rawValue: 1)
        static let unassigned = Category(rawValue: 2)
        static let user = Category(rawValue: 4)
        static let reserved = Category(rawValue: 8)
    }

    /// What no correct device sends.
    struct Flaws: OptionSet {
        var rawValue: UInt8
        static let value = Flaws(rawValue: 1)
        static let length = Flaws(rawValue: 2)
        static let exceptionCode = Flaws(rawValue: 4)
        static let functionCode = Flaws(rawValue: 8)
        static let protocolID = Flaws(rawValue: 16)
    }

    enum Content {
        case exception(UInt8)
        case diagnostic(function: UInt16, data: [UInt8])
        case encapsulated(type: UInt8, data: [UInt8])
        case readRequest(address: UInt16, quantity: UInt16)
        case readResponse([UInt8])
        case writeMultiple(address: UInt16, quantity: UInt16, data: [UInt8])
        case writeMask(address: UInt16, and: UInt16, or: UInt16)
        /// A single value, or the confirmation of several (how many).
        case write(address: UInt16, data: UInt16)
        /// Function 23: reads some registers and writes others.
        case readWrite(address: UInt16, quantity: UInt16, writeAddress: UInt16, writeQuantity: UInt16, data: [UInt8])
        case data([UInt8])
    }

    private static let mostBits: UInt16 = 2000
    private static let mostWords: UInt16 = 125

    let transaction: UInt16
    let protocolID: UInt16
    let unit: UInt8
    /// As sent: with the highest bit in exceptions.
    let function: UInt8
    let access: Access
    private(set) var category: Category = []
    private(set) var content = Content.data([])
    var flaws: Flaws = []

    var code: UInt8 { function & 0x7f }
    var isException: Bool { function >= 0x80 }

    /// Bytes that the message at the front has in all, or nil where its header is not there yet. Zero where it cannot be one.
    static func size(_ bytes: RawSpan) -> Int? {
        guard bytes.byteCount >= 6 else { return nil }
        let length = Int(bytes.uint16(at: 4))
        return length < 2 ? 0 : length + 6
    }

    /// - Parameters:
    ///   - bytes: the whole message.
    ///   - direction: nil when it is not known which side speaks.
    init(_ bytes: RawSpan, _ direction: FlowDirection?) throws(ParseError) {
        var cursor = ByteCursor(bytes)
        transaction = try cursor.u16()
        protocolID = try cursor.u16()
        _ = try cursor.u16()
        unit = try cursor.u8()
        function = try cursor.u8()
        access = ModbusMessage.access(function & 0x7f)
        if protocolID != 0 { flaws.insert(.protocolID) }
        if function & 0x7f == 0 { flaws.insert(.functionCode) }
        switch direction {
        case .toServer?:
            if function >= 0x80 { flaws.insert(.functionCode) }
            try readRequest(&cursor)
        case .toClient?: try readResponse(&cursor)
        case nil:
            switch code {
            case _ where isException: try readException(&cursor)
            case 8: try readDiagnostic(&cursor)
            case 43: try readEncapsulated(&cursor)
            default: content = .data(cursor.rest.copied())
            }
        }
        category = judgeCategory()
    }

    private static func access(_ code: UInt8) -> Access {
        switch code {
        case 1: [.read, .coils]
        case 2: [.read, .discretes]
        case 3: [.read, .holding]
        case 4: [.read, .input]
        case 5: [.write, .coils, .single]
        case 6: [.write, .holding, .single]
        case 15: [.write, .coils, .multiple]
        case 16: [.write, .holding, .multiple]
        case 22: [.write, .holding]
        case 23: [.read, .write, .holding, .multiple]
        default: []
        }
    }

    private func judgeCategory() -> Category {
        switch code {
        case 8:
            guard case .diagnostic(let function, _) = content else { return [] }
            return ModbusNames.diagnostics[function] == nil ? .reserved : .assigned
        case 43:
            guard case .encapsulated(let type, _) = content else { return [] }
            return type == 13 || type == 14 ? .assigned : .reserved
        case 1...24: return .assigned
        case 41, 42, 90, 91, 125...127: return .reserved
        case 65...72, 100...110: return .user
        case 0: return []
        default: return isException ? [] : .unassigned
        }
    }

    // MARK: requests

    @_lifetime(cursor: copy cursor)
    private mutating func readRequest(_ cursor: inout ByteCursor) throws(ParseError) {
        switch code {
        case 8 where !isException:
            if cursor.left != 4 { flaws.insert(.length) }
            try readDiagnostic(&cursor)
            checkDiagnostic()
        case 43 where !isException: try readEncapsulated(&cursor)
        case _ where isException: content = .data(cursor.rest.copied())
        default:
            switch code {
            case 20, 21: if cursor.left == 0 { flaws.insert(.length) }
            case 7, 11, 12, 17: if cursor.left > 0 { flaws.insert(.length) }
            case 24: if cursor.left != 2 { flaws.insert(.length) }
            default: break
            }
            if access.contains(.read) {
                try readReadRequest(&cursor)
            } else if access.contains(.write) {
                try readWriteRequest(&cursor)
            } else {
                content = .data(cursor.rest.copied())
            }
        }
    }

    @_lifetime(cursor: copy cursor)
    private mutating func readReadRequest(_ cursor: inout ByteCursor) throws(ParseError) {
        if code != 23, cursor.left > 4 { flaws.insert(.length) }
        let address = try cursor.u16()
        let quantity = try cursor.u16()
        let most = access.isDisjoint(with: .bits) ? ModbusMessage.mostWords : ModbusMessage.mostBits
        if quantity == 0 || quantity > most { flaws.insert(.value) }
        content = .readRequest(address: address, quantity: quantity)
        if code == 23 { try readWriteRequest(&cursor) }
    }

    @_lifetime(cursor: copy cursor)
    private mutating func readWriteRequest(_ cursor: inout ByteCursor) throws(ParseError) {
        let size = cursor.left
        let address = try cursor.u16()
        if access.contains(.single) {
            let data = try cursor.u16()
            if size > 4 { flaws.insert(.length) }
            if access.contains(.coils), data != 0, data != 0xff00 { flaws.insert(.value) }
            content = .write(address: address, data: data)
        } else if access.contains(.multiple) {
            let quantity = try cursor.u16()
            let count = try cursor.u8()
            if quantity == 0 || cursor.left != Int(count) { flaws.insert(.value) }
            if quantity > ModbusMessage.mostWords || Int(count) != 2 * Int(quantity), !access.contains(.coils) { flaws.insert(.value) }
            if access.contains(.coils), quantity > ModbusMessage.mostBits || Int(count) != (Int(quantity) + 7) / 8 {
                flaws.insert(.value)
            }
            let data = cursor.rest.copied()
            if case .readRequest(let from, let some) = content {
                content = .readWrite(address: from, quantity: some, writeAddress: address, writeQuantity: quantity, data: data)
            } else {
                content = .writeMultiple(address: address, quantity: quantity, data: data)
            }
        } else {
            try readMask(&cursor, address, size)
        }
    }

    @_lifetime(cursor: copy cursor)
    private mutating func readMask(_ cursor: inout ByteCursor, _ address: UInt16, _ size: Int) throws(ParseError) {
        let and = try cursor.u16()
        let or = try cursor.u16()
        if size > 6 { flaws.insert(.length) }
        content = .writeMask(address: address, and: and, or: or)
    }

    // MARK: responses

    @_lifetime(cursor: copy cursor)
    private mutating func readResponse(_ cursor: inout ByteCursor) throws(ParseError) {
        switch code {
        case _ where isException: try readException(&cursor)
        case 8: try readDiagnostic(&cursor)
        case 43: try readEncapsulated(&cursor)
        default:
            if code == 7, cursor.left != 1 { flaws.insert(.length) }
            if code == 11, cursor.left != 4 { flaws.insert(.length) }
            if access.contains(.read) {
                let count = try cursor.u8()
                if !(1...250).contains(count) || cursor.left != Int(count) { flaws.insert(.value) }
                content = .readResponse(cursor.rest.copied())
            } else if access.contains(.write) {
                try readWriteResponse(&cursor)
            } else {
                content = .data(cursor.rest.copied())
            }
        }
    }

    @_lifetime(cursor: copy cursor)
    private mutating func readWriteResponse(_ cursor: inout ByteCursor) throws(ParseError) {
        let size = cursor.left
        let address = try cursor.u16()
        guard !access.isDisjoint(with: [.single, .multiple]) else { return try readMask(&cursor, address, size) }
        let data = try cursor.u16()
        if size > 4 { flaws.insert(.length) }
        if access.contains(.multiple) {
            let most = access.isDisjoint(with: .bits) ? ModbusMessage.mostWords : ModbusMessage.mostBits
            if data == 0 || data > most { flaws.insert(.value) }
        }
        content = .write(address: address, data: data)
    }

    @_lifetime(cursor: copy cursor)
    private mutating func readException(_ cursor: inout ByteCursor) throws(ParseError) {
        let exception = try cursor.u8()
        // Codes that the function cannot have as its answer.
        switch exception {
        case 2 where (7...14).contains(code) || (17...21).contains(code): flaws.insert(.exceptionCode)
        case 3 where code == 8: flaws.insert(.exceptionCode)
        case 8 where code != 20 && code != 21: flaws.insert(.exceptionCode)
        default: break
        }
        content = .exception(exception)
    }

    @_lifetime(cursor: copy cursor)
    private mutating func readDiagnostic(_ cursor: inout ByteCursor) throws(ParseError) {
        let function = try cursor.u16()
        content = .diagnostic(function: function, data: cursor.rest.copied())
    }

    private mutating func checkDiagnostic() {
        guard case .diagnostic(let function, let data) = content, data.count == 2 else { return }
        switch function {
        case 0, 4: break
        case 1: if data[1] != 0 || (data[0] != 0 && data[0] != 0xff) { flaws.insert(.value) }
        case 3: if data[1] != 0 { flaws.insert(.value) }
        case _ where ModbusNames.diagnostics[function] == nil: break
        default: if data != [0, 0] { flaws.insert(.value) }
        }
    }

    @_lifetime(cursor: copy cursor)
    private mutating func readEncapsulated(_ cursor: inout ByteCursor) throws(ParseError) {
        let type = try cursor.u8()
        content = .encapsulated(type: type, data: cursor.rest.copied())
    }

    // MARK: pairs

    /// Whether this response answers that request; notes what does not agree.
    mutating func answers(_ request: ModbusMessage) -> Bool {
        guard transaction == request.transaction, unit == request.unit, code == request.code, access == request.access else { return false }
        guard category == .assigned else { return true }
        switch (content, request.content) {
        case (.exception, _), (.data, _), (_, .exception): return true
        case (.readResponse(let data), .readRequest(_, let quantity)):
            if data.count != (Int(quantity) + 7) / 8, !access.isDisjoint(with: .bits) { flaws.insert(.value) }
            if data.count != 2 * Int(quantity), access.isDisjoint(with: .bits) { flaws.insert(.value) }
        case (.readResponse(let data), .readWrite(_, let quantity, _, _, _)):
            if data.count != 2 * Int(quantity) { flaws.insert(.value) }
        case (.write(let address, let data), .write(let other, let value)):
            if address != other || data != value { flaws.insert(.value) }
        case (.write(let address, let data), .writeMultiple(let other, let quantity, _)):
            if address != other || data != quantity { flaws.insert(.value) }
        case (.writeMask(let address, let and, let or), .writeMask(let other, let otherAnd, let otherOr)):
            if address != other || and != otherAnd || or != otherOr { flaws.insert(.value) }
        case (.diagnostic(let function, _), .diagnostic(let other, _)): return function == other
        case (.encapsulated(let type, _), .encapsulated(let other, _)): return type == other
        default: return false
        }
        return true
    }

    /// The coils or registers that a request touches, counted from 1; nil where it touches none.
    var addresses: ClosedRange<Int>? {
        switch content {
        case .write(let address, _), .writeMask(let address, _, _): return Int(address) + 1...Int(address) + 1
        case .readRequest(let address, let quantity), .writeMultiple(let address, let quantity, _),
            .readWrite(_, _, let address, let quantity, _):
            return quantity == 0 ? nil : Int(address) + 1...Int(address) + Int(quantity)
        default: return nil
        }
    }

    /// What is written to a coil or register, counted from 1.
    func written(at address: Int) -> Int? {
        guard addresses?.contains(address) != false else { return nil }
        let start: Int
        let data: [UInt8]
        switch content {
        case .write(_, let value) where access.contains(.single): return access.contains(.coils) ? (value == 0 ? 0 : 1) : Int(value)
        case .writeMultiple(let first, _, let bytes), .readWrite(_, _, let first, _, let bytes): (start, data) = (Int(first), bytes)
        default: return nil
        }
        let place = address - start - 1
        guard place >= 0 else { return nil }
        if access.contains(.coils) {
            guard place / 8 < data.count else { return nil }
            return Int(data[place / 8] >> UInt8(place % 8) & 1)
        }
        guard place * 2 + 1 < data.count else { return nil }
        return Int(data[place * 2]) << 8 | Int(data[place * 2 + 1])
    }
}
