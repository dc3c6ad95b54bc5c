import Bytes

/// A request and its response; messages that belong to nothing stand alone.
final class ENIPTransaction: Transaction {
    private(set) var request: ENIPMessage?
    private(set) var response: ENIPMessage?

    func take(_ message: ENIPMessage, _ direction: FlowDirection) {
        if direction == .toServer { request = message } else { response = message }
        if message.isInvalid { raise(ENIPFields.Event.invalidPDU.rawValue) }
        if direction == .toClient { complete() }
    }

    func complete() {
        advance(.toServer, to: 1)
        advance(.toClient, to: 1)
    }

    override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        switch buffer {
        case .enipProductName, .enipServiceName:
            guard instance == 0, let name = buffer == .enipProductName ? response?.identity?.productName : response?.service?.name else {
                return false
            }
            body(name.rawSpan)
            return true
        default:
            guard let value = numbers(buffer, direction).dropFirst(max(instance, 0)).first else {
                return super.withBuffer(buffer, direction, instance: instance, body)
            }
            NumberField.supply(value, body)
            return true
        }
    }

    private func numbers(_ buffer: BufferID, _ direction: FlowDirection) -> [UInt64] {
        let message = direction == .toServer ? request : response
        func one(_ value: (some BinaryInteger)?) -> [UInt64] { value.map { [UInt64($0)] } ?? [] }
        switch buffer {
        case .enipCommand: return one(message?.command)
        case .enipStatus: return one(message?.status)
        case .enipProtocolVersion:
            if case .session(let version, _)? = message?.payload { return [UInt64(version)] }
            return direction == .toServer ? [] : one(message?.service?.protocolVersion ?? message?.identity?.protocolVersion)
        case .enipRevision: return one(response?.identity?.revision)
        case .enipIdentityStatus: return one(response?.identity?.status)
        case .enipState: return one(response?.identity?.state)
        case .enipSerial: return one(response?.identity?.serial)
        case .enipProductCode: return one(response?.identity?.productCode)
        case .enipDeviceType: return one(response?.identity?.deviceType)
        case .enipVendor: return one(response?.identity?.vendor)
        case .enipCapabilities: return one(response?.service?.capabilities)
        case .enipCIPClass: return segments(CIPMessage.Segment.Kind.classes)
        case .enipCIPInstance: return segments(CIPMessage.Segment.Kind.instance)
        case .enipCIPAttribute:
            return segments(CIPMessage.Segment.Kind.attribute) + asked.flatMap { $0.attributes.map { UInt64($0) } }
        case .enipCIPStatus: return (response?.cip?.all ?? []).filter(\.isResponse).map { UInt64($0.status) }
        case .enipCIPExtendedStatus:
            return (response?.cip?.all ?? []).filter { $0.extendedStatus.count == 2 }
                .map { UInt64($0.extendedStatus[1]) << 8 | UInt64($0.extendedStatus[0]) }
        default: return []
        }
    }

    private var asked: [CIPMessage] { (request?.cip?.all ?? []).filter { !$0.isResponse } }

    private func segments(_ kind: UInt8) -> [UInt64] { asked.flatMap { $0.values(kind).map { UInt64($0) } } }

    // MARK: EVE

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("enip")
        json.beginObject()
        if let request {
            json.key("request")
            json.beginObject()
            request.write(&json)
            json.endObject()
        }
        if let response {
            json.key("response")
            json.beginObject()
            response.write(&json)
            response.service?.write(&json)
            response.identity?.write(&json)
            json.endObject()
        }
        json.endObject()
    }
}

extension ENIPMessage {
    fileprivate func write(_ json: inout JSONWriter) {
        json.key("command")
        json.string(Command.names.first { $0.value == UInt64(command) }?.name ?? "unknown-\(command)")
        json.key("status")
        json.string(ENIPMessage.statusNames.first { $0.value == UInt64(status) }?.name ?? "unknown-\(status)")
        if options != 0 {
            json.key("options")
            json.number(UInt64(options))
        }
        if case .session(let version, let options) = payload {
            json.key("register_session")
            json.beginObject()
            json.key("protocol_version")
            json.number(UInt64(version))
            json.key("options")
            json.number(UInt64(options))
            json.endObject()
        }
        if let cip {
            json.key("cip")
            cip.write(&json)
        }
    }
}

extension ENIPMessage.Service {
    fileprivate func write(_ json: inout JSONWriter) {
        json.key("list_services")
        json.beginObject()
        json.key("protocol_version")
        json.number(UInt64(protocolVersion))
        json.key("capabilities")
        json.number(UInt64(capabilities))
        json.key("service_name")
        json.string(name)
        json.endObject()
    }
}

extension ENIPMessage.Identity {
    fileprivate func write(_ json: inout JSONWriter) {
        json.key("identity")
        json.beginObject()
        json.key("protocol_version")
        json.number(UInt64(protocolVersion))
        json.key("revision")
        json.string("\(revision >> 8).\(revision & 255)")
        json.key("vendor_id")
        json.string(CIPNames.name(vendor, in: CIPNames.vendors))
        json.key("device_type")
        json.string(CIPNames.name(deviceType, in: CIPNames.deviceTypes))
        json.key("product_code")
        json.number(UInt64(productCode))
        json.key("status")
        json.number(UInt64(status))
        json.key("serial")
        json.number(UInt64(serial))
        json.key("product_name")
        json.string(productName)
        json.key("state")
        json.number(UInt64(state))
        json.endObject()
    }
}

extension CIPMessage {
    fileprivate func write(_ json: inout JSONWriter) {
        json.beginObject()
        json.key("service")
        json.string(CIPNames.name(service, in: CIPNames.services))
        if isResponse {
            json.key("status")
            json.string(CIPNames.name(status, in: CIPNames.statuses))
            if !extendedStatus.isEmpty {
                json.key("status_extended")
                json.hex(extendedStatus.rawSpan)
                if extendedStatus.count == 2,
                    let meaning = CIPNames.extendedStatuses[UInt16(extendedStatus[1]) << 8 | UInt16(extendedStatus[0])]
                {
                    json.key("status_extended_meaning")
                    json.string(meaning)
                }
            }
        } else if !path.isEmpty {
            writePath(&json)
        }
        if !parts.isEmpty {
            json.key("multiple")
            json.beginArray()
            for part in parts { part.write(&json) }
            json.endArray()
        }
        json.endObject()
    }

    private func writePath(_ json: inout JSONWriter) {
        json.key("path")
        json.beginArray()
        for segment in path {
            json.beginObject()
            json.key("segment_type")
            switch segment.kind {
            case Segment.Kind.classes: json.string("class" as StaticString)
            case Segment.Kind.instance: json.string("instance" as StaticString)
            case Segment.Kind.attribute: json.string("attribute" as StaticString)
            default: json.string("unknown-\(segment.type)")
            }
            json.key("value")
            json.number(UInt64(segment.value))
            json.endObject()
        }
        json.endArray()
        if let last = values(Segment.Kind.classes).last {
            json.key("class_name")
            json.string(CIPNames.name(last, in: CIPNames.classes))
        }
    }
}
