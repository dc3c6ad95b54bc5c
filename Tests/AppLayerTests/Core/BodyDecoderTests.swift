import Bytes
import TestSupport
import Testing

@testable import AppLayer

@Suite struct BodyDecoderTests {
    private static let lzma = hex("5d00008000ffffffffffffffff00341949ee8de9560bd5c5a3ffff78a40000")
    /// An uncompressed meta-block of five bytes and an empty last one (RFC 7932 §9).
    private static let brotli: [UInt8] = [0x40, 0, 0x10] + Array("hello".utf8) + [3]

    private static func hex(_ digits: String) -> [UInt8] {
        let digits = Array(digits.utf8)
        return stride(from: 0, to: digits.count, by: 2).map {
            (ASCII.hexValue(digits[$0]) ?? 0) << 4 | (ASCII.hexValue(digits[$0 + 1]) ?? 0)
        }
    }

    private func decode(_ coding: BodyDecoders.Coding, _ pieces: [[UInt8]], limit: UInt64 = 1 << 20, memory: UInt32 = 1 << 20) -> String {
        var limits = ParserLimits()
        limits.decompressionLimit = limit
        limits.lzmaMemoryLimit = memory
        var decoders = BodyDecoders()
        decoders.add(coding, limits)
        var result: [UInt8] = []
        for piece in pieces { decoders.decode(piece.rawSpan) { result += $0.copied() } }
        return String(decoding: result, as: UTF8.self)
    }

    @Test(arguments: [(BodyDecoders.Coding.lzma, lzma, "hello hello hello hello"), (.brotli, brotli, "hello")])
    func wholeAndByteByByte(coding: BodyDecoders.Coding, bytes: [UInt8], text: String) {
        #expect(decode(coding, [bytes]) == text)
        #expect(decode(coding, bytes.map { [$0] }) == text)
        #expect(decode(coding, [bytes], limit: 4) == String(text.prefix(4)))
    }

    @Test func dictionariesOverTheLimitAreCut() {
        // The header asks for eight mebibytes.
        #expect(Self.lzma[1...4].elementsEqual([0, 0, 0x80, 0]))
        #expect(decode(.lzma, [Self.lzma], memory: 4096) == "hello hello hello hello")
    }

    @Test func whatIsNotCompressedPassesAsItIs() {
        #expect(decode(.brotli, [Array("<html>plain".utf8)]).hasSuffix("plain"))
        #expect(decode(.gzip, [Array("plain text".utf8)]) == "plain text")
    }

    @Test func mutationsEnd() {
        var random = SeededGenerator(seed: 7)
        for coding in [BodyDecoders.Coding.gzip, .deflate, .brotli, .lzma] {
            for _ in 0..<200 {
                var bytes = coding == .brotli ? Self.brotli : Self.lzma
                bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                #expect(decode(coding, [bytes], limit: 1000).utf8.count <= 4000)
            }
        }
    }
}
