import AppLayer
import Detect
import EVE
import Flow

/// Counters for `stats`.
extension Worker {
    /// Counters of the stages, for `stats`.
    func statistics() -> StatsTree {
        var tree = StatsTree()
        tree.add("decoder.pkts", counters.packets)
        tree.add("decoder.bytes", counters.bytes)
        decoded.add(to: &tree, packets: counters.packets, bytes: counters.bytes)
        tree.add("decoder.event_packets", counters.decodeEvents)
        tree.add("defrag.fragments", counters.fragments)
        tree.add("defrag.reassembled", counters.rebuilt)
        tree.add("defrag.evicted", defragmenter.evicted)
        tree.add("defrag.max_trackers_reached", defragmenter.reached.datagrams)
        tree.add("defrag.max_frags_reached", defragmenter.reached.fragments)
        tree.add("defrag.memcap_reached", defragmenter.reached.bytes)
        tree.add("defrag.memuse", UInt64(max(0, defragmenter.bytesHeld)))
        tree.add("flow.total", counters.flows)
        tree.add("flow.active", UInt64(flows.count))
        tree.add("flow.evicted", flows.evicted)
        tree.add("flow.memcap", UInt64(flows.limit * FlowTable.bytesPerFlow))
        tree.add("flow.memuse", UInt64(flows.count * FlowTable.bytesPerFlow))
        tree.add("flow.emerg_mode_entered", flows.emergencies.begun)
        tree.add("flow.emerg_mode_over", flows.emergencies.over)
        tree.add("tcp.sessions", tcp.opened)
        tree.add("tcp.active_sessions", UInt64(tcp.sessionCount))
        tree.add("tcp.midstream_pickups", tcp.pickedUp)
        tree.add("tcp.urgent_oob_data", tcp.urgent)
        tree.add("tcp.reassembly_memuse", UInt64(max(0, tcp.memory)))
        tree.add("tcp.reassembly_gap", tcp.gaps)
        tree.add("tcp.segment_memcap_drop", tcp.dropped)
        // How full the fullest of the bounded tables is, in per cent.
        let pressure = max(
            UInt64(max(0, tcp.memory) * 100 / max(1, tcp.options.memoryLimit)), UInt64(flows.count * 100 / max(1, flows.limit)))
        mostPressure = max(mostPressure, pressure)
        tree.add("memcap.pressure", pressure)
        tree.add("memcap.pressure_max", mostPressure)
        let forgotten = detector?.forgotten ?? Detector.Forgotten()
        sayWhatIsFull(forgotten)
        for descriptor in protocols {
            for (name, slot) in slots(of: descriptor) { tree.add("app_layer.flow." + name, protocolFlows[slot]) }
        }
        for descriptor in protocols {
            for (name, slot) in slots(of: descriptor) { tree.add("app_layer.tx." + name, protocolTransactions[slot]) }
        }
        for descriptor in protocols {
            for (name, slot) in slots(of: descriptor) { tree.add("app_layer.error." + name + ".parser", protocolErrors[slot]) }
        }
        if let fileStore {
            tree.add("file_store.open_files_max_hit", fileStore.limitHits)
            tree.add("file_store.fs_errors", fileStore.errors)
        }
        tree.add("incidents.packets_not_kept", recorder?.passedBy ?? 0)
        tree.add("detect.alert", counters.alerts)
        tree.add("detect.alerts_suppressed", detector?.suppressed ?? 0)
        tree.add("detect.alert_queue_overflow", detector?.overflow ?? 0)
        tree.add("detect.rules_evaluated", detector?.evaluated ?? 0)
        tree.add("detect.thresholds_evicted", forgotten.thresholds)
        tree.add("detect.host_bits_evicted", forgotten.hostBits)
        tree.add("detect.tagged_hosts_evicted", forgotten.taggedHosts)
        tree.add("detect.dataset_values_refused", forgotten.datasetValues)
        addVerdicts(to: &tree)
        if configuration.countsStreamEvents {
            for (index, name) in StreamEvent.names.enumerated() { tree.add("stream." + name, streamEventCounts[index]) }
        }
        return tree
    }

    /// Says once of each table that it has begun to let go of what it holds, and by which option it could hold more.
    private func sayWhatIsFull(_ forgotten: Detector.Forgotten) {
        let full: [(acted: Bool, text: String)] = [
            (flows.evicted > 0, "\(flows.limit) flows at once: those that were silent longest end early (flow.memcap)"),
            (defragmenter.reached.datagrams > 0, "too many datagrams in fragments: the oldest are given up (defrag.trackers)"),
            (defragmenter.reached.fragments > 0, "too many fragments: the oldest are given up (defrag.max-frags)"),
            (defragmenter.reached.bytes > 0, "fragments take too much memory: the oldest are given up (defrag.memcap)"),
            ((recorder?.passedBy ?? 0) > 0, "too many flows with alerts at once: some packets are not kept as evidence"),
            (forgotten.thresholds > 0, "too many hosts at once for thresholds: the older half of them is counted anew"),
            (forgotten.hostBits > 0, "too many hosts at once with bits (xbits, hostbits): those that end soonest are cleared"),
            (forgotten.taggedHosts > 0, "too many tagged hosts at once: the tags of the older half end"),
            (forgotten.datasetValues > 0, "a data set is full: values are not added (datasets.defaults.memcap, memcap of the set)"),
            (tcp.dropped > 0, "segments are not kept: streams take too much memory, or one has too many holes (stream.reassembly.memcap)"),
        ]
        for (acted, text) in full where acted && saidFull.insert(text).inserted { SensorProgram.report("vonggac-sensor: \(text)") }
    }

    func slot(_ proto: AppProtocol, _ flow: FlowID) -> Int { Int(proto.rawValue) << 1 | (flows[flow].ipProtocol == 17 ? 1 : 0) }

    /// The counters' names: with the transport where the protocol has both.
    func slots(of descriptor: ProtocolDescriptor) -> [(name: String, slot: Int)] {
        let first = Int(descriptor.appProtocol.rawValue) << 1
        guard descriptor.transports.contains(.tcp), descriptor.transports.contains(.udp) else {
            return [(descriptor.name, descriptor.transports.contains(.udp) ? first | 1 : first)]
        }
        return [(descriptor.name + "_tcp", first), (descriptor.name + "_udp", first | 1)]
    }
}
