import Bytes
import Testing

@testable import AppLayer

@Suite struct UniqueMembersTests {
    @Test func aNameStandsOnceWithItsLastValue() {
        var members = UniqueMembers()
        members.set("message", "first")
        members.set("count", 3)
        members.set("message", Array("la\"st".utf8))
        members.set("open") { json in
            json.beginObject()
            json.key("inside")
            json.bool(true)
            json.endObject()
        }
        var json = JSONWriter()
        json.beginObject()
        json.key("before")
        json.null()
        members.write(to: &json)
        json.key("after")
        json.null()
        json.endObject()
        let text = String(decoding: json.buffer.bytes.copied(), as: UTF8.self)
        #expect(text == #"{"before":null,"message":"la\"st","count":3,"open":{"inside":true},"after":null}"#)
    }
}
