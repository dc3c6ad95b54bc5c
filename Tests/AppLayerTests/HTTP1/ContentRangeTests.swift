import Testing

@testable import AppLayer

@Suite struct ContentRangeTests {
    private func range(_ text: String) -> ContentRange? { ContentRange(Array(text.utf8)) }

    @Test func parts() {
        #expect(range("bytes 0-499/1234").map { [$0.start, $0.end, $0.size ?? 0] } == [0, 499, 1234])
        #expect(range("Bytes  500-1233/1234").map { [$0.start, $0.end] } == [500, 1233])
        #expect(range("bytes 7-9/*").map { $0.size == nil } == true)
    }

    @Test(arguments: [
        "", "bytes", "bytes */1234", "bytes 5-4/9", "bytes 0-0/9", "bytes 0-8/9", "bytes 5-9/9", "items 0-4/9", "bytes 0-4", "bytes a-4/9",
        "bytes 0-99999999999999999999/9",
    ])
    func noParts(_ text: String) { #expect(range(text) == nil) }
}
