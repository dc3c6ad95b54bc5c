import AppLayer
import Bytes
import Decode

/// What is said of a flow when it has ended, and inside alerts while it lasts.
public struct FlowSummary: Sendable {
    public enum State: Sendable { case new, established, closed, bypassed }
    public enum Reason: Sendable { case timeout, forced, shutdown, reused }

    public var packetsToServer: UInt64 = 0
    public var packetsToClient: UInt64 = 0
    public var bytesToServer: UInt64 = 0
    public var bytesToClient: UInt64 = 0
    public var start = Timestamp(microseconds: 0)
    public var end = Timestamp(microseconds: 0)
    public var state = State.new
    public var reason = Reason.timeout
    public var isAlerted = false
    /// Transactions of its application protocol.
    public var transactionCount: UInt64 = 0
    /// What could not be followed, and the policy for it.
    public var exceptions: [(target: StaticString, policy: String)] = []
    /// `pass` or `drop` when a rule decided on the whole flow.
    public var action: StaticString?
    public var client = IPAddress.zero
    public var server = IPAddress.zero
    public var clientPort: Port = 0
    public var serverPort: Port = 0
    public var hasPorts = false
    public var appProtocol = AppProtocol.unknown
    public var appProtocolToServer = AppProtocol.unknown
    public var appProtocolToClient = AppProtocol.unknown
    public var originalAppProtocol = AppProtocol.unknown
    /// ICMP only: the type that answers the first message, once one has come back.
    public var icmpAnswer: UInt8?
    public var ttlToServer: (least: UInt8, most: UInt8) = (0, 0)
    public var ttlToClient: (least: UInt8, most: UInt8) = (0, 0)
    /// Hardware addresses of the flow's packets as its client sends them, in order of first sight: (source, destination).
    public var hardware: (sources: [HardwareAddress], destinations: [HardwareAddress]) = ([], [])
    /// TCP only: flags seen in all and by direction, and the state of the session.
    public var tcp: TCP?

    public struct TCP: Sendable {
        public var flagsToServer: TCPFlags
        public var flagsToClient: TCPFlags
        /// `syn_sent`, `established`, …; nil for packets of which no session came.
        public var state: StaticString?
        /// Urgent bytes that are in no stream.
        public var urgentBytes: (toServer: UInt32, toClient: UInt32) = (0, 0)
        /// Directions in which bytes were missing.
        public var gaps: FlowDirections

        public init(flagsToServer: TCPFlags, flagsToClient: TCPFlags, state: StaticString?, gaps: FlowDirections = []) {
            self.gaps = gaps
            self.flagsToServer = flagsToServer
            self.flagsToClient = flagsToClient
            self.state = state
        }
    }

    public init() {}
}

extension EventWriter {
    /// `app_proto` and, where they differ, what each side and the time before an upgrade were.
    func applicationProtocol(_ flow: FlowSummary) {
        guard flow.appProtocol != .unknown else { return }
        file.json.key("app_proto")
        file.json.string(ProtocolRegistry.name(flow.appProtocol))
        if flow.appProtocolToServer != flow.appProtocol, flow.appProtocolToServer != .unknown {
            file.json.key("app_proto_ts")
            file.json.string(ProtocolRegistry.name(flow.appProtocolToServer))
        }
        if flow.appProtocolToClient != flow.appProtocol, flow.appProtocolToClient != .unknown {
            file.json.key("app_proto_tc")
            file.json.string(ProtocolRegistry.name(flow.appProtocolToClient))
        }
        if flow.originalAppProtocol != .unknown, flow.originalAppProtocol != flow.appProtocol {
            file.json.key("app_proto_orig")
            file.json.string(ProtocolRegistry.name(flow.originalAppProtocol))
        }
    }

    /// The counters that alerts and flow events share.
    func flowCounters(_ flow: FlowSummary) {
        file.json.key("pkts_toserver")
        file.json.number(flow.packetsToServer)
        file.json.key("pkts_toclient")
        file.json.number(flow.packetsToClient)
        file.json.key("bytes_toserver")
        file.json.number(flow.bytesToServer)
        file.json.key("bytes_toclient")
        file.json.number(flow.bytesToClient)
        file.json.key("start")
        moment(flow.start)
    }

