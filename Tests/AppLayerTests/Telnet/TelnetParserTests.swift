import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct TelnetParserTests {
    private static let server: [UInt8] = [255, 253, 24, 255, 250, 24, 1, 255, 240] + Array("login: \r\nmot\r\n".utf8) + [255, 241]

    private func lengths(_ bytes: [UInt8]) -> [String] {
        let parser = TelnetParser()
        let log = FrameLog(mask: .max)
        parser.frames = log
        _ = parser.consume(bytes.rawSpan, .toClient, time: Timestamp(seconds: 0))
        return log[.toClient].map { "\($0.type):\($0.offset)+\($0.length ?? -1)" }
    }

    @Test func commandsAndLines() {
        #expect(lengths(Self.server) == ["0:0+3", "1:0+3", "0:3+6", "1:3+6", "0:9+9", "2:9+9", "0:18+5", "2:18+5", "0:23+2", "1:23+2"])
        // A command cuts the text before it.
        #expect(lengths(Array("ab".utf8) + [255, 241]) == ["0:0+2", "2:0+2", "0:2+2", "1:2+2"])
    }

    @Test func halfCommandsWait() {
        let run = ParserRun(TelnetParser())
        run.feed([255, 250, 24], .toClient)
        #expect(run.status == .ok)
    }

    @Test func prefixesPiecesAndMutations() {
        exercise(Conversation([(direction: .toClient, bytes: Self.server)]), seed: 86) { TelnetParser() }
    }
}
