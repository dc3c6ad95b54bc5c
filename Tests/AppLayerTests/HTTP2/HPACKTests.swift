import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct HPACKTests {
    private func text(_ entries: [HPACKEntry]) -> [String] {
        entries.map { entry in
            switch entry {
            case .field(let field): String(decoding: field.name.bytes + [61] + field.value.bytes, as: UTF8.self)
            case .sizeUpdate(let size): "size \(size)"
            case .invalid(let flaw): "\(flaw)"
            }
        }
    }

    private func bytes(_ hex: String) -> [UInt8] {
        let digits = hex.utf8.compactMap { ASCII.hexValue($0) }
        return stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
    }

    private func huffman(_ hex: String) -> String {
        let coded = bytes(hex)
        return String(decoding: HPACKHuffman.decode(coded.rawSpan), as: UTF8.self)
    }

    private func read(_ decoder: inout HPACKDecoder, _ hex: String) -> [String] {
        let block = bytes(hex)
        return text(decoder.decode(block.rawSpan).entries)
    }

    /// RFC 7541 appendix C.4: three requests on one connection, Huffman coded.
    @Test func examplesOfTheStandard() {
        var decoder = HPACKDecoder()
        let blocks = [
            "8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff", "8286 84be 5886 a8eb 1064 9cbf",
            "8287 85bf 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf",
        ]
        let lists = blocks.map { read(&decoder, $0) }
        #expect(lists[0] == [":method=GET", ":scheme=http", ":path=/", ":authority=www.example.com"])
        #expect(lists[1] == [":method=GET", ":scheme=http", ":path=/", ":authority=www.example.com", "cache-control=no-cache"])
        #expect(
            lists[2] == [
                ":method=GET", ":scheme=https", ":path=/index.html", ":authority=www.example.com", "custom-key=custom-value",
            ])
    }

    /// RFC 7541 appendix C.6: responses with a table of 256 bytes, where entries are evicted.
    @Test func eviction() {
        var decoder = HPACKDecoder()
        decoder.setCapacity(256)
        let first = read(
            &decoder,
            "4882 6402 5885 aec3 771a 4b61 96d0 7abe 9410 54d4 44a8 2005 9504 0b81 66e0 82a6 2d1b ff6e 919d 29ad 1718 63c7 8f0b 97c8 e9ae 82ae 43d3"
        )
        #expect(
            first == [
                ":status=302", "cache-control=private", "date=Mon, 21 Oct 2013 20:13:21 GMT", "location=https://www.example.com",
            ])
        #expect(
            read(&decoder, "4883 640e ffc1 c0bf") == [
                ":status=307", "cache-control=private", "date=Mon, 21 Oct 2013 20:13:21 GMT", "location=https://www.example.com",
            ])
        // The first status was evicted by the second: the oldest entry is now the cache control.
        #expect(read(&decoder, "c1 c2") == ["cache-control=private", "notIndexed"])
    }

    @Test func huffmanCode() {
        #expect(huffman("a8eb10649cbf") == "no-cache")
        #expect(huffman("fffffffc").isEmpty)
    }

    @Test(arguments: [
        ("80", ["indexZero"]), ("be", ["notIndexed"]), ("3fe11f", ["size 4096"]), ("ffffffffffffffffffffff01", ["integerOverflow"]),
        ("8286 41", [":method=GET", ":scheme=http"]),
    ])
    func oddBlocks(hex: String, entries: [String]) {
        var decoder = HPACKDecoder()
        let block = bytes(hex)
        let result = decoder.decode(block.rawSpan)
        #expect(text(result.entries) == entries)
        #expect(result.isTruncated == hex.hasSuffix("41"))
    }

    @Test func mutationsEnd() {
        var random = SeededGenerator(seed: 11)
        let sample = bytes("8286 8441 8cf1 e3c2 e5f2 3a6b a0ab 90f4 ff 4088 25a8 49e9 5ba9 7d7f 8925 a849 e95b b8e8 b4bf 3fe11f")
        for _ in 0..<2000 {
            var bytes = sample
            for _ in 0..<3 { bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random) }
            var decoder = HPACKDecoder()
            let entries = decoder.decode(bytes.rawSpan).entries
            #expect(entries.count <= bytes.count)
        }
    }
}
