/// The objects of CACAO 2.0 as its schemas describe them (sections 3 to 10).
enum Shapes {
    /// A year: longer delays and timeouts are mistakes.
    static let milliseconds: ClosedRange<Int64> = 0...31_536_000_000

    static let playbook = Shape(
        name: "playbook",
        required: ["type", "spec_version", "id", "name", "created_by", "created", "modified", "workflow_start", "workflow"],
        properties: [
            "type": .word(["playbook"]), "spec_version": .text, "id": .identifier("playbook"), "name": .text, "description": .text,
            "playbook_types": .list(.open(Vocabularies.playbookType), atLeast: 0),
            "playbook_activities": .list(.open(Vocabularies.activity), atLeast: 1),
            "playbook_processing_summary": .object(processingSummary), "created_by": .identifier("identity"), "created": .time,
            "modified": .time, "revoked": .flag, "valid_from": .time, "valid_until": .time,
            "derived_from": .list(.identifier("playbook"), atLeast: 1), "related_to": .list(.identifier(nil), atLeast: 1),
            "priority": .whole(0...100), "severity": .whole(0...100), "impact": .whole(0...100),
            "industry_sectors": .list(.open(Vocabularies.sector), atLeast: 1), "labels": .list(.text, atLeast: 1),
            "external_references": .list(.object(externalReference), atLeast: 1), "markings": .list(.identifier(nil), atLeast: 1),
            "playbook_variables": .map(.object(variable), atLeast: 0), "workflow_start": .identifier(nil),
            "workflow_exception": .identifier(nil),
            "workflow": .map(.typed(steps, fallback: step("step", [], [:], isOpen: true)), atLeast: 1),
            "playbook_extensions": .map(.anything, atLeast: 1),
            "authentication_info_definitions": .map(.typed(authentication, fallback: otherAuthentication), atLeast: 1),
            "agent_definitions": .map(.typed(agents, fallback: otherAgent), atLeast: 1),
            "target_definitions": .map(.typed(agents, fallback: otherAgent), atLeast: 1),
            "extension_definitions": .map(.object(extensionDefinition), atLeast: 1),
            "data_marking_definitions": .map(.typed(markings, fallback: otherMarking), atLeast: 1),
            "signatures": .list(.signature, atLeast: 1),
        ])

    // MARK: Steps

    private static func step(_ name: String, _ required: [String], _ properties: [String: Form], isOpen: Bool = false) -> Shape {
        let common: [String: Form] = [
            "type": .text, "name": .text, "description": .text, "external_references": .list(.object(externalReference), atLeast: 1),
            "delay": .whole(milliseconds), "timeout": .whole(milliseconds), "step_variables": .map(.object(variable), atLeast: 0),
            "owner": .identifier(nil), "on_completion": .identifier(nil), "on_success": .identifier(nil), "on_failure": .identifier(nil),
            "step_extensions": .map(.anything, atLeast: 1),
        ]
        return Shape(name: name, required: ["type"] + required, properties: common.merging(properties) { $1 }, isOpen: isOpen)
    }

    static let steps: [String: Shape] = [
        "start": step("start", [], [:]), "end": step("end", [], [:]),
        "action": step(
            "action", ["commands", "agent"],
            [
                "commands": .list(.typed(commands, fallback: otherCommand), atLeast: 1), "agent": .identifier(nil),
                "targets": .list(.identifier(nil), atLeast: 1), "in_args": .list(.text, atLeast: 1), "out_args": .list(.text, atLeast: 1),
            ]),
        "playbook-action": step(
            "playbook-action", ["playbook_id"],
            [
                "playbook_id": .identifier("playbook"), "playbook_version": .time, "in_args": .list(.text, atLeast: 1),
                "out_args": .list(.text, atLeast: 1),
            ]),
        "parallel": step("parallel", ["next_steps"], ["next_steps": .list(.identifier(nil), atLeast: 2)]),
        "if-condition": step(
            "if-condition", ["condition", "on_true"], ["condition": .text, "on_true": .identifier(nil), "on_false": .identifier(nil)]),
        "while-condition": step("while-condition", ["condition", "on_true"], ["condition": .text, "on_true": .identifier(nil)]),
        "switch-condition": step(
            "switch-condition", ["switch", "cases"], ["switch": .text, "cases": .map(.identifier(nil), atLeast: 1)]),
    ]

