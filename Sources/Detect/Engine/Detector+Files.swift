import AppLayer
import Bytes
import Flow

/// Rules on files as wholes, and what `filestore` does.
extension Detector {
    /// Whether a rule's tests on files hold on one file of the transaction; nil while that may still change.
    ///
    /// - Parameter first: files before this one were looked at when the rule matched before.
    func holdsOnFiles(
        _ tests: [FileTest], _ transaction: Transaction, _ direction: FlowDirection, from first: Int, _ isLast: Bool
    ) -> Bool? {
        var isOpen = !isLast && !transaction.isComplete(direction)
        for file in transaction.files.lazy.filter({ $0.direction == direction }).dropFirst(first) {
            switch verdict(tests, file) {
            case true?: return true
            case nil: if !isLast { isOpen = true }
            case false?: break
            }
        }
        return isOpen ? nil : false
    }

    private func verdict(_ tests: [FileTest], _ file: TransferredFile) -> Bool? {
        var isOpen = false
        for test in tests {
            switch test.holds(file) {
            case false?: return false
            case nil: isOpen = true
            case true?: break
            }
        }
        return isOpen ? nil : true
    }

    /// Marks what a match of a rule with `filestore` wants stored.
    func store(_ spec: FileStoreSpec, _ alert: Alert) {
        guard let transaction = alert.transaction, let facts else { return }
        let signature = program(alert.rule).signature
        let directions = spec.directions ?? FlowDirections(facts.direction)
        switch spec.scope {
        case .file:
            guard directions.contains(facts.direction) else { return }
            let tests = signature.inspections.flatMap(\.fileTests)
            for file in transaction.files where file.direction == facts.direction && verdict(tests, file) == true {
                file.isWanted = true
                if file.wantedBy.count < 16, !file.wantedBy.contains(signature.id.signature) {
                    file.wantedBy.append(signature.id.signature)
                }
            }
        case .transaction: transaction.storesFiles.formUnion(directions)
        case .flow:
            transaction.storesFiles.formUnion(directions)
            storingFlows[facts.id, default: []].formUnion(directions)
        }
    }

    /// Directions of a flow whose files rules want stored, all of them.
    public func storesFiles(_ flow: FlowID) -> FlowDirections { storingFlows.isEmpty ? [] : storingFlows[flow] ?? [] }
}
