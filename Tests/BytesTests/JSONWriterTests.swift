import Bytes
import Testing

@Suite struct JSONWriterTests {
    private func written(_ body: (inout JSONWriter) -> Void) -> String {
        var json = JSONWriter(capacity: 1)
        body(&json)
        return String(decoding: json.buffer.bytes.copied(), as: UTF8.self)
    }

    @Test func numbersOfEveryLength() {
        var power: UInt64 = 1
        while true {
            for value in [power &- 1, power, power &+ 1, power &* 5, power / 7 &* 6] { #expect(written { $0.number(value) } == "\(value)") }
            guard power < 10_000_000_000_000_000_000 else { return }
            power &*= 10
        }
    }

    @Test func commasStandBetweenMembersOnly() {
        let text = written {
            $0.beginObject()
            $0.key("a")
            $0.number(0)
            $0.key("b")
            $0.beginArray()
            $0.number(UInt64.max)
            $0.bool(false)
            $0.beginObject()
            $0.endObject()
            $0.endArray()
            $0.key("c")
            $0.number(-5)
            $0.endObject()
            $0.endLine()
        }
        #expect(text == "{\"a\":0,\"b\":[18446744073709551615,false,{}],\"c\":-5}\n")
    }

    @Test func valuesFromTheWireNeverBreakTheLine() {
        let text = written { $0.string([0x22, 0x5c, 0x0a, 0x00, 0x1b, 0x7f, 0xc3, 0xa9, 0xff, 0xe1, 0xbb]) }
        #expect(text == "\"\\\"\\\\\\n\\u0000\\u001b\\u007f\u{e9}\\\\xff\\\\xe1\\\\xbb\"")
    }

    @Test func addressesArePrintedInFull() {
        #expect(written { $0.address(IPAddress("2a03:b0c0:2::1")!) } == "\"2a03:b0c0:0002:0000:0000:0000:0000:0001\"")
        #expect(written { $0.address(IPAddress("10.0.0.7")!) } == "\"10.0.0.7\"")
    }

    @Test(arguments: [("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foobar", "Zm9vYmFy")])
    func base64(_ sample: (plain: String, coded: String)) {
        #expect(Base64.encoded(Array(sample.plain.utf8).rawSpan) == sample.coded)
        #expect(Base64.decoded(Array(sample.coded.utf8).rawSpan) == Array(sample.plain.utf8))
    }

    @Test(arguments: ["Z", "Zg=", "Z===", "Zg==Zg==", "Zm9 "])
    func refusesBrokenBase64(_ text: String) {
        #expect(Base64.decoded(Array(text.utf8).rawSpan) == nil)
    }
}
