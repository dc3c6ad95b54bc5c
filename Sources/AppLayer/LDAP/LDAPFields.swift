import Bytes

extension BufferID {
    static let ldapRequestOperation = BufferID(.ldap, 1)
    static let ldapResponseOperation = BufferID(.ldap, 2)
    static let ldapResponseCount = BufferID(.ldap, 3)
    static let ldapResponseCode = BufferID(.ldap, 4)
    static let ldapRequestName = BufferID(.ldap, 5)
    static let ldapResponseName = BufferID(.ldap, 6)
    static let ldapResponseMessage = BufferID(.ldap, 7)
    static let ldapRequestAttribute = BufferID(.ldap, 8)
    static let ldapResponseAttribute = BufferID(.ldap, 9)
}

/// What rules can look at in LDAP.
enum LDAPFields {
    private static let begun: (UInt8, UInt8) = (0, 0)
    private static let operations = LDAPMessage.Operation.allCases.map { (name: $0.name.description, value: UInt64($0.rawValue)) }

    static let buffers: [BufferDescriptor] = [
        .init(.ldapRequestName, "ldap.request.dn", directions: .toServer, progress: begun),
        .init(.ldapResponseName, "ldap.responses.dn", shape: .multiple, directions: .toClient, progress: begun),
        .init(.ldapResponseMessage, "ldap.responses.message", shape: .multiple, directions: .toClient, progress: begun),
        .init(.ldapRequestAttribute, "ldap.request.attribute_type", shape: .multiple, directions: .toServer, progress: begun),
        .init(.ldapResponseAttribute, "ldap.responses.attribute_type", shape: .multiple, directions: .toClient, progress: begun),
    ]

    static let numbers: [NumberField] = [
        NumberField(
            .ldapRequestOperation, "ldap.request.operation", directions: .toServer, progress: begun, maximum: 255, symbols: operations),
        NumberField(
            .ldapResponseOperation, "ldap.responses.operation", directions: .toClient, progress: begun, isMultiple: true, isIndexed: true,
            maximum: 255, symbols: operations),
        NumberField(.ldapResponseCount, "ldap.responses.count", directions: .toClient, progress: begun, maximum: 0xffff_ffff),
        NumberField(
            .ldapResponseCode, "ldap.responses.result_code", directions: .toClient, progress: begun, isMultiple: true, isIndexed: true,
            maximum: 0xffff_ffff, symbols: LDAPResultCode.names),
    ]

    /// Indices into the descriptor's events.
    enum Event: UInt8 {
        case tooManyTransactions, invalidData, requestNotFound, incompleteData
    }

    static let events = ["too_many_transactions", "invalid_data", "request_not_found", "incomplete_data"]
}
