import Bytes

/// One LDAP message (RFC 4511 §4.1.1).
struct LDAPMessage {
    /// The application tag of the operation, which is also the number that rules compare.
    enum Operation: UInt8, CaseIterable {
        case bindRequest = 0
        case bindResponse, unbindRequest, searchRequest, searchResultEntry, searchResultDone, modifyRequest, modifyResponse, addRequest
        case addResponse, delRequest, delResponse, modDNRequest, modDNResponse, compareRequest, compareResponse, abandonRequest
        case searchResultReference = 19
        case extendedRequest = 23
        case extendedResponse, intermediateResponse

        var name: StaticString {
            switch self {
            case .bindRequest: "bind_request"
            case .bindResponse: "bind_response"
            case .unbindRequest: "unbind_request"
            case .searchRequest: "search_request"
            case .searchResultEntry: "search_result_entry"
            case .searchResultDone: "search_result_done"
            case .modifyRequest: "modify_request"
            case .modifyResponse: "modify_response"
            case .addRequest: "add_request"
            case .addResponse: "add_response"
            case .delRequest: "del_request"
            case .delResponse: "del_response"
            case .modDNRequest: "mod_dn_request"
            case .modDNResponse: "mod_dn_response"
            case .compareRequest: "compare_request"
            case .compareResponse: "compare_response"
            case .abandonRequest: "abandon_request"
            case .searchResultReference: "search_result_reference"
            case .extendedRequest: "extended_request"
            case .extendedResponse: "extended_response"
            case .intermediateResponse: "intermediate_response"
            }
        }

        var isRequest: Bool {
            switch self {
            case .bindRequest, .unbindRequest, .searchRequest, .modifyRequest, .addRequest, .delRequest, .modDNRequest, .compareRequest,
                .abandonRequest, .extendedRequest:
                true
            default: false
            }
        }

        /// No answer comes to it.
        var endsAlone: Bool { self == .unbindRequest || self == .abandonRequest }

        /// An answer after which no other comes.
        var isFinal: Bool {
            !isRequest && self != .searchResultEntry && self != .searchResultReference && self != .intermediateResponse
        }
    }

    struct Attribute {
        var type: [UInt8]
        var values: [[UInt8]]
    }

    struct Search {
        var base: [UInt8]
        var scope: UInt64
        var dereferencing: UInt64
        var sizeLimit: UInt64
        var timeLimit: UInt64
        var typesOnly: Bool
        /// The attribute that must be present, where the filter is no more than that.
        var presence: [UInt8]?
        var attributes: [[UInt8]] = []
    }

    /// LDAPResult (§4.1.9) with what some responses have behind it.
    struct Result {
        var code: UInt64
        var matchedDN: [UInt8]
        var message: [UInt8]
        var saslCredentials: [UInt8]?
        var name: [UInt8]?
        var value: [UInt8]?
    }

    struct Control {
        var type: [UInt8]
        var isCritical = false
        var value: [UInt8]?
    }

    enum Content {
        case bind(version: UInt64, name: [UInt8], mechanism: [UInt8]?, credentials: [UInt8]?)
        case search(Search)
        /// An entry that was found or is to be added.
        case entry(name: [UInt8], attributes: [Attribute])
        case modify(object: [UInt8], changes: [(operation: UInt64, attribute: Attribute)])
        case delete([UInt8])
        case rename(entry: [UInt8], newRDN: [UInt8], deletesOld: Bool, newSuperior: [UInt8]?)
        case compare(entry: [UInt8], description: [UInt8], value: [UInt8])
        case abandon(UInt64)
        case extended(name: [UInt8], value: [UInt8]?)
        case intermediate(name: [UInt8]?, value: [UInt8]?)
        case result(Result)
        case none
    }

    /// Longer messages end the reading of the flow.
    static let limit = 1 << 24
    /// Attributes, changes, values and controls that are kept of one message.
    private static let mostItems = 1024

