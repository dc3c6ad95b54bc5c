import Bytes
import Digest
import Testing

@Suite struct HashTests {
    @Test func knownDigests() {
        #expect(SHA256Digest(of: Array("abc".utf8)).hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(Hex.encoded(Hash.digest(.md5, of: Array("abc".utf8).rawSpan)) == "900150983cd24fb0d6963f7d28e17f72")
        #expect(Hex.encoded(Hash.digest(.sha1, of: Array("abc".utf8).rawSpan)) == "a9993e364706816aba3e25717850c26c9cd0d89d")
    }

    @Test func hexadecimalText() {
        #expect(Hex.decoded("00fF10") == [0, 255, 16])
        #expect(Hex.decoded("0") == nil && Hex.decoded("zz") == nil)
        #expect(SHA256Digest(hex: "ab") == nil)
    }
}
