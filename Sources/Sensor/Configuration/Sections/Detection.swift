import Detect

/// `detect` and `action-order`.
extension SensorConfiguration {
    mutating func readDetection(_ tree: ConfigurationTree) throws(ConfigurationError) {
        guessesTransactions = tree.flag("detect.guess-applayer-tx") ?? false
        guessesPerTransaction = max(0, tree.integer("detect.stream-tx-log-limit") ?? guessesPerTransaction)
        inspectsSeams = tree.flag("detect.across-pieces") ?? inspectsSeams
        dropIsAlert = tree.flag("detect.drop-is-alert")
        if tree.flag("detect.sgh-mpm-caching") ?? true {
            ruleCache = tree.text("detect.sgh-mpm-caching-path") ?? ruleCache
        } else {
            ruleCache = nil
        }
        actionOrder = try SensorConfiguration.readActionOrder(tree)
    }

    private static func readActionOrder(_ tree: ConfigurationTree) throws(ConfigurationError) -> [RuleAction]? {
        guard let items = tree.at("action-order")?.items, !items.isEmpty else { return nil }
        var order: [RuleAction] = []
        for item in items {
            switch item.text {
            case "pass": order.append(.pass)
            case "drop": order.append(.drop)
            case "reject": order.append(.reject)
            case "alert": order.append(.alert)
            default: throw ConfigurationError("action-order", "\"\(item.text ?? "")\" is not pass, drop, reject or alert")
            }
        }
        return order
    }
}
