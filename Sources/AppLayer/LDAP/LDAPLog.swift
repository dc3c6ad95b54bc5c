import Bytes

extension LDAPMessage {
    /// Writes the operation's object and the controls into the message's own object.
    func write(_ json: inout JSONWriter) {
        writeContent(&json)
        guard let controls else { return }
        json.key("controls")
        json.beginArray()
        for control in controls {
            json.beginObject()
            json.key("control_type")
            json.string(control.type)
            json.key("criticality")
            json.bool(control.isCritical)
            if let value = control.value {
                json.key("control_value")
                json.hex(value.rawSpan)
            }
            json.endObject()
        }
        json.endArray()
    }

    private func writeContent(_ json: inout JSONWriter) {
        if case .none = content { return }
        json.key(dynamic: operation.name.description)
        json.beginObject()
        switch content {
        case .bind(let version, let name, let mechanism, let credentials):
            json.key("version")
            json.number(version)
            json.key("name")
            json.string(name)
            if let mechanism {
                json.key("sasl")
                json.beginObject()
                json.key("mechanism")
                json.string(mechanism)
                if let credentials {
                    json.key("credentials")
                    json.hex(credentials.rawSpan)
                }
                json.endObject()
            }
        case .search(let search): search.write(&json)
        case .entry(let name, let attributes): writeEntry(name, attributes, &json)
        case .modify(let object, let changes): writeChanges(object, changes, &json)
        case .delete(let name):
            json.key("dn")
            json.string(name)
        case .rename(let entry, let newRDN, let deletesOld, let newSuperior):
            json.key("entry")
            json.string(entry)
            json.key("new_rdn")
            json.string(newRDN)
            json.key("delete_old_rdn")
            json.bool(deletesOld)
            if let newSuperior {
                json.key("new_superior")
                json.string(newSuperior)
            }
        case .compare(let entry, let description, let value):
            json.key("entry")
            json.string(entry)
            json.key("attribute_value_assertion")
            json.beginObject()
            json.key("description")
            json.string(description)
            json.key("value")
            json.string(value)
            json.endObject()
        case .abandon(let identifier):
            json.key("message_id")
            json.number(identifier)
        case .extended(let name, let value): writeNamed(name, value, &json)
        case .intermediate(let name, let value): writeNamed(name, value, &json)
        case .result(let result):
            json.key("result_code")
            json.string(LDAPResultCode.name(result.code))
            json.key("matched_dn")
            json.string(result.matchedDN)
            json.key("message")
            json.string(result.message)
            if operation == .bindResponse, let credentials = result.saslCredentials {
                json.key("server_sasl_creds")
                json.hex(credentials.rawSpan)
            }
            if operation == .extendedResponse { writeNamed(result.name, result.value, &json) }
        case .none: break
        }
        json.endObject()
    }

    private func writeNamed(_ name: [UInt8]?, _ value: [UInt8]?, _ json: inout JSONWriter) {
        if let name {
            json.key("name")
            json.string(name)
        }
        if let value {
            json.key("value")
            json.string(value)
        }
    }

    /// The keys differ between an entry that is found and one that is added.
    private func writeEntry(_ name: [UInt8], _ attributes: [Attribute], _ json: inout JSONWriter) {
        let isFound = operation == .searchResultEntry
        json.key(isFound ? "base_object" : "entry")
        json.string(name)
        guard !attributes.isEmpty else { return }
        json.key("attributes")
        json.beginArray()
        for attribute in attributes {
            json.beginObject()
            json.key(isFound ? "type" : "name")
            json.string(attribute.type)
            attribute.writeValues("values", &json)
            json.endObject()
        }
        json.endArray()
    }

    private func writeChanges(_ object: [UInt8], _ changes: [(operation: UInt64, attribute: Attribute)], _ json: inout JSONWriter) {
        json.key("object")
        json.string(object)
        guard !changes.isEmpty else { return }
        json.key("changes")
        json.beginArray()
        for change in changes {
            json.beginObject()
            json.key("operation")
            switch change.operation {
            case 0: json.string("add" as StaticString)
            case 1: json.string("delete" as StaticString)
            case 2: json.string("replace" as StaticString)
            default: json.string(String(change.operation))
            }
            json.key("modification")
            json.beginObject()
            json.key("attribute_type")
            json.string(change.attribute.type)
            change.attribute.writeValues("attribute_values", &json)
            json.endObject()
            json.endObject()
        }
        json.endArray()
    }
}

extension LDAPMessage.Attribute {
    fileprivate func writeValues(_ key: StaticString, _ json: inout JSONWriter) {
        guard !values.isEmpty else { return }
        json.key(key)
        json.beginArray()
        for value in values { json.string(value) }
        json.endArray()
    }
}

extension LDAPMessage.Search {
    fileprivate func write(_ json: inout JSONWriter) {
        json.key("base_object")
        json.string(base)
        json.key("scope")
        json.number(scope)
        json.key("deref_alias")
        json.number(dereferencing)
        json.key("size_limit")
        json.number(sizeLimit)
        json.key("time_limit")
        json.number(timeLimit)
        json.key("types_only")
        json.bool(typesOnly)
        if let presence {
            json.key("filter")
            json.beginObject()
            json.key("type")
            json.string("present" as StaticString)
            json.key("value")
            json.string(presence)
            json.endObject()
        }
        guard !attributes.isEmpty else { return }
        json.key("attributes")
        json.beginArray()
        for attribute in attributes { json.string(attribute) }
        json.endArray()
    }
}
