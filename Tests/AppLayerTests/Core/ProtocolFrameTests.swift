import Bytes
import Testing

@testable import AppLayer

/// Frames as a session reports them, whatever the pieces in which the stream comes.
@Suite struct ProtocolFrameTests {
    private let time = Timestamp(seconds: 1_700_000_000)

    private func session(_ transport: ProtocolTransports, port: Port, frames: FrameSelection) -> AppLayerSession {
        AppLayerSession(
            transport: transport, clientPort: 50_000, serverPort: port, limits: ParserLimits(), protocols: ProtocolRegistry.all,
            frames: frames)
    }

    private var all: FrameSelection {
        var selection = FrameSelection()
        selection.wantsAll = true
        return selection
    }

    /// Feeds both directions as the worker does, in pieces of `size` bytes.
    private func frames(_ pieces: [(FlowDirection, String)], port: Port, size: Int, selection: FrameSelection) -> AppLayerSession {
        let session = session(.tcp, port: port, frames: selection)
        var kept: [[UInt8]] = [[], []]
        var offsets: [Int64] = [0, 0]
        for (direction, text) in pieces {
            let side = direction == .toServer ? 0 : 1
            let bytes = Array(text.utf8)
            for start in stride(from: 0, to: bytes.count, by: size) {
                kept[side] += bytes[start..<min(start + size, bytes.count)]
                let waiting = kept[side]
                let used = session.receive(waiting.rawSpan, direction, time: time, at: offsets[side])
                kept[side].removeFirst(used)
                offsets[side] += Int64(used)
            }
        }
        return session
    }

    private let web: [(FlowDirection, String)] = [
        (.toServer, "GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody"),
        (.toClient, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 204 No\r\nContent-Length: 0\r\n\r\n"),
    ]

    @Test(arguments: [1, 7, 4096]) func messagesOfHTTP(size: Int) throws {
        let session = frames(web, port: 80, size: size, selection: all)
        let log = try #require(session.parser?.frames)
        #expect(log.toServer.map(\.offset) == [0, 28])
        #expect(log.toServer.map(\.length) == [28, 52])
        #expect(log.toServer.map(\.transactionID) == [0, 1])
        #expect(log.toServer.map(\.id) == [1, 2])
        #expect(log.toClient.map(\.offset) == [0, 40])
        #expect(log.toClient.first?.length == 40)
    }

    @Test func onlyWhatIsWantedIsReported() throws {
        var selection = FrameSelection()
        selection.insert(.http1, 1)
        selection.insert(.http1, ProtocolFrame.stream)
        let session = frames(web, port: 80, size: 4096, selection: selection)
        let log = try #require(session.parser?.frames)
        #expect(log.toServer.map(\.type) == [ProtocolFrame.stream])
        #expect(log.toServer.first?.length == nil)
        #expect(log.toClient.map(\.type) == [ProtocolFrame.stream, 1, 1])
        #expect(frames(web, port: 80, size: 4096, selection: FrameSelection()).parser?.frames == nil)
    }

    @Test(arguments: [1, 4096]) func linesAndDataOfSMTP(size: Int) throws {
        let session = frames(
            [
                (.toClient, "220 mail ESMTP\r\n"), (.toServer, "EHLO me\r\n"), (.toClient, "250 ok\r\n"),
                (.toServer, "MAIL FROM:<a@b.vn>\r\n"), (.toClient, "250 ok\r\n"), (.toServer, "DATA\r\n"), (.toClient, "354 go\r\n"),
                (.toServer, "Subject: x\r\n\r\ntext\r\n.\r\n"),
            ], port: 25, size: size, selection: all)
        let log = try #require(session.parser?.frames)
        #expect(log.toServer.map(\.type) == [0, 0, 0, 1])
        #expect(log.toServer.map(\.offset) == [0, 9, 29, 35])
        #expect(log.toServer.map(\.length) == [9, 20, 6, 20])
        #expect(log.toServer.allSatisfy { $0.transactionID == 0 })
    }

    @Test func aDatagramIsOneFrame() throws {
        let session = session(.udp, port: 53, frames: all)
        let query = DNSMessages.query
        session.receiveDatagram(query.rawSpan, .toServer, time: time)
        let log = try #require(session.parser?.frames)
        #expect(log.toServer.count == 1)
        #expect(log.toServer.first?.length == Int64(query.count))
        #expect(log.toClient.isEmpty)
    }

    @Test func framesAreLimited() throws {
        let request = String(repeating: "GET / HTTP/1.0\r\n\r\n", count: 400)
        let session = frames([(.toServer, request)], port: 80, size: request.utf8.count, selection: all)
        #expect(try #require(session.parser?.frames).toServer.count == FrameLog.limit)
    }
}
