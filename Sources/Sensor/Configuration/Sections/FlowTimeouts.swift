/// `flow-timeouts`, in seconds.
extension SensorConfiguration {
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
