import AppLayer
import Bytes
import Detect
import EVE
import Flow

/// What is done with files besides inspecting them: describing, cutting at the stream's depth, storing.
extension Worker {
    /// Calls `body` for each file of a flow that is not logged yet.
    private func eachFile(
        _ flow: FlowID, _ body: (TransferredFile, Transaction, ProtocolDescriptor) -> Void
    ) {
        guard let session = session(flow) else { return }
        for superseded in session.superseded {
            for transaction in superseded.parser.transactions {
                for file in transaction.files where !file.isLogged { body(file, transaction, superseded.descriptor) }
            }
        }
        guard let parser = session.parser, let descriptor = session.descriptor else { return }
        for transaction in parser.transactions {
            for file in transaction.files where !file.isLogged { body(file, transaction, descriptor) }
        }
    }

    /// Before rules look: files end where the stream is read no deeper, and those that rules ask about are described.
    func prepareFiles(_ flow: FlowID, _ direction: FlowDirection) {
        let session = flows[flow].session
        let isCut = session != .max && flows[flow].ipProtocol == 6 && tcp.isDepthReached(session, direction)
        guard isCut || describesEarly || fileStore?.settings.isForced == true else { return }
        eachFile(flow) { file, _, _ in
            if isCut, file.direction == direction, file.state == .open { file.close(.truncated) }
            if describesEarly { magic?.look(at: file) }
            if let settings = fileStore?.settings, settings.isForced { want(file, session) }
        }
    }

    private func want(_ file: TransferredFile, _ session: UInt32) {
        guard !file.isWanted else { return }
        file.isWanted = true
        if let depth = fileStore?.settings.streamDepth { tcp.deepen(session, to: depth) }
    }

    /// After rules have looked: what they want is stored.
    func storeFiles(_ flow: FlowID, _ direction: FlowDirection, isLast: Bool = false) {
        guard let fileStore else { return }
        let session = flows[flow].session
        let wanted = detector?.storesFiles(flow) ?? []
        eachFile(flow) { file, transaction, descriptor in
            if wanted.union(transaction.storesFiles).contains(file.direction) { want(file, session) }
            guard file.isWanted, isLast || file.direction == direction else { return }
            if let depth = fileStore.settings.streamDepth, file.storeNumber == 0 { tcp.deepen(session, to: depth) }
            if isLast, file.state == .open { file.close(.truncated) }
            defer { if file.isStored { recorder?.fileStored(file, at: fileStore.place(of: file), packet.time, flow: flows[flow].number) } }
            fileStore.take(file, time: packet.time) { path in
                guard let target = try? EVEFile(path: path) else { return }
                let writer = EventWriter(file: target, configuration: EVEConfiguration())
                writer.captureFile = outputs.first?.captureFile
                let subject = clientSubject(flow)
                writer.file(file, in: transaction, of: descriptor, subject: file.direction == .toClient ? subject.reversed : subject)
                target.flush()
            }
        }
    }

    /// Logs the files of a transaction that have ended; the packet at hand must go their way, so that rules were there before.
    func logFiles(
        _ flow: FlowID, _ transaction: Transaction, _ descriptor: ProtocolDescriptor, _ direction: FlowDirection, isLast: Bool
    ) {
        for file in transaction.files where !file.isLogged && (isLast || file.state != .open && file.direction == direction) {
            file.isLogged = true
            if file.state == .open { file.close(.truncated) }
            if logsMagic { magic?.look(at: file) }
            let about = clientSubject(flow)
            let turned = file.direction == .toClient ? about.reversed : about
            for output in outputs { output.file(file, in: transaction, of: descriptor, subject: turned) }
        }
    }
}
