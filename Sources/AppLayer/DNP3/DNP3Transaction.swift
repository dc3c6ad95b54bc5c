import Bytes

/// One message of the application layer: a request, or a response. Suricata pairs none, and neither do we.
final class DNP3Transaction: Transaction {
    let link: DNP3Link
    let direction: FlowDirection
    let control: UInt8
    let function: UInt8
    /// Of responses.
    let indications: UInt16
    /// The sequence number of the transport layer's last segment.
    var sequence: UInt8
    /// The segments put together, application header first.
    var fragment: [UInt8] = []
    var objects: DNP3Objects?

    init(
        id: UInt64, startTime: Timestamp, link: DNP3Link, direction: FlowDirection, control: UInt8, function: UInt8, indications: UInt16,
        sequence: UInt8
    ) {
        self.link = link
        self.direction = direction
        self.control = control
        self.function = function
        self.indications = indications
        self.sequence = sequence
        super.init(id: id, startTime: startTime)
        onlyDirection = direction
    }

    /// A message of which segments are missing is none.
    override var isWorthLogging: Bool { isComplete }

    override var eventDirection: FlowDirection { .toServer }

    func complete() { advance(direction, to: 1) }

    func raise(_ event: DNP3Fields.Event) { raise(event.rawValue) }

    override func withBuffer(_ buffer: BufferID, _ direction: FlowDirection, instance: Int, _ body: (RawSpan) -> Void) -> Bool {
        guard direction == self.direction, instance >= 0 else { return false }
        switch buffer {
        case .dnp3Data where instance == 0 && !fragment.isEmpty:
            let bytes = fragment
            body(bytes.rawSpan)
        case .dnp3Function where instance == 0: NumberField.supply(UInt64(function), body)
        case .dnp3Indications where instance == 0 && direction == .toClient: NumberField.supply(UInt64(indications), body)
        case .dnp3Objects:
            guard let list = objects?.list, instance < list.count else { return false }
            NumberField.supply(UInt64(list[instance].group) << 8 | UInt64(list[instance].variation), body)
        default: return super.withBuffer(buffer, direction, instance: instance, body)
        }
        return true
    }

    // MARK: EVE

    override func writeEVE(_ json: inout JSONWriter, options: LogOptions) {
        json.key("dnp3")
        json.beginObject()
        if options.isInAlert {
            json.key(direction == .toServer ? "request" : "response")
            json.beginObject()
        }
        json.key("type")
        json.string(direction == .toServer ? "request" : function == 130 ? "unsolicited_response" : "response" as StaticString)
        writeLink(&json)
        writeApplication(&json)
        if direction == .toClient { writeIndications(&json) }
        if options.isInAlert { json.endObject() }
        json.endObject()
    }

    private func writeLink(_ json: inout JSONWriter) {
        json.key("control")
        json.beginObject()
        json.key("dir")
        json.bool(link.isFromMaster)
        json.key("pri")
        json.bool(link.isPrimary)
        json.key("fcb")
        json.bool(link.frameCountBit)
        json.key("fcv")
        json.bool(link.frameCountValid)
        json.key("function_code")
        json.number(UInt64(link.function))
        json.endObject()
        json.key("src")
        json.number(UInt64(link.source))
        json.key("dst")
        json.number(UInt64(link.destination))
    }

    private func writeApplication(_ json: inout JSONWriter) {
        json.key("application")
        json.beginObject()
        json.key("control")
        json.beginObject()
        json.key("fir")
        json.bool(control & 0x80 != 0)
        json.key("fin")
        json.bool(control & 0x40 != 0)
        json.key("con")
        json.bool(control & 0x20 != 0)
        json.key("uns")
        json.bool(control & 0x10 != 0)
        json.key("sequence")
        json.number(UInt64(control & 0x0f))
        json.endObject()
        json.key("function_code")
        json.number(UInt64(function))
        if let list = objects?.list, !list.isEmpty {
            json.key("objects")
            json.beginArray()
            for object in list { write(object, &json) }
            json.endArray()
        }
        json.key("complete")
        json.bool(objects?.isComplete ?? false)
        json.endObject()
    }

    private func writeIndications(_ json: inout JSONWriter) {
        json.key("iin")
        json.beginObject()
        if indications != 0 {
            json.key("indicators")
            json.beginArray()
            for indication in DNP3Fields.indications where UInt64(indications) & indication.mask != 0 { json.string(indication.name) }
            json.endArray()
        }
        json.endObject()
    }

    private func write(_ object: DNP3Object, _ json: inout JSONWriter) {
        json.beginObject()
        for (name, value) in [
            ("group", UInt32(object.group)), ("variation", UInt32(object.variation)), ("qualifier", UInt32(object.qualifier)),
            ("prefix_code", UInt32(object.prefixCode)), ("range_code", UInt32(object.rangeCode)), ("start", object.start),
            ("stop", object.stop), ("count", object.count),
        ] {
            json.key(dynamic: name)
            json.number(UInt64(value))
        }
        if object.points > 0 {
            json.key("points")
            json.beginArray()
            writePoints(object, &json)
            json.endArray()
        }
        json.endObject()
    }

    /// Only as many points as were understood are read again.
    private func writePoints(_ object: DNP3Object, _ json: inout JSONWriter) {
        var events: [(name: String, value: DNP3Value)] = []
        var points: [(index: UInt32, prefix: UInt32, size: UInt32, firstField: Int)] = []
        var offset = object.bytes.lowerBound
        let bytes = fragment
        _ = DNP3Objects.walk(
            object, bytes.rawSpan, &offset, each: { points.append(($0, $1, $2, events.count)) }, field: { events.append(($0, $1)) })
        for (number, point) in points.enumerated() {
            json.beginObject()
            json.key("prefix")
            json.number(UInt64(point.prefix))
            json.key("index")
            json.number(UInt64(point.index))
            if object.hasSizes {
                json.key("size")
                json.number(UInt64(point.size))
            }
            let end = number + 1 < points.count ? points[number + 1].firstField : events.count
            for field in events[point.firstField..<end] {
                json.key(dynamic: field.name)
                switch field.value {
                case .unsigned(let value): json.number(value)
                case .signed(let value): json.number(Int(value))
                case .float(let value): json.number(value)
                case .text(let range): json.string(Array(bytes[range].prefix { $0 != 0 }))
                case .data(let range): json.base64(bytes.rawSpan.extracting(range))
                }
            }
            json.endObject()
        }
    }
}
