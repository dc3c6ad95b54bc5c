import AppLayer
import RuleLanguage

/// `ftpbounce`: a client that sends the server's data to somebody else (CERT advisory CA-1997-27).
enum FTPBounce {
    static let keyword = Keyword(
        "ftpbounce", value: .none,
        summary: "A PORT command names another address than the client's.", documentation: "ftp-keywords.html#ftpbounce"
    ) { option, builder throws(RuleError) in
        try builder.bind(to: [.ftp], keyword: "ftpbounce", at: option.offset)
        builder.packetTests.append(.ftpBounce)
    }
}