    // MARK: Commands

    private static func command(_ name: String, _ required: [String] = [], _ properties: [String: Form] = [:]) -> Shape {
        let common: [String: Form] = [
            "type": .open(Vocabularies.command), "description": .text, "version": .text,
            "playbook_activity": .open(Vocabularies.activity), "external_references": .list(.object(externalReference), atLeast: 0),
        ]
        return Shape(name: name, required: ["type"] + required, properties: common.merging(properties) { $1 })
    }

    private static let written: [String: Form] = ["command": .text, "command_b64": .base64]
    private static let headers = Form.map(.list(.text, atLeast: 0), atLeast: 0)

    static let commands: [String: Shape] = {
        var shapes: [String: Shape] = [:]
        for name in ["manual", "bash", "ssh", "powershell", "caldera-cmd"] { shapes[name] = command(name, [], written) }
        for name in ["elastic", "jupyter", "kestrel", "sigma", "yara"] {
            shapes[name] = command(name, ["command_b64"], ["command_b64": .base64])
        }
        shapes["http-api"] = command(
            "http-api", ["command"], ["command": .text, "headers": headers, "content": .text, "content_b64": .base64])
        shapes["openc2-http"] = command(
            "openc2-http", ["command"], ["command": .text, "headers": headers, "content": .text, "content_b64": .base64])
        return shapes
    }()

    static let otherCommand: Shape = {
        var shape = command("command")
        shape.isOpen = true
        return shape
    }()

    // MARK: Agents and targets

    private static func agent(_ name: String, _ required: [String] = [], _ properties: [String: Form] = [:], isOpen: Bool = false) -> Shape
    {
        let common: [String: Form] = [
            "type": .open(Vocabularies.agent), "name": .text, "description": .text, "location": .object(location),
            "agent_target_extensions": .map(.anything, atLeast: 1),
        ]
        return Shape(name: name, required: ["type", "name"] + required, properties: common.merging(properties) { $1 }, isOpen: isOpen)
    }

    private static let address = Form.object(
        Shape(
            name: "address",
            properties: [
                "url": .list(.text, atLeast: 0), "dname": .list(.text, atLeast: 0), "ipv4": .list(.text, atLeast: 0),
                "ipv6": .list(.text, atLeast: 0), "l2mac": .list(.text, atLeast: 0), "vlan": .list(.anything, atLeast: 0),
            ]))
    private static let category = Form.list(.open(Vocabularies.securityCategory), atLeast: 1)

    static let agents: [String: Shape] = {
        let machine: [String: Form] = [
            "address": address, "port": .text, "authentication_info": .identifier(nil), "category": category,
        ]
        var shapes: [String: Shape] = [
            "location": agent("location", [], ["logical": .list(.text, atLeast: 1)]),
            "sector": agent("sector", ["sector"], ["sector": .open(Vocabularies.sector)]),
            "security-category": agent("security-category", ["category"], ["category": category]),
        ]
        for name in ["group", "individual", "organization"] { shapes[name] = agent(name, [], ["contact": .object(contact)]) }
        for name in ["http-api", "linux", "net-address", "ssh"] { shapes[name] = agent(name, ["address"], machine) }
        return shapes
    }()

    static let otherAgent = agent("agent", isOpen: true)

    // MARK: Authentication

