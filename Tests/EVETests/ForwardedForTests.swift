import Bytes
import Testing

@testable import EVE

@Suite struct ForwardedForTests {
    @Test(
        arguments: [
            ("10.0.0.1", "10.0.0.1"), (" 10.0.0.1 ", "10.0.0.1"), ("10.0.0.1:8080", "10.0.0.1"), ("2001:db8::1", "2001:db8::1"),
            ("[2001:db8::1]:443", "2001:db8::1"), ("[2001:db8::1]", "2001:db8::1"), ("unknown", nil), ("", nil), ("10.0.0", nil),
            ("[", nil),
        ] as [(String, String?)])
    func addresses(_ text: String, _ expected: String?) {
        #expect(ForwardedForOptions.address(ArraySlice(text.utf8))?.description == expected)
    }
}
