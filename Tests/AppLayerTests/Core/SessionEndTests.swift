import Bytes
import Testing

@testable import AppLayer

/// What is said of the protocol of a connection that ends.
@Suite struct SessionEndTests {
    private func ended(after bytes: [UInt8]) -> AppProtocol {
        let session = AppLayerSession(
            transport: .tcp, clientPort: 40000, serverPort: 9, limits: ParserLimits(), protocols: [DNSParser.descriptor])
        let time = Timestamp(seconds: 1)
        if !bytes.isEmpty { _ = session.receive(bytes.rawSpan, .toServer, time: time) }
        session.end(.toServer, time: time)
        session.end(.toClient, time: time)
        return session.appProtocol
    }

    @Test func whereNothingWasSaidNothingFailed() {
        #expect(ended(after: []) == .unknown)
        #expect(ended(after: [1, 2, 3]) == .failed)
    }
}