    let identifier: UInt32
    let operation: Operation
    let content: Content
    var controls: [Control]?

    /// - Parameter bytes: one whole element.
    init(_ bytes: RawSpan) throws(ParseError) {
        var outer = BERCursor(bytes)
        var message = BERCursor(try outer.next(DER.sequence))
        let number = try message.unsigned()
        guard number <= 0x7fff_ffff, let tag = message.tag, let operation = LDAPMessage.operation(tag) else { throw .malformed }
        identifier = UInt32(number)
        self.operation = operation
        content = try LDAPMessage.content(operation, try message.next(tag))
        if message.tag == 0xa0 {
            var list = BERCursor(try message.next(0xa0))
            var controls: [Control] = []
            while !list.isAtEnd {
                let control = try LDAPMessage.control(try list.next(DER.sequence))
                if controls.count < LDAPMessage.mostItems { controls.append(control) }
            }
            self.controls = controls
        }
    }

    /// Application tags; unbind, delete and abandon hold no elements.
    static func operation(_ tag: UInt8) -> Operation? {
        guard tag & 0xc0 == 0x40, let operation = Operation(rawValue: tag & 0x1f) else { return nil }
        let isPrimitive = operation == .unbindRequest || operation == .delRequest || operation == .abandonRequest
        return (tag & 0x20 == 0) == isPrimitive ? operation : nil
    }

    private static func content(_ operation: Operation, _ bytes: RawSpan) throws(ParseError) -> Content {
        var fields = BERCursor(bytes)
        switch operation {
        case .unbindRequest: return .none
        case .delRequest: return .delete(bytes.copied())
        case .abandonRequest:
            var number: UInt64 = 0
            for index in 0..<min(bytes.byteCount, 8) { number = number << 8 | UInt64(bytes.byte(at: index)) }
            return .abandon(number)
        case .bindRequest: return try bind(&fields)
        case .searchRequest: return .search(try search(&fields))
        case .searchResultEntry, .addRequest:
            return .entry(name: try fields.text(), attributes: try attributes(try fields.next(DER.sequence)))
        case .searchResultReference:
            while !fields.isAtEnd { _ = try fields.next(DER.octetString) }
            return .none
        case .modifyRequest: return try modify(&fields)
        case .modDNRequest:
            let entry = try fields.text()
            let newRDN = try fields.text()
            let deletesOld = try fields.boolean()
            return .rename(
                entry: entry, newRDN: newRDN, deletesOld: deletesOld, newSuperior: fields.tag == 0x80 ? try fields.text(0x80) : nil)
        case .compareRequest:
            let entry = try fields.text()
            var assertion = BERCursor(try fields.next(DER.sequence))
            return .compare(entry: entry, description: try assertion.text(), value: try assertion.text())
        case .extendedRequest:
            let name = try fields.text(0x80)
            return .extended(name: name, value: fields.tag == 0x81 ? try fields.text(0x81) : nil)
        case .intermediateResponse:
            let name = fields.tag == 0x80 ? try fields.text(0x80) : nil
            return .intermediate(name: name, value: fields.tag == 0x81 ? try fields.text(0x81) : nil)
        case .bindResponse, .searchResultDone, .modifyResponse, .addResponse, .delResponse, .modDNResponse, .compareResponse,
            .extendedResponse:
            return .result(try result(&fields))
        }
    }

    @_lifetime(fields: copy fields)
    private static func bind(_ fields: inout BERCursor) throws(ParseError) -> Content {
        let version = try fields.unsigned()
        let name = try fields.text()
        guard fields.tag == 0xa3 else {
            _ = try fields.next(0x80)
            return .bind(version: version, name: name, mechanism: nil, credentials: nil)
        }
        var sasl = BERCursor(try fields.next(0xa3))
        let mechanism = try sasl.text()
        return .bind(version: version, name: name, mechanism: mechanism, credentials: sasl.isAtEnd ? nil : try sasl.text())
    }

