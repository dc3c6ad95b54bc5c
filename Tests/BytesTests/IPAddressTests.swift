import Bytes
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("0.0.0.0", "0.0.0.0"), ("255.255.255.255", "255.255.255.255"), ("::", "::"), ("::1", "::1"), ("1::", "1::"),
        ("2001:DB8:0:0:1:0:0:1", "2001:db8::1:0:0:1"), ("64:ff9b::192.0.2.33", "64:ff9b::c000:221"), ("1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8"),
    ])
    func textRoundTrip(_ sample: (text: String, canonical: String)) {
        #expect(IPAddress(sample.text)?.description == sample.canonical)
    }

    @Test(arguments: [
        "", "1.2.3", "1.2.3.256", "1.2.3.4.5", "1.2.3.+4", ":::", "1:2:3:4:5:6:7:8:9", "1::2::3", "12345::", ":1", "1:", "g::",
    ])
    func refusesWhatIsNoAddress(_ text: String) {
        #expect(IPAddress(text) == nil)
    }

    @Test func prefixesClearTheirHostBits() throws {
        let prefix = try #require(IPPrefix("10.1.2.3/8"))
        #expect(prefix.description == "10.0.0.0/8")
        #expect(prefix.last.description == "10.255.255.255")
        #expect(prefix.contains(IPAddress("10.9.9.9")!) && !prefix.contains(IPAddress("11.0.0.0")!))
        let six = try #require(IPPrefix("2001:db8:ffff::/36"))
        #expect(six.description == "2001:db8:f000::/36")
        #expect(IPPrefix("1.2.3.4/33") == nil && IPPrefix("1.2.3.4/-1") == nil && IPPrefix("::/129") == nil)
        #expect(IPPrefix("0.0.0.0/0")!.contains(IPAddress("8.8.8.8")!) && !IPPrefix("0.0.0.0/0")!.contains(IPAddress("2001:db8::1")!))
    }

    @Test func privateRanges() {
        for text in ["10.0.0.1", "172.31.255.255", "192.168.1.1", "127.0.0.1", "169.254.1.1", "100.64.0.1", "fe80::1", "fd00::1", "::1"] {
            #expect(IPAddress(text)!.isPrivate, "\(text)")
        }
        for text in ["11.0.0.1", "172.32.0.1", "8.8.8.8", "100.128.0.1", "2001:db8::1", "::2"] {
            #expect(!IPAddress(text)!.isPrivate, "\(text)")
        }
    }
}