    /// The `flow` event of a flow that has ended.
    public func flow(_ subject: EventSubject, _ flow: FlowSummary) {
        begin("flow", subject, time: flow.end, namesOrigin: false)
        if configuration.ethernet { hardwareLists(flow.hardware) }
        if let type = flow.icmpAnswer {
            file.json.key("response_icmp_type")
            file.json.number(UInt64(type))
            file.json.key("response_icmp_code")
            file.json.number(UInt64(0))
        }
        applicationProtocol(flow)
        file.json.key("flow")
        file.json.beginObject()
        flowCounters(flow)
        file.json.key("end")
        moment(flow.end)
        file.json.key("age")
        file.json.number(UInt64(max(0, flow.end.seconds - flow.start.seconds)))
        file.json.key("state")
        switch flow.state {
        case .new: file.json.string("new")
        case .established: file.json.string("established")
        case .closed: file.json.string("closed")
        case .bypassed: file.json.string("bypassed")
        }
        file.json.key("reason")
        switch flow.reason {
        case .timeout: file.json.string("timeout")
        case .forced: file.json.string("forced")
        case .shutdown: file.json.string("shutdown")
        case .reused: file.json.string("tcp_reuse")
        }
        file.json.key("alerted")
        file.json.bool(flow.isAlerted)
        if let action = flow.action {
            file.json.key("action")
            file.json.string(action)
        }
        if flow.transactionCount > 0 {
            file.json.key("tx_cnt")
            file.json.number(flow.transactionCount)
        }
        if !flow.exceptions.isEmpty {
            file.json.key("exception_policy")
            file.json.beginArray()
            for (target, policy) in flow.exceptions {
                file.json.beginObject()
                file.json.key("target")
                file.json.string(target)
                file.json.key("policy")
                file.json.string(policy)
                file.json.endObject()
            }
            file.json.endArray()
        }
        file.json.endObject()
        if let tcp = flow.tcp { tcpObject(tcp) }
        end()
    }

    /// The `netflow` events of a flow that has ended: one for each direction that had packets.
    public func netflow(_ subject: EventSubject, _ flow: FlowSummary) {
        netflow(subject, flow, flow.packetsToServer, flow.bytesToServer, flow.ttlToServer, flow.tcp?.flagsToServer)
        guard flow.packetsToClient > 0 else { return }
        netflow(subject.reversed, flow, flow.packetsToClient, flow.bytesToClient, flow.ttlToClient, flow.tcp?.flagsToClient)
    }

    private func netflow(
        _ subject: EventSubject, _ flow: FlowSummary, _ packets: UInt64, _ bytes: UInt64, _ ttl: (least: UInt8, most: UInt8),
        _ flags: TCPFlags?
    ) {
        begin("netflow", subject, time: flow.end, namesOrigin: false)
        applicationProtocol(flow)
        file.json.key("netflow")
        file.json.beginObject()
        file.json.key("pkts")
        file.json.number(packets)
        file.json.key("bytes")
        file.json.number(bytes)
        file.json.key("start")
        moment(flow.start)
        file.json.key("end")
        moment(flow.end)
        file.json.key("age")
        file.json.number(UInt64(max(0, flow.end.seconds - flow.start.seconds)))
        file.json.key("min_ttl")
        file.json.number(UInt64(ttl.least))
        file.json.key("max_ttl")
        file.json.number(UInt64(ttl.most))
        file.json.endObject()
        if let flags {
            file.json.key("tcp")
            file.json.beginObject()
            file.json.key("tcp_flags")
            hexByte(flags.rawValue)
            flagNames(flags)
            file.json.endObject()
        }
        end()
    }

    private func tcpObject(_ tcp: FlowSummary.TCP) {
        file.json.key("tcp")
        file.json.beginObject()
        let all = tcp.flagsToServer.union(tcp.flagsToClient)
        file.json.key("tcp_flags")
        hexByte(all.rawValue)
        file.json.key("tcp_flags_ts")
        hexByte(tcp.flagsToServer.rawValue)
        file.json.key("tcp_flags_tc")
        hexByte(tcp.flagsToClient.rawValue)
        flagNames(all)
        if let state = tcp.state { session(tcp, state) }
        file.json.endObject()
    }

    private func session(_ tcp: FlowSummary.TCP, _ state: StaticString) {
        file.json.key("state")
        file.json.string(state)
        if tcp.gaps.contains(.toClient) {
            file.json.key("tc_gap")
            file.json.bool(true)
        }
        if tcp.gaps.contains(.toServer) {
            file.json.key("ts_gap")
            file.json.bool(true)
        }
        // Each direction is kept in one piece here.
        file.json.key("ts_max_regions")
        file.json.number(UInt64(1))
        file.json.key("tc_max_regions")
        file.json.number(UInt64(1))
        if tcp.urgentBytes.toServer > 0 {
            file.json.key("ts_urgent_oob_data")
            file.json.number(UInt64(tcp.urgentBytes.toServer))
        }
        if tcp.urgentBytes.toClient > 0 {
            file.json.key("tc_urgent_oob_data")
            file.json.number(UInt64(tcp.urgentBytes.toClient))
        }
    }

    private func flagNames(_ all: TCPFlags) {
        if all.contains(.syn) {
            file.json.key("syn")
            file.json.bool(true)
        }
        if all.contains(.fin) {
            file.json.key("fin")
            file.json.bool(true)
        }
        if all.contains(.rst) {
            file.json.key("rst")
            file.json.bool(true)
        }
        if all.contains(.psh) {
            file.json.key("psh")
            file.json.bool(true)
        }
        if all.contains(.ack) {
            file.json.key("ack")
            file.json.bool(true)
        }
        if all.contains(.urg) {
            file.json.key("urg")
            file.json.bool(true)
        }
        if all.contains(.ece) {
            file.json.key("ecn")
            file.json.bool(true)
        }
        if all.contains(.cwr) {
            file.json.key("cwr")
            file.json.bool(true)
        }
    }

    private func hexByte(_ value: UInt8) {
        file.json.beginText()
        file.json.buffer.append(hex: value)
        file.json.endText()
    }
}
