import Flow

/// `flow-timeouts`, in seconds, and how much flows and fragments may take.
extension SensorConfiguration {
    mutating func readFlowLimits(_ tree: ConfigurationTree) {
        if let bytes = tree.size("flow.memcap"), bytes > 0 {
            flowLimit = max(1024, Int(clamping: min(bytes, 1 << 40)) / FlowTable.bytesPerFlow)
        }
        if let bytes = tree.size("defrag.memcap"), bytes > 0 { defragmentation.maxBytes = max(1 << 16, Int(clamping: min(bytes, 1 << 40))) }
        if let count = tree.integer("defrag.trackers"), count > 0 { defragmentation.maxDatagrams = min(count, 1 << 20) }
        if let count = tree.integer("defrag.max-frags"), count > 0 { defragmentation.maxHeld = count }
        if let seconds = tree.integer("defrag.timeout"), seconds > 0 { defragmentation.timeoutSeconds = Int64(seconds) }
    }

    mutating func readTimeouts(_ tree: ConfigurationTree) {
        func seconds(_ path: String, _ value: inout Int64) {
            if let number = tree.integer("flow-timeouts." + path), number >= 0 { value = Int64(number) }
        }
        seconds("tcp.new", &flowTimeouts.tcpNew)
        seconds("tcp.established", &flowTimeouts.tcpEstablished)
        seconds("tcp.closed", &flowTimeouts.tcpClosed)
        seconds("udp.new", &flowTimeouts.udpNew)
        seconds("udp.established", &flowTimeouts.udpEstablished)
        seconds("icmp.new", &flowTimeouts.icmpNew)
        seconds("icmp.established", &flowTimeouts.icmpEstablished)
        seconds("default.new", &flowTimeouts.otherNew)
        seconds("default.established", &flowTimeouts.otherEstablished)
    }
}
