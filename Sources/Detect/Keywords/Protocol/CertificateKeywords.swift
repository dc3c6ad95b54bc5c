import AppLayer
import Bytes
import RuleLanguage

/// `tls.subject`, `tls.issuerdn` and `tls.fingerprint`: old short forms of contents on the certificate's buffers.
enum CertificateKeywords {
    static let subject = keyword("tls.subject", "tls.cert_subject", "Text in the certificate's subject.")
    static let issuer = keyword("tls.issuerdn", "tls.cert_issuer", "Text in the certificate's issuer.")
    static let fingerprint = keyword("tls.fingerprint", "tls.cert_fingerprint", "The certificate's SHA-1, in either case.", isHex: true)

    private static func keyword(_ name: String, _ bufferName: String, _ summary: String, isHex: Bool = false) -> Keyword {
        Keyword(name, allowsQuotes: true, summary: summary, documentation: "tls-keywords.html") { option, builder throws(RuleError) in
            guard let quoted = option.quoted else {
                throw RuleError("\(name) without quotes, expected \(name):\"…\"", at: option.text)
            }
            guard let buffer = builder.frontEnd.buffer(named: bufferName) else {
                throw RuleError("\(name) needs \(bufferName), which is not there", at: option.offset)
            }
            let bytes = isHex ? quoted.bytes.map(ASCII.lowercased) : try ContentKeyword.bytes(quoted.bytes)
            guard !bytes.isEmpty else { throw RuleError("\(name) is empty, expected at least one letter", at: option.text) }
            var pattern = ContentPattern(bytes: bytes)
            pattern.isNegated = quoted.isNegated
            let run = try builder.run(on: buffer, at: option.offset)
            builder.inspections[run].tests.append(.content(pattern))
        }
    }
}
