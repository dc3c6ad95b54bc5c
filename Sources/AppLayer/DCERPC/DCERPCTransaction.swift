import Bytes

/// A call and its answer, or a bind and its answer.
final class DCERPCTransaction: Transaction {
    static let request: UInt8 = 0
    static let response: UInt8 = 2
    /// Bytes of stub data that are kept of a call in each direction, and of all open calls of a connection together.
    static let mostStubData = 1 << 20
    static let mostStubDataOfConnection = 16 << 20

    /// What a new call may keep in each direction when the open ones hold `kept` bytes.
    static func stubLimit(besides kept: Int) -> Int { max(0, min(mostStubData, mostStubDataOfConnection - kept)) }

    /// Over UDP the sequence number.
    let callID: UInt32
    /// Over UDP whose call it is; nil over TCP.
    var activity: [UInt8]?
    var minorVersion: UInt8 = 0
    var requestType: UInt8?
    var responseType: UInt8?
    var operation: UInt16 = 0
    var contextID: UInt16 = 0
    var fragments = (toServer: 0, toClient: 0)
    var stub: (toServer: [UInt8], toClient: [UInt8]) = ([], [])
    /// Bytes that may be kept of each.
    var stubLimit = mostStubData
    /// The interfaces of the connection as they stood when the call was made; of a bind, when it was answered.
    var interfaces: [DCERPCInterface] = []
    private var isLittle = false

    override var isLittleEndian: Bool { isLittle }

    init(id: UInt64, startTime: Timestamp, callID: UInt32, isLittleEndian: Bool) {
        self.callID = callID
        isLittle = isLittleEndian
        super.init(id: id, startTime: startTime)
    }

    func append(_ bytes: RawSpan, _ direction: FlowDirection) {
        let room = stubLimit - (direction == .toServer ? stub.toServer.count : stub.toClient.count)
        let kept = bytes.prefix(max(0, min(room, bytes.byteCount))).copied()
        if direction == .toServer {
            stub.toServer += kept
            fragments.toServer += 1
        } else {
            stub.toClient += kept
            fragments.toClient += 1
        }
    }

    override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        switch buffer {
        case .dcerpcStubData:
            let data = direction == .toServer ? stub.toServer : stub.toClient
            guard instance == 0, !data.isEmpty else { return false }
            body(data.rawSpan)
        case .dcerpcInterface:
            guard requestType == DCERPCTransaction.request else { return false }
            let accepted = interfaces.filter { $0.contextID == contextID && $0.result == 0 }
            guard instance >= 0, instance < accepted.count else { return false }
            let encoded = accepted[instance].encoded
            body(encoded.rawSpan)
        case .dcerpcOperation:
            guard instance == 0, requestType == DCERPCTransaction.request else { return false }
            NumberField.supply(UInt64(operation), body)
        default: return false
        }
        return true
    }

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("dcerpc")
        json.beginObject()
        json.key("request")
        if let requestType {
            json.string(DCERPCHeader.typeName(requestType))
            if requestType == DCERPCTransaction.request {
                json.key("req")
                Self.writeSizes(operation: operation, fragments: fragments.toServer, size: stub.toServer.count, &json)
            }
            let shown = shownInterfaces
            if !shown.isEmpty { Self.write(shown, withResults: true, &json) }
        } else {
            json.string("REQUEST_LOST")
        }
        json.key("response")
        if let responseType {
            json.string(DCERPCHeader.typeName(responseType))
            if responseType == DCERPCTransaction.response {
                json.key("res")
                Self.writeSizes(fragments: fragments.toClient, size: stub.toClient.count, &json)
            }
        } else {
            json.string("UNREPLIED")
        }
        if let activity {
            json.key("activityuuid")
            json.string(Self.text(activity))
            json.key("seqnum")
            json.number(UInt64(callID))
            json.key("rpc_version")
            json.string("4.0")
        } else {
            json.key("call_id")
            json.number(UInt64(callID))
            json.key("rpc_version")
            json.string("5.\(minorVersion)")
        }
        json.endObject()
    }

    /// Of a call those in its context, of a bind those that it asks for.
    private var shownInterfaces: [DCERPCInterface] {
        switch requestType {
        case DCERPCTransaction.request where activity == nil: interfaces.filter { $0.contextID == contextID }
        case 11: interfaces
        default: []
        }
    }

    /// How many fragments and bytes of stub data one side sent.
    static func writeSizes(operation: UInt16? = nil, fragments: Int, size: Int, _ json: inout JSONWriter) {
        json.beginObject()
        if let operation {
            json.key("opnum")
            json.number(UInt64(operation))
        }
        json.key("frag_cnt")
        json.number(fragments)
        json.key("stub_data_size")
        json.number(size)
        json.endObject()
    }

    static func write(_ interfaces: [DCERPCInterface], withResults: Bool, withReasons: Bool = false, _ json: inout JSONWriter) {
        json.key("interfaces")
        json.beginArray()
        for interface in interfaces {
            json.beginObject()
            json.key("uuid")
            json.string(text(interface.uuid))
            json.key("version")
            json.string("\(interface.version).\(interface.minorVersion)")
            if withResults, let result = interface.result {
                json.key("ack_result")
                json.number(UInt64(result))
                if withReasons {
                    json.key("ack_reason")
                    json.number(UInt64(interface.reason))
                }
            }
            json.endObject()
        }
        json.endArray()
    }

    static func text(_ uuid: [UInt8]) -> [UInt8] {
        var text: [UInt8] = []
        for (index, byte) in uuid.enumerated() {
            if [4, 6, 8, 10].contains(index) { text.append(45) }
            text.append(ASCII.hexDigit(byte >> 4))
            text.append(ASCII.hexDigit(byte & 15))
        }
        return text
    }
}
