import Incidents
import Trust

/// `incidents`: the database of incidents, which is this sensor's own section.
extension SensorConfiguration {
    mutating func readIncidents(_ tree: ConfigurationTree) throws(ConfigurationError) {
        incidents.database = tree.text("incidents.database")
        incidents.agencies = tree.text("incidents.agencies")
        incidents.correlation = tree.text("incidents.correlation")
        if let days = tree.integer("incidents.retention.alert-days") {
            incidents.retention = RetentionPolicy(
                alertDays: max(1, days), incidentYears: max(1, tree.integer("incidents.retention.incident-years") ?? 5))
        }
        incidents.checkpointKey = tree.text("incidents.checkpoint.key")
        if let hours = tree.integer("incidents.checkpoint.hours") { incidents.checkpointHours = Double(max(1, hours)) }
        if let source = tree.text("incidents.checkpoint.passphrase") {
            guard let passphrase = PassphraseSource(source) else {
                throw ConfigurationError("incidents.checkpoint.passphrase", "file:PATH, env:NAME or command:WORDS")
            }
            incidents.checkpointPassphrase = passphrase
        }
        incidents.checkpointFolder = tree.text("incidents.checkpoint.folder")
        incidents.sensorName = tree.text("incidents.sensor-name") ?? tree.text("sensor-name") ?? incidents.sensorName
    }
}
