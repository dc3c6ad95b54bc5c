import ArgumentParser
import Foundation
import Incidents
import Trust

/// With what a document is signed.
struct SigningOptions: ParsableArguments {
    @Option(help: ArgumentHelp(HelpText.text("Private key, PEM."), valueName: "file"), completion: .file()) var key: String?
    @Option(
        help: ArgumentHelp(
            HelpText.text("The signer's certificate, PEM; certificates of its issuers may follow in the file."), valueName: "file"),
        completion: .file())
    var certificate: String?

    /// The signature over bytes; nil where no key was given.
    func signature(over bytes: [UInt8]) throws -> [UInt8]? {
        guard let key else { return nil }
        guard let certificate else { throw UsageError("--key cần có --certificate", "--key needs --certificate") }
        return try DetachedSignature.make(over: bytes, key: key, certificate: certificate)
    }
}

private func contents(_ file: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: file) else {
        throw ContentError(file: file, line: nil, key: "", problem: "cannot be read")
    }
    return [UInt8](data)
}

struct ReportSign: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "sign", abstract: HelpText.text("Sign a file: a detached CMS signature beside it (FILE.p7s)."),
        discussion: HelpText.text(
            """
            Anybody can check it: openssl cms -verify -binary -inform DER -in FILE.p7s -content FILE -CAfile CA.pem -purpose any. To try it without \
            the unit's certificate: openssl req -x509 -newkey rsa:3072 -nodes -days 30 -subj /CN=try -keyout unit.key -out unit.pem; the \
            certificate is then its own --ca.
            """))
    @OptionGroup var common: CommonOptions
    @OptionGroup var signing: SigningOptions
    @Argument(help: ArgumentHelp(HelpText.text("The file: a PDF, DOCX …")), completion: .file()) var file: String
    @Option(
        name: .shortAndLong, help: ArgumentHelp(HelpText.text("Where the signature goes; FILE.p7s by default."), valueName: "file"),
        completion: .file())
    var output: String?

    func run() throws {
        let session = Session(options: common)
        guard let signature = try signing.signature(over: contents(file)) else {
            throw UsageError("cần --key và --certificate", "--key and --certificate are needed")
        }
        let target = output ?? file + ".p7s"
        try Data(signature).write(to: URL(fileURLWithPath: target), options: .atomic)
        session.say("Chữ ký: \(target)", "Signature: \(target)")
    }
}

struct ReportVerify: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify", abstract: HelpText.text("Check a file against its detached CMS signature."),
        discussion: HelpText.text("The signer must lead to a certificate of --ca, or to one that the system trusts."))
    @OptionGroup var common: CommonOptions
    @Argument(help: ArgumentHelp(HelpText.text("The file.")), completion: .file()) var file: String
    @Option(help: ArgumentHelp(HelpText.text("The signature; FILE.p7s by default."), valueName: "file"), completion: .file()) var signature:
        String?
    @Option(
        help: ArgumentHelp(HelpText.text("Certificates that are trusted, PEM; those of the system by default."), valueName: "file"),
        completion: .file())
    var ca: String?

    func run() throws {
        let session = Session(options: common)
        let signer = try DetachedSignature.verify(contents(signature ?? file + ".p7s"), over: contents(file), trusted: ca)
        if common.json {
            return try session.show(
                .object([
                    "file": .string(file), "valid": true, "signer": .string(signer.subject), "issuer": .string(signer.issuer),
                    "signed_at": .optional(signer.signedAt),
                ]))
        }
        session.say(
            "Chữ ký đúng. Người ký: \(signer.subject)" + (signer.signedAt.map { ", lúc \($0)" } ?? ""),
            "The signature is good. Signed by \(signer.subject)" + (signer.signedAt.map { " at \($0)" } ?? ""))
    }
}
