import Bytes

/// One message of the PostgreSQL frontend/backend protocol, version 3 (PostgreSQL documentation, "Message Formats").
enum PgSQLMessage {
    // From the client
    case sslRequest
    case startup(version: (UInt16, UInt16), user: [UInt8], parameters: [Parameter])
    case cancel(process: UInt32, key: UInt32)
    case password([UInt8])
    case saslInitial(isBound: Bool, parameter: [UInt8])
    case saslResponse([UInt8])
    case query([UInt8])
    case copyFail([UInt8])
    case terminate
    // From the server
    case sslAnswer(isAccepted: Bool)
    case authentication(Authentication, [UInt8])
    case parameterStatus(Parameter)
    case backendKey(process: UInt32, key: UInt32)
    case readyForQuery
    case rowDescription(fields: UInt16)
    case dataRow(size: UInt64)
    case commandComplete([UInt8])
    case error([(type: UInt8, value: [UInt8])])
    case copyIn(columns: UInt16)
    case copyOut(columns: UInt16)
    // From both
    case copyData(size: UInt64)
    case copyDone
    /// Messages of no interest here, and those that later versions may add.
    case other

    struct Parameter {
        var name: [UInt8]
        var value: [UInt8]
    }

    enum Authentication: UInt32 {
        case ok = 0
        case cleartext = 3
        case md5 = 5
        case sspi = 9
        case sasl = 10
        case saslContinue, saslFinal
    }

    /// What the client's next message with the letter `p` is.
    enum Answer { case none, password, saslInitial, saslResponse }

    /// Longer messages are passed over.
    static let longest = 1 << 24
    private static let mostParameters = 256

    /// A message without letter: the first of a connection.
    static func initial(_ bytes: RawSpan) throws(ParseError) -> PgSQLMessage {
        var cursor = ByteCursor(bytes)
        let major = try cursor.u16()
        let minor = try cursor.u16()
        switch (major, minor) {
        case (1234, 5678): return .cancel(process: try cursor.u32(), key: try cursor.u32())
        case (1234, 5679): return .sslRequest
        case (1...3, _): break
        default: throw .malformed
        }
        var user: [UInt8] = []
        var parameters: [Parameter] = []
        let rest = cursor.rest
        var offset = 0
        while offset < rest.byteCount, rest.byte(at: offset) != 0 {
            let parameter = try self.parameter(rest, &offset)
            if parameter.name == Array("user".utf8) {
                user = parameter.value
            } else if parameters.count < mostParameters {
                parameters.append(parameter)
            }
        }
        guard !user.isEmpty else { throw .malformed }
        return .startup(version: (major, minor), user: user, parameters: parameters)
    }

    static func frontend(_ letter: UInt8, _ body: RawSpan, _ answer: Answer) throws(ParseError) -> PgSQLMessage {
        switch letter {
        case 0x51:  // Q
            let query = text(body, from: 0)
            guard let query, !query.isEmpty else { throw .malformed }
            return .query(query)
        case 0x58:  // X
            guard body.byteCount == 0 else { throw .malformed }
            return .terminate
        case 0x64: return .copyData(size: UInt64(body.byteCount))  // d
        case 0x63: return .copyDone  // c
        case 0x66: return .copyFail(text(body, from: 0) ?? body.copied())  // f
        case 0x70:  // p
            switch answer {
            case .none: return .other
            case .password:
                guard let password = text(body, from: 0), !password.isEmpty else { throw .malformed }
                return .password(password)
            case .saslInitial: return try saslInitial(body)
            case .saslResponse: return .saslResponse(body.copied())
            }
        default: return .other
        }
    }

    static func backend(_ letter: UInt8, _ body: RawSpan) throws(ParseError) -> PgSQLMessage {
        var cursor = ByteCursor(body)
        switch letter {
        case 0x52:  // R
            guard let kind = Authentication(rawValue: try cursor.u32()) else { throw .malformed }
            if kind == .md5, cursor.left != 4 { throw .malformed }
            return .authentication(kind, cursor.rest.copied())
        case 0x53:  // S
            var offset = 0
            return .parameterStatus(try parameter(body, &offset))
        case 0x4b:  // K
            return .backendKey(process: try cursor.u32(), key: try cursor.u32())
        case 0x5a:  // Z
            let status = try cursor.u8()
            guard cursor.isAtEnd, [0x49, 0x54, 0x45].contains(status) else { throw .malformed }
            return .readyForQuery
        case 0x54: return .rowDescription(fields: try cursor.u16())  // T
        case 0x44:  // D
            // What is left besides the columns' own lengths: nulls have a length and no bytes.
            let columns = Int(try cursor.u16())
            return .dataRow(size: UInt64(max(0, cursor.left - 4 * columns)))
        case 0x43:  // C
            guard let command = text(body, from: 0) else { throw .malformed }
            return .commandComplete(command)
        case 0x45: return .error(try errorFields(body))  // E
        case 0x47, 0x48:  // G, H
            _ = try cursor.u8()
            let columns = try cursor.u16()
            return letter == 0x47 ? .copyIn(columns: columns) : .copyOut(columns: columns)
        case 0x64: return .copyData(size: UInt64(body.byteCount))  // d
        case 0x63: return .copyDone  // c
        default: return .other
        }
    }

    /// The bytes from `start` to the next zero; nil where there is none.
    private static func text(_ bytes: RawSpan, from start: Int) -> [UInt8]? {
        guard let end = bytes.firstOffset(of: 0, from: start) else { return nil }
        return bytes.extracting(start..<end).copied()
    }

    private static func parameter(_ bytes: RawSpan, _ offset: inout Int) throws(ParseError) -> Parameter {
        guard let name = text(bytes, from: offset), !name.isEmpty else { throw .malformed }
        offset += name.count + 1
        guard let value = text(bytes, from: offset) else { throw .malformed }
        offset += value.count + 1
        return Parameter(name: name, value: value)
    }

    private static func saslInitial(_ body: RawSpan) throws(ParseError) -> PgSQLMessage {
        guard let mechanism = text(body, from: 0) else { throw .malformed }
        let isBound = mechanism == Array("SCRAM-SHA-256-PLUS".utf8)
        guard isBound || mechanism == Array("SCRAM-SHA-256".utf8) else { throw .malformed }
        var cursor = ByteCursor(body.dropping(mechanism.count + 1))
        let length = try cursor.u32()
        guard cursor.left == Int(length) else { throw .malformed }
        return .saslInitial(isBound: isBound, parameter: cursor.rest.copied())
    }

    private static func errorFields(_ body: RawSpan) throws(ParseError) -> [(type: UInt8, value: [UInt8])] {
        var fields: [(type: UInt8, value: [UInt8])] = []
        var offset = 0
        while true {
            guard offset < body.byteCount else { throw .malformed }
            let type = body.byte(at: offset)
            if type == 0 { return fields }
            guard let value = text(body, from: offset + 1) else { throw .malformed }
            offset += value.count + 2
            if fields.count < mostParameters { fields.append((type, value)) }
        }
    }
}
