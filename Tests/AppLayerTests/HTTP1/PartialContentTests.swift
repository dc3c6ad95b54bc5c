import Bytes
import Testing

@testable import AppLayer

@Suite struct PartialContentTests {
    private let start = Timestamp(seconds: 1_700_000_000)
    private let whole = Array("0123456789abcdef".utf8)

    private func add(_ parts: PartialContent, _ range: Range<Int>, at time: Timestamp? = nil, key: String = "a") -> [UInt8]? {
        parts.add(Array(whole[range]), from: UInt64(range.lowerBound), of: 16, key: Array(key.utf8), time: time ?? start)
    }

    @Test func partsInAnyOrderMakeTheWhole() {
        let parts = PartialContent()
        #expect(add(parts, 8..<16) == nil)
        #expect(add(parts, 8..<16, key: "b") == nil)
        #expect(add(parts, 0..<4) == nil)
        #expect(add(parts, 2..<9) == whole)
        // It begins anew.
        #expect(add(parts, 0..<8) == nil)
        #expect(add(parts, 0..<8, key: "b") == whole)
    }

    @Test func oldPartsAreGivenUp() {
        let parts = PartialContent()
        #expect(add(parts, 0..<8) == nil)
        #expect(add(parts, 8..<16, at: Timestamp(seconds: start.seconds + 61)) == nil)
        #expect(add(parts, 0..<8, at: Timestamp(seconds: start.seconds + 62)) == whole)
    }

    @Test func memoryIsBounded() {
        let parts = PartialContent(limit: 12)
        #expect(add(parts, 0..<8, key: "a") == nil)
        #expect(add(parts, 0..<8, at: Timestamp(seconds: start.seconds + 1), key: "b") == nil)
        // The older one had to go.
        #expect(add(parts, 8..<16, at: Timestamp(seconds: start.seconds + 2), key: "a") == nil)
    }
}
