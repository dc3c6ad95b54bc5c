import Testing
import Wording

@Suite struct PhrasebookTests {
    private let book = Phrasebook([
        ("is empty", "trống"), ("expected {1} to {2}, found {3}", "không phải {3}: cần {1} đến {2}"), ("expected {1}", "cần {1}"),
        ("{1} is missing", "thiếu {1}"),
    ])

    @Test(arguments: [
        ("is empty", "trống"), ("expected 1 to 5, found 7", "không phải 7: cần 1 đến 5"), ("expected text", "cần text"),
        ("expected 1 to 5", "cần 1 to 5"), ("the key is missing", "thiếu the key"), (" is missing", "thiếu "),
    ])
    func fills(_ english: String, _ vietnamese: String) { #expect(book.vietnamese(english) == vietnamese) }

    /// What stood in a hole is never taken for a hole.
    @Test func holesAreNotFilledTwice() {
        #expect(book.vietnamese("expected {2} to {3}, found {1}") == "không phải {1}: cần {2} đến {3}")
    }

    @Test(arguments: ["", "is", "is empty now", "missing", "Expected 1"]) func othersAreNotKnown(_ text: String) {
        #expect(book.vietnamese(text) == nil)
    }
}
