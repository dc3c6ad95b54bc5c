import EVE
import Foundation
import Testing

@testable import Sensor

@Suite struct MetricsFileTests {
    private static func tree() -> StatsTree {
        var tree = StatsTree()
        tree.rules = (loaded: 30, failed: 1, skipped: 2)
        tree.add("decoder.pkts", 12)
        tree.add("flow.active", 3)
        tree.add("tcp.urgent-data", 1)
        tree.add("app_layer.flow.http", 4)
        tree.add("app_layer.flow.dns_udp", 5)
        tree.add("app_layer.error.http.parser", 1)
        return tree
    }

    @Test func countersAreNamedAsPrometheusDoes() {
        let text = MetricsFile.text(Self.tree(), sensor: "cổng \"A\"\\", started: 100, now: 160)
        let lines = text.split(separator: "\n").map(String.init)
        let sensor = #"sensor="cổng \"A\"\\""#
        #expect(lines.contains("# TYPE vonggac_decoder_pkts_total counter"))
        #expect(lines.contains("vonggac_decoder_pkts_total{\(sensor)} 12"))
        #expect(lines.contains("# TYPE vonggac_flow_active gauge") && lines.contains("vonggac_flow_active{\(sensor)} 3"))
        #expect(lines.contains("vonggac_tcp_urgent_data_total{\(sensor)} 1"))
        #expect(lines.contains("vonggac_app_layer_flow_total{\(sensor),app_proto=\"http\"} 4"))
        #expect(lines.contains("vonggac_app_layer_flow_total{\(sensor),app_proto=\"dns_udp\"} 5"))
        #expect(lines.contains("vonggac_app_layer_error_total{\(sensor),app_proto=\"http\",kind=\"parser\"} 1"))
        #expect(lines.contains("vonggac_detect_rules{\(sensor),state=\"failed\"} 1"))
        #expect(lines.contains("vonggac_sensor_written_time_seconds{\(sensor)} 160"))
        // One type line for each name, before its samples.
        let types = lines.filter { $0.hasPrefix("# TYPE") }
        #expect(Set(types).count == types.count)
    }

    @Test func fileIsReplacedWhole() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("metrics-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let file = MetricsFile(path: folder + "/sensor.prom", sensor: "a", started: 1)
        file.write(Self.tree(), now: 2)
        file.write(Self.tree(), now: 3)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == ["sensor.prom"])
        let text = try String(contentsOfFile: folder + "/sensor.prom", encoding: .utf8)
        #expect(text.contains("vonggac_sensor_written_time_seconds{sensor=\"a\"} 3\n") && text.hasSuffix("\n"))
        let mode = try FileManager.default.attributesOfItem(atPath: folder + "/sensor.prom")[.posixPermissions] as? Int
        #expect(mode == 0o644)
    }

    @Test func configurationNamesTheFile() throws {
        let tree = ConfigurationTree.mapping([]).setting("stats.prometheus-file", to: "/tmp/x.prom")
        #expect(try SensorConfiguration(tree).metricsFile == "/tmp/x.prom")
        #expect(try SensorConfiguration(nil).metricsFile == nil)
    }
}
