import Bytes
import Decode
import Detect

extension EventWriter {
    /// `drop`: a packet that an inline sensor would have dropped.
    ///
    /// - Parameters:
    ///   - isToServer: the packet's direction; nil for packets without a flow.
    ///   - signature: of the rule that is shown when `alerts` is on.
    public func drop(
        _ packet: Packet, _ frame: RawSpan, subject: EventSubject, isToServer: Bool?, verdict: PacketVerdict, signature: Signature?
    ) {
        guard let options = configuration.drop else { return }
        begin("drop", subject, transactionID: options.alerts ? verdict.dropTransactionID : nil)
        if let isToServer {
            file.json.key("direction")
            if isToServer { file.json.string("to_server") } else { file.json.string("to_client") }
        }
        file.json.key("drop")
        file.json.beginObject()
        network(packet, frame)
        transport(packet, frame)
        if let reason = verdict.reason {
            file.json.key("reason")
            file.json.string(reason.name)
        }
        file.json.endObject()
        if options.verdict { verdictObject(verdict, isInline: true, subject) }
        if options.alerts, let signature {
            rule(signature, nil, subject, configuration.alert ?? EVEConfiguration.AlertOptions(), isBlocked: true)
        }
        end()
    }

    private func number(_ key: StaticString, _ value: some BinaryInteger) {
        file.json.key(key)
        file.json.number(UInt64(truncatingIfNeeded: value))
    }

    private func flag(_ key: StaticString, _ value: Bool) {
        file.json.key(key)
        file.json.bool(value)
    }

    private func network(_ packet: Packet, _ frame: RawSpan) {
        if packet.ipVersion == 4 {
            number("len", packet.ipLength)
            number("tos", packet.tos)
            number("ttl", packet.ttl)
            number("ipid", packet.ipID)
        } else if packet.ipVersion == 6 {
            number("len", packet.ipLength >= 40 ? packet.ipLength - 40 : 0)
            number("tc", packet.tos)
            number("hoplimit", packet.ttl)
            let start = Int(packet.ipOffset)
            if start >= 0, frame.byteCount - start >= 4 { number("flowlbl", frame.uint32(at: start) & 0xfffff) }
        }
    }

    private func transport(_ packet: Packet, _ frame: RawSpan) {
        switch packet.transport {
        case .tcp:
            number("tcpseq", packet.tcpSequence)
            number("tcpack", packet.tcpAcknowledgment)
            number("tcpwin", packet.tcpWindow)
            flag("syn", packet.tcpFlags.contains(.syn))
            flag("ack", packet.tcpFlags.contains(.ack))
            flag("psh", packet.tcpFlags.contains(.psh))
            flag("rst", packet.tcpFlags.contains(.rst))
            flag("urg", packet.tcpFlags.contains(.urg))
            flag("fin", packet.tcpFlags.contains(.fin))
            let start = Int(packet.transportOffset)
            if start >= 0, frame.byteCount - start >= 20 {
                number("tcpres", frame.byte(at: start + 12) & 0x0f)
                number("tcpurgp", frame.uint16(at: start + 18))
            }
        case .udp: number("udplen", packet.payloadLength + 8)
        case .icmpv4, .icmpv6:
            number("icmp_id", packet.icmpID)
            number("icmp_seq", packet.icmpSequence)
        default: break
        }
    }

    /// `verdict`: what became of the packet.
    func verdictObject(_ verdict: PacketVerdict, isInline: Bool, _ subject: EventSubject) {
        file.json.key("verdict")
        file.json.beginObject()
        file.json.key("action")
        if let reject = verdict.reject {
            if isInline { file.json.string("drop") } else { file.json.string("alert") }
            file.json.key("reject-target")
            switch reject {
            case .rejectDestination: file.json.string("to_server")
            case .rejectBoth: file.json.string("both")
            default: file.json.string("to_client")
            }
            file.json.key("reject")
            file.json.beginArray()
            if subject.ipProtocol == 6 {
                file.json.string("tcp-reset")
            } else if subject.ipProtocol == 17 || subject.ipProtocol == 1 || subject.ipProtocol == 58 {
                file.json.string("icmp-prohib")
            }
            file.json.endArray()
        } else if verdict.isDropped, isInline {
            file.json.string("drop")
        } else if verdict.isPassed {
            file.json.string("pass")
        } else {
            file.json.string("alert")
        }
        file.json.endObject()
    }
}