    private static func authentication(_ name: String, _ required: [String] = [], _ properties: [String: Form] = [:]) -> Shape {
        let common: [String: Form] = [
            "type": .open(Vocabularies.authentication), "name": .text, "description": .text, "kms": .flag, "kms_key_identifier": .text,
            "authentication_info_extensions": .map(.anything, atLeast: 1),
        ]
        return Shape(name: name, required: ["type"] + required, properties: common.merging(properties) { $1 })
    }

    static let authentication: [String: Shape] = [
        "http-basic": authentication("http-basic", [], ["user_id": .text, "username": .text, "password": .text]),
        "oauth2": authentication("oauth2", ["oauth_header", "token"], ["oauth_header": .text, "token": .text]),
        "user-auth": authentication("user-auth", [], ["username": .text, "password": .text, "private_key": .text]),
    ]

    static let otherAuthentication: Shape = {
        var shape = authentication("authentication-info")
        shape.isOpen = true
        return shape
    }()

    // MARK: Markings and extensions

    private static func marking(_ name: String, _ required: [String], _ properties: [String: Form]) -> Shape {
        let common: [String: Form] = [
            "type": .word(["marking-tlp", "marking-statement", "marking-iep"]), "id": .identifier(name), "name": .text,
            "description": .text, "created_by": .identifier("identity"), "created": .time, "modified": .time, "revoked": .flag,
            "valid_from": .time, "valid_until": .time, "labels": .list(.text, atLeast: 1),
            "external_references": .list(.anything, atLeast: 0), "marking_extensions": .map(.anything, atLeast: 1),
        ]
        return Shape(
            name: name, required: ["type", "id", "created_by", "created"] + required, properties: common.merging(properties) { $1 })
    }

