import Trust

/// Who or what carries out commands, or has them done to it (CACAO 7).
public struct AgentTarget: Sendable, Hashable {
    public var id: String
    /// From `agent-target-type-ov`: `ssh`, `group` …; others are kept.
    public var type: String
    public var name: String
    /// Addresses by their kind: `ipv4`, `ipv6`, `dname`, `url`, `l2mac`, `vlan`.
    public var address: [String: [String]]
    public var port: String?
    /// Id of an authentication object.
    public var authentication: String?

    init(id: String, _ value: JSONValue) {
        self.id = id
        type = value["type"]?.text ?? ""
        name = value["name"]?.text ?? type
        port = value["port"]?.text ?? value["port"]?.integer.map { String($0) }
        authentication = value["authentication_info"]?.text
        address = [:]
        if case .object(let kinds)? = value["address"] {
            for (kind, list) in kinds {
                address[kind] = (list.elements ?? []).compactMap { $0.text ?? $0.integer.map { String($0) } }
            }
        }
    }

    /// One that the playbook refers to and does not define.
    init(undefined id: String) {
        self.init(id: id, .object(["type": .string(Self.undefinedType), "name": .string(id)]))
    }

    private static let undefinedType = "undefined"

    /// The playbook defines it.
    public var isDefined: Bool { type != Self.undefinedType || name != id }

    /// The first name or address that a connection can be made to.
    public var host: String? { address["dname"]?.first ?? address["ipv4"]?.first ?? address["ipv6"]?.first }

    /// Kinds that only a person can be.
    public var isPerson: Bool { ["group", "individual", "organization", "location", "sector"].contains(type) }
}

/// How to prove who one is (CACAO 6). Secrets stay where they are until they are needed.
public struct AuthenticationInfo: Sendable, Hashable {
    public var id: String
    /// `http-basic`, `oauth2`, `user-auth`, or another.
    public var type: String
    public var name: String
    public var user: String?
    /// A secret that stands in the playbook itself.
    public var inlineSecret: String?
    /// The name that the secret has in the place where secrets are kept.
    public var keyName: String?
    /// `Authorization` where the playbook names no other header.
    public var header: String

    init(id: String, _ value: JSONValue) {
        self.id = id
        type = value["type"]?.text ?? ""
        name = value["name"]?.text ?? id
        user = value["username"]?.text ?? value["user_id"]?.text
        inlineSecret = value["password"]?.text ?? value["token"]?.text ?? value["private_key"]?.text
        keyName = value["kms_key_identifier"]?.text
        header = value["oauth_header"]?.text ?? "Authorization"
    }

    /// The name to ask for, where the secret does not stand in the playbook.
    public var secretName: String { keyName ?? id }
}
