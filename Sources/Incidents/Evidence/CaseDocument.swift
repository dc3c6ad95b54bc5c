import Bytes
import Digest
import Trust

/// The package's content in the terms of CASE 1.3 and UCO 1.3 (caseontology.org) as JSON-LD: the incident is an investigation, each piece of
/// evidence an observable file with its hash, each entry of its custody an investigative action. Tools that know neither VongGac nor its
/// manifest read this.
struct CaseDocument {
    let incident: Incident
    let items: [EvidenceItem]
    /// Names in the package, in the order of the items.
    let names: [String]
    let custody: [[LedgerEntry]]
    let package: String
    let time: Timestamp

    private static let context: JSONValue = [
        "kb": "urn:vonggac:",
        "case-investigation": "https://ontology.caseontology.org/case/investigation/",
        "uco-action": "https://ontology.unifiedcyberontology.org/uco/action/",
        "uco-core": "https://ontology.unifiedcyberontology.org/uco/core/",
        "uco-identity": "https://ontology.unifiedcyberontology.org/uco/identity/",
        "uco-observable": "https://ontology.unifiedcyberontology.org/uco/observable/",
        "uco-types": "https://ontology.unifiedcyberontology.org/uco/types/",
        "uco-vocabulary": "https://ontology.unifiedcyberontology.org/uco/vocabulary/",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    ]

    /// The same thing has the same name in every package: a UUID (version 8, RFC 9562) from the SHA-256 of what it is.
    private func id(_ kind: String, _ what: String) -> String {
        var bytes = Array(SHA256Digest(of: Array("\(kind)/\(what)".utf8)).bytes.prefix(16))
        bytes[6] = bytes[6] & 0x0f | 0x80
        bytes[8] = bytes[8] & 0x3f | 0x80
        let hex = Hex.encoded(bytes)
        let parts = [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(Array(hex)[$0]) }
        return "kb:\(kind)-\(parts.joined(separator: "-"))"
    }

    private func reference(_ id: String) -> JSONValue { ["@id": .string(id)] }

    private func moment(_ time: Timestamp) -> JSONValue { ["@type": "xsd:dateTime", "@value": .string(LocalTime.iso(time))] }

    private func file(_ item: EvidenceItem) -> String { id("file", item.digest.hex) }

    var json: JSONValue {
        var graph: [JSONValue] = []
        var objects: [String] = []
        for (item, name) in zip(items, names) {
            objects.append(file(item))
            graph.append(observable(item, name))
        }
        var actors: [String] = []
        for entries in custody { for entry in entries where !actors.contains(entry.actor) { actors.append(entry.actor) } }
        for actor in actors {
            objects.append(id("identity", actor))
            graph.append([
                "@id": .string(id("identity", actor)),
                "@type": actor.hasPrefix("sensor:") ? "uco-core:UcoObject" : "uco-identity:Person", "uco-core:name": .string(actor),
            ])
        }
        for (item, entries) in zip(items, custody) {
            let record = id("provenance", item.digest.hex)
            objects.append(record)
            graph.append([
                "@id": .string(record), "@type": "case-investigation:ProvenanceRecord",
                "uco-core:description": .string(item.description), "uco-core:object": reference(file(item)),
                "case-investigation:exhibitNumber": .string(String(item.id)),
            ])
            for entry in entries {
                objects.append(id("action", entry.hash))
                graph.append(action(entry, on: item, record))
            }
        }
        graph.append([
            "@id": .string(id("investigation", incident.code.description)), "@type": "case-investigation:Investigation",
            "uco-core:name": .string(incident.code.description), "uco-core:description": .string(incident.titleVietnamese),
            "case-investigation:focus": .string(incident.category.rawValue),
            "uco-core:object": .array(objects.map(reference)),
        ])
        graph.append([
            "@id": .string(id("bundle", package)), "@type": "uco-core:Bundle", "uco-core:name": .string(package),
            "uco-core:objectCreatedTime": moment(time),
            "uco-core:object": .array([reference(id("investigation", incident.code.description))]),
        ])
        return ["@context": CaseDocument.context, "@graph": .array(graph)]
    }

    private func observable(_ item: EvidenceItem, _ name: String) -> JSONValue {
        [
            "@id": .string(file(item)), "@type": item.kind == .pcap ? "uco-observable:PCAPFile" : "uco-observable:File",
            "uco-core:description": .string(item.description),
            "uco-core:hasFacet": .array([
                [
                    "@id": .string(id("facet", item.digest.hex)), "@type": "uco-observable:FileFacet",
                    "uco-observable:fileName": .string(name),
                    "uco-observable:sizeInBytes": .integer(item.size), "uco-observable:observableCreatedTime": moment(item.time),
                ],
                [
                    "@id": .string(id("content", item.digest.hex)), "@type": "uco-observable:ContentDataFacet",
                    "uco-observable:sizeInBytes": .integer(item.size),
                    "uco-observable:hash": .array([
                        [
                            "@id": .string(id("hash", item.digest.hex)), "@type": "uco-types:Hash",
                            "uco-types:hashMethod": ["@type": "uco-vocabulary:HashNameVocab", "@value": "SHA256"],
                            "uco-types:hashValue": ["@type": "xsd:hexBinary", "@value": .string(item.digest.hex)],
                        ]
                    ]),
                ],
            ]),
        ]
    }

    private func action(_ entry: LedgerEntry, on item: EvidenceItem, _ record: String) -> JSONValue {
        let detail = (try? JSONValue(parsing: entry.body))?["detail"]?.text
        return [
            "@id": .string(id("action", entry.hash)), "@type": "case-investigation:InvestigativeAction",
            "uco-core:name": .string(entry.kind), "uco-core:description": .string(detail ?? item.description),
            "uco-action:startTime": moment(entry.time), "uco-action:endTime": moment(entry.writtenAt),
            "uco-action:performer": reference(id("identity", entry.actor)), "uco-action:object": .array([reference(file(item))]),
            "uco-action:result": .array([reference(record)]),
        ]
    }
}