    @_lifetime(fields: copy fields)
    private static func search(_ fields: inout BERCursor) throws(ParseError) -> Search {
        var search = Search(
            base: try fields.text(), scope: try fields.unsigned(DER.enumerated), dereferencing: try fields.unsigned(DER.enumerated),
            sizeLimit: try fields.unsigned(), timeLimit: try fields.unsigned(), typesOnly: try fields.boolean())
        if fields.tag == 0x87 {
            search.presence = try fields.text(0x87)
        } else {
            try fields.skip()
        }
        var list = BERCursor(try fields.next(DER.sequence))
        while !list.isAtEnd {
            let attribute = try list.text()
            if search.attributes.count < mostItems { search.attributes.append(attribute) }
        }
        return search
    }

    @_lifetime(fields: copy fields)
    private static func modify(_ fields: inout BERCursor) throws(ParseError) -> Content {
        let object = try fields.text()
        var list = BERCursor(try fields.next(DER.sequence))
        var changes: [(operation: UInt64, attribute: Attribute)] = []
        while !list.isAtEnd {
            var change = BERCursor(try list.next(DER.sequence))
            let operation = try change.unsigned(DER.enumerated)
            let attribute = try attribute(try change.next(DER.sequence))
            if changes.count < mostItems { changes.append((operation, attribute)) }
        }
        return .modify(object: object, changes: changes)
    }

    @_lifetime(fields: copy fields)
    private static func result(_ fields: inout BERCursor) throws(ParseError) -> Result {
        var result = Result(code: try fields.unsigned(DER.enumerated), matchedDN: try fields.text(), message: try fields.text())
        while let tag = fields.tag {
            switch tag {
            case 0x87: result.saslCredentials = try fields.text(tag)
            case 0x8a: result.name = try fields.text(tag)
            case 0x8b: result.value = try fields.text(tag)
            // Referrals (0xa3), and what later versions may add.
            default: try fields.skip()
            }
        }
        return result
    }

    private static func attributes(_ bytes: RawSpan) throws(ParseError) -> [Attribute] {
        var list = BERCursor(bytes)
        var attributes: [Attribute] = []
        while !list.isAtEnd {
            let attribute = try attribute(try list.next(DER.sequence))
            if attributes.count < mostItems { attributes.append(attribute) }
        }
        return attributes
    }

    private static func attribute(_ bytes: RawSpan) throws(ParseError) -> Attribute {
        var fields = BERCursor(bytes)
        var attribute = Attribute(type: try fields.text(), values: [])
        var list = BERCursor(try fields.next(DER.set))
        while !list.isAtEnd {
            let value = try list.text()
            if attribute.values.count < mostItems { attribute.values.append(value) }
        }
        return attribute
    }

    private static func control(_ bytes: RawSpan) throws(ParseError) -> Control {
        var fields = BERCursor(bytes)
        var control = Control(type: try fields.text())
        if fields.tag == DER.boolean { control.isCritical = try fields.boolean() }
        if fields.tag == DER.octetString { control.value = try fields.text() }
        return control
    }
}

extension LDAPMessage {
    /// The distinguished name that the message is about; for responses, the one that the server found.
    var distinguishedName: [UInt8]? {
        switch content {
        case .bind(_, let name, _, _), .entry(let name, _), .modify(let name, _), .delete(let name), .rename(let name, _, _, _),
            .compare(let name, _, _):
            name
        case .search(let search): search.base
        case .result(let result): result.matchedDN
        case .abandon, .extended, .intermediate, .none: nil
        }
    }

    var attributeTypes: [[UInt8]] {
        switch content {
        case .search(let search): search.attributes
        case .entry(_, let attributes): attributes.map(\.type)
        case .modify(_, let changes): changes.map(\.attribute.type)
        case .compare(_, let description, _): [description]
        default: []
        }
    }

    var result: Result? {
        if case .result(let result) = content { return result }
        return nil
    }
}