    static let markings: [String: Shape] = [
        "marking-tlp": marking(
            "marking-tlp", ["tlpv2_level"],
            ["tlpv2_level": .word(["TLP:RED", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:GREEN", "TLP:CLEAR"])]),
        "marking-statement": marking("marking-statement", ["statement"], ["statement": .text]),
        "marking-iep": marking(
            "marking-iep",
            [
                "name", "description", "tlp", "iep_version", "start_date", "encrypt_in_transit", "permitted_actions",
                "affected_party_notifications", "attribution", "unmodified_resale", "external_references",
            ],
            [
                "tlp": .text, "iep_version": .whole(0...1000), "start_date": .time, "end_date": .nullable(.time),
                "encrypt_in_transit": .text,
                "permitted_actions": .text, "affected_party_notifications": .text, "attribution": .text, "unmodified_resale": .text,
            ]),
    ]
    static let otherMarking = marking("marking", [], [:])

    static let extensionDefinition = Shape(
        name: "extension-definition", required: ["type", "name", "created_by", "schema", "version"],
        properties: [
            "type": .word(["extension-definition"]), "name": .text, "description": .text, "created_by": .identifier("identity"),
            "schema": .text, "version": .text, "external_references": .list(.object(externalReference), atLeast: 0),
        ])

    static let signature = Shape(
        name: "signature",
        required: [
            "type", "id", "created", "modified", "signee", "related_to", "related_version", "hash_algorithm", "algorithm", "value",
        ],
        properties: [
            "type": .word(["jss"]), "id": .identifier("jss"), "created_by": .identifier("identity"), "created": .time, "modified": .time,
            "revoked": .flag, "signee": .text, "valid_from": .time, "valid_until": .time, "related_to": .identifier("playbook"),
            "related_version": .time, "hash_algorithm": .text, "algorithm": .open(Vocabularies.signature), "public_key": .text,
            "public_cert_chain": .list(.text, atLeast: 1), "cert_url": .text, "thumbprint": .text, "value": .text, "signature": .signature,
        ], oneOf: [["public_key", "public_cert_chain", "cert_url", "thumbprint"]])

    // MARK: Data types

    static let variable = Shape(
        name: "variable", required: ["type"],
        properties: [
            "type": .open(Vocabularies.variable), "description": .text, "value": .nullable(.anything), "constant": .flag, "external": .flag,
        ])

    static let externalReference = Shape(
        name: "external-reference", required: ["name"],
        properties: [
            "name": .text, "description": .text, "source": .text, "url": .text, "external_id": .text, "reference_id": .text,
        ])

    static let processingSummary = Shape(
        name: "playbook-processing-summary",
        properties: Dictionary(
            uniqueKeysWithValues: [
                "manual_playbook", "external_playbooks", "parallel_processing", "if_logic", "while_logic", "switch_logic", "temporal_logic",
                "data_markings", "digital_signatures", "countersigned_signatures", "extensions",
            ].map { ($0, Form.flag) }))

    static let contact = Shape(
        name: "contact", properties: ["email": .map(.text, atLeast: 0), "phone": .map(.text, atLeast: 0), "contact_details": .text])

    static let location = Shape(
        name: "civic-location",
        properties: Dictionary(
            uniqueKeysWithValues: [
                "name", "description", "building_details", "network_details", "region", "country", "administrative_area", "city",
                "street_address", "postal_code", "latitude", "longitude", "precision",
            ].map { ($0, Form.text) }))
}

/// CACAO's vocabularies: all of them open but the types of steps.
enum Vocabularies {
    static let playbookType = Form.Vocabulary(
        "playbook-type-ov", "attack detection engagement investigation mitigation notification prevention remediation")
    static let activity = Form.Vocabulary(
        "playbook-activity-type-ov",
        """
        compose-content deliver-content identify-audience identify-channel scan-system match-indicator analyze-collected-data \
        identify-indicators scan-vulnerabilities configure-systems restrict-access disconnect-system eliminate-risk revert-system \
        restore-data restore-capabilities map-network identify-steps step-sequence prepare-engagement execute-operation \
        analyze-engagement-results
        """)
    static let command = Form.Vocabulary(
        "command-type-ov", "manual bash caldera-cmd elastic http-api jupyter kestrel openc2-http powershell sigma ssh yara")
    static let agent = Form.Vocabulary(
        "agent-target-type-ov", "group individual location organization sector http-api linux net-address security-category ssh")
    static let authentication = Form.Vocabulary("authentication-info-type-ov", "http-basic oauth2 user-auth")
    static let variable = Form.Vocabulary(
        "variable-type-ov",
        "bool dictionary float hexstring integer ipv4-addr ipv6-addr long mac-addr hash md5-hash sha256-hash string uri uuid")
    static let signature = Form.Vocabulary(
        "signature-algorithm-type-ov",
        """
        RS256 RS384 RS512 ES256 ES384 ES512 PS256 PS384 PS512 Ed25519 Ed448 XMSS-SHA2_10_256 XMSS-SHA2_16_256 XMSS-SHA2_20_256 \
        LMS_SHA256_M32_H5 LMS_SHA256_M32_H10 LMS_SHA256_M32_H15 LMS_SHA256_M32_H20 LMS_SHA256_M32_H25
        """)
    static let securityCategory = Form.Vocabulary(
        "security-category-type-ov",
        """
        aaa analytics caldera content-gateway desktop endpoint firewall handset ids ips kali manx orchestrator os-linux os-mac os-windows \
        redcanary-atomicred ragdoll router sandcat server siem switch ticketing tip wireless
        """)
    static let sector = Form.Vocabulary(
        "industry-sector-ov",
        """
        aerospace aviation agriculture automotive biotechnology chemical commercial consulting construction cosmetics \
        critical-infrastructure dams defense education emergency-services energy non-renewable-energy renewable-energy media financial food \
        gambling government local-government national-government regional-government public-services healthcare \
        information-communications-technology electronics-hardware software telecommunications legal-services lodging manufacturing maritime \
        metals mining non-profit humanitarian-aid human-rights nuclear petroleum pharmaceuticals research transportation \
        logistics-shipping utilities video-game water
        """)
    static let playbookTypeSteps = [
        "start", "end", "action", "playbook-action", "parallel", "if-condition", "while-condition", "switch-condition",
    ]
}
