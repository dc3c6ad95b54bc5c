import Bytes
import Decode
import Flow
import TestSupport
import Testing

@Suite struct TCPReassemblerTests {
    /// Feeds frames and collects what the application reader is given, per direction.
    private struct Run {
        var toServer: [UInt8] = []
        var toClient: [UInt8] = []
        var gaps = 0
        var established = false

        init(_ frames: [[UInt8]], options: TCPOptions = TCPOptions(), end: Bool = true) {
            let decoder = Decoder()
            var packet = Packet()
            var flows = FlowTable()
            let tcp = TCPReassembler(options: options)
            var session = UInt32.max
            for (index, frame) in frames.enumerated() {
                decoder.decode(
                    frame.rawSpan, linkType: .ethernet, time: Timestamp(seconds: Int64(index)), number: UInt64(index + 1),
                    wireLength: UInt32(frame.count), into: &packet)
                let direction: FlowDirection
                switch flows.lookup(packet) {
                case .found(_, let way): direction = way
                case .created: direction = .toServer
                case .mustEnd: continue
                }
                _ = tcp.process(&packet, in: frame.rawSpan, session: &session, direction: direction)
                drain(tcp, session)
            }
            established = tcp.isEstablished(session)
            if end {
                tcp.end(session)
                drain(tcp, session)
            }
            tcp.close(session)
        }

        private mutating func drain(_ tcp: TCPReassembler, _ session: UInt32) {
            guard session != .max else { return }
            for direction in FlowDirection.allCases {
                loop: while true {
                    switch tcp.next(session, direction, .application) {
                    case .none: break loop
                    case .data(let offset, let count):
                        let window = tcp.window(session, direction)
                        let bytes = window.view(from: tcp.position(session, direction, of: offset), count: count).copied()
                        if direction == .toServer { toServer += bytes } else { toClient += bytes }
                        tcp.advance(session, direction, .application, by: count)
                    case .gap(let count):
                        gaps += count
                        tcp.advance(session, direction, .application, by: count)
                    }
                }
                while case .data(_, let count) = tcp.next(session, direction, .raw) { tcp.advance(session, direction, .raw, by: count) }
                while case .gap(let count) = tcp.next(session, direction, .raw) { tcp.advance(session, direction, .raw, by: count) }
            }
        }
    }

    private func conversation() -> TCPConversation {
        var talk = TCPConversation()
        talk.request("hello ")
        talk.request("world")
        talk.response("good day")
        return talk
    }

    @Test func inOrder() {
        let run = Run(conversation().frames)
        #expect(run.established)
        #expect(run.toServer == Array("hello world".utf8))
        #expect(run.toClient == Array("good day".utf8))
        #expect(run.gaps == 0)
    }

    @Test func dataWaitForTheirAcknowledgment() {
        let frames = conversation().frames
        #expect(Run(Array(frames[0..<4]), end: false).toServer.isEmpty)
        #expect(Run(Array(frames[0..<5]), end: false).toServer == Array("hello ".utf8))
        #expect(Run(Array(frames[0..<4]), end: true).toServer == Array("hello ".utf8))
        var inline = TCPOptions()
        inline.inline = true
        #expect(Run(Array(frames[0..<4]), options: inline, end: false).toServer == Array("hello ".utf8))
    }

    @Test func outOfOrderAndRetransmitted() {
        var frames = conversation().frames
        // The second segment comes before the first; the first comes twice.
        let (first, second) = (frames[3], frames[5])
        frames[3] = second
        frames[5] = first
        frames.insert(first, at: 6)
        frames.remove(at: 4)
        let run = Run(frames)
        #expect(run.toServer == Array("hello world".utf8))
        #expect(run.gaps == 0)
    }

    @Test func aLostSegmentIsAGap() {
        var frames = conversation().frames
        frames.remove(at: 3)
        let run = Run(frames)
        #expect(run.toServer == Array("world".utf8))
        #expect(run.gaps == 6)
        #expect(run.toClient == Array("good day".utf8))
    }

    @Test func anAcknowledgmentBeforeItsDataIsNoGap() {
        var frames = conversation().frames
        frames.swapAt(3, 4)
        let run = Run(frames)
        #expect(run.toServer == Array("hello world".utf8))
        #expect(run.gaps == 0)
    }

    @Test func withoutHandshakeThereIsNoSessionUnlessMidstream() {
        let frames = Array(conversation().frames[3...])
        #expect(Run(frames).toServer.isEmpty)
        var options = TCPOptions()
        options.midstream = true
        let run = Run(frames, options: options)
        #expect(run.toServer == Array("hello world".utf8))
        #expect(run.toClient == Array("good day".utf8))
    }

    @Test func depthEndsReassembly() {
        var options = TCPOptions()
        options.depth = 8
        #expect(Run(conversation().frames, options: options).toServer == Array("hello wo".utf8))
    }

    @Test func anyOrderOfSegmentsGivesTheSameBytes() {
        var talk = TCPConversation()
        let text = (0..<40).map { "segment \($0);" }
        for piece in text { talk.request(piece) }
        let frames = talk.frames
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<50 {
            // Data frames stand at even distances from the fourth on; acknowledgments are dropped, so that nothing counts as lost.
            let data = stride(from: 3, to: frames.count, by: 2).map { frames[$0] }.shuffled(using: &generator)
            let run = Run(Array(frames[0..<3]) + data)
            #expect(run.toServer == Array(text.joined().utf8))
        }
    }
}
