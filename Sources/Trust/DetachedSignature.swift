import COpenSSL
import Foundation
import Wording

/// A detached CMS signature (RFC 5652) over a file, by libcrypto: what Vietnamese signing services and `openssl cms` check too.
public enum DetachedSignature {
    /// Who signed.
    public struct Signer: Sendable, Hashable {
        /// Distinguished name, RFC 2253.
        public var subject: String
        public var issuer: String
        /// As the signature says, UTC; nil where it does not.
        public var signedAt: String?
    }

    /// - Parameters:
    ///   - key: file of the private key, PEM, without a passphrase.
    ///   - certificate: file of the signer's certificate, PEM; certificates that follow go into the signature.
    /// - Returns: the signature, DER.
    public static func make(over bytes: [UInt8], key: String, certificate: String) throws(SignatureError) -> [UInt8] {
        let privateKey = try withFile(key) { bio in PEM_read_bio_PrivateKey(bio, nil, { _, _, _, _ in 0 }, nil) }
        guard let privateKey else { throw .notAKey(path: key) }
        defer { EVP_PKEY_free(privateKey) }
        let certificates = try certificates(certificate)
        defer { for one in certificates { X509_free(one) } }
        guard let signer = certificates.first else { throw .notACertificate(path: certificate) }
        guard X509_check_private_key(signer, privateKey) == 1 else {
            ERR_clear_error()
            throw .keyOfAnother(key: key, certificate: certificate)
        }
        let flags = UInt32(CMS_DETACHED | CMS_BINARY | CMS_PARTIAL | CMS_NOSMIMECAP)
        guard let content = memory(bytes) else { throw .failed(reason()) }
        defer { BIO_free(content) }
        guard let cms = CMS_sign(nil, nil, nil, nil, flags) else { throw .failed(reason()) }
        defer { CMS_ContentInfo_free(cms) }
        guard CMS_add1_signer(cms, signer, privateKey, EVP_sha256(), flags) != nil else { throw .failed(reason()) }
        for other in certificates.dropFirst() {
            guard CMS_add1_cert(cms, other) == 1 else { throw .failed(reason()) }
        }
        guard CMS_final(cms, content, nil, flags) == 1, let out = BIO_new(BIO_s_mem()) else { throw .failed(reason()) }
        defer { BIO_free(out) }
        guard i2d_CMS_bio(out, cms) == 1 else { throw .failed(reason()) }
        return read(out)
    }

    /// - Parameter trusted: file of certificates that are trusted, PEM; nil for those of the system.
    /// - Throws: ``SignatureError`` where the signature is not one over these bytes by somebody who is trusted.
    public static func verify(_ signature: [UInt8], over bytes: [UInt8], trusted: String?) throws(SignatureError) -> Signer {
        guard let input = memory(signature), let content = memory(bytes) else { throw .failed(reason()) }
        defer {
            BIO_free(input)
            BIO_free(content)
        }
        guard let cms = d2i_CMS_bio(input, nil) else {
            ERR_clear_error()
            throw .notASignature
        }
        defer { CMS_ContentInfo_free(cms) }
        guard let store = X509_STORE_new() else { throw .failed(reason()) }
        defer { X509_STORE_free(store) }
        if let trusted {
            guard FileManager.default.isReadableFile(atPath: trusted) else { throw .unreadable(path: trusted) }
            guard X509_STORE_load_file(store, trusted) == 1 else {
                ERR_clear_error()
                throw .notACertificate(path: trusted)
            }
        } else {
            X509_STORE_set_default_paths(store)
        }
        // Signing certificates of offices are not made for mail: any purpose will do.
        X509_STORE_set_purpose(store, X509_PURPOSE_ANY)
        guard CMS_verify(cms, nil, store, content, nil, UInt32(CMS_DETACHED | CMS_BINARY)) == 1 else {
            let why = reason()
            if why.contains("digest failure") || why.contains("verification failure") || why.contains("content verify") { throw .changed }
            throw .refused(why)
        }
        guard let signers = CMS_get0_signers(cms) else { throw .notASignature }
        defer { OPENSSL_sk_free(signers) }
        guard OPENSSL_sk_num(signers) > 0, let first = OPENSSL_sk_value(signers, 0) else { throw .notASignature }
        let certificate = OpaquePointer(first)
        return Signer(
            subject: name(X509_get_subject_name(certificate)), issuer: name(X509_get_issuer_name(certificate)), signedAt: signingTime(cms))
    }

    private static func signingTime(_ cms: OpaquePointer) -> String? {
        guard let infos = CMS_get0_SignerInfos(cms), let first = OPENSSL_sk_value(infos, 0) else { return nil }
        let info = OpaquePointer(first)
        let index = CMS_signed_get_attr_by_NID(info, NID_pkcs9_signingTime, -1)
        guard index >= 0, let attribute = CMS_signed_get_attr(info, index), let value = X509_ATTRIBUTE_get0_type(attribute, 0),
            let time = value.pointee.value.utctime, let out = BIO_new(BIO_s_mem())
        else { return nil }
        defer { BIO_free(out) }
        guard ASN1_TIME_print(out, time) == 1 else { return nil }
        return String(decoding: read(out), as: UTF8.self)
    }

    private static func certificates(_ path: String) throws(SignatureError) -> [OpaquePointer] {
        var list: [OpaquePointer] = []
        _ = try withFile(path) { bio -> OpaquePointer? in
            while let certificate = PEM_read_bio_X509(bio, nil, nil, nil) { list.append(certificate) }
            ERR_clear_error()
            return nil
        }
        return list
    }

    private static func withFile(_ path: String, _ body: (OpaquePointer) -> OpaquePointer?) throws(SignatureError) -> OpaquePointer? {
        guard let data = FileManager.default.contents(atPath: path) else { throw .unreadable(path: path) }
        guard let bio = memory([UInt8](data)) else { throw .failed(reason()) }
        defer { BIO_free(bio) }
        let result = body(bio)
        ERR_clear_error()
        return result
    }

    private static func memory(_ bytes: [UInt8]) -> OpaquePointer? {
        guard let bio = BIO_new(BIO_s_mem()), let size = Int32(exactly: bytes.count) else { return nil }
        if size > 0 {
            let written = bytes.withUnsafeBufferPointer { BIO_write(bio, $0.baseAddress, size) }
            guard written == size else {
                BIO_free(bio)
                return nil
            }
        }
        return bio
    }

    private static func read(_ bio: OpaquePointer) -> [UInt8] {
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = buffer.withUnsafeMutableBufferPointer { BIO_read(bio, $0.baseAddress, Int32($0.count)) }
            guard count > 0 else { return bytes }
            bytes += buffer[..<Int(count)]
        }
    }

    private static func name(_ name: OpaquePointer?) -> String {
        guard let name, let out = BIO_new(BIO_s_mem()) else { return "" }
        defer { BIO_free(out) }
        // XN_FLAG_RFC2253 without ASN1_STRFLGS_ESC_MSB: names in their own script instead of escaped bytes.
        let flags: UInt = 0x1 | 0x2 | 0x10 | 0x100 | 0x200 | 1 << 16 | 1 << 20 | 1 << 24
        X509_NAME_print_ex(out, name, 0, flags)
        return String(decoding: read(out), as: UTF8.self)
    }

    private static func reason() -> String {
        var last = "no reason given"
        while true {
            let code = ERR_get_error()
            guard code != 0 else { return last }
            var buffer = [CChar](repeating: 0, count: 256)
            ERR_error_string_n(code, &buffer, buffer.count)
            let text = buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
            last = String(decoding: text, as: UTF8.self).split(separator: ":").last.map(String.init) ?? last
        }
    }
}

/// Why a file could not be signed, or a signature is not accepted.
public enum SignatureError: BilingualError, Hashable {
    case unreadable(path: String)
    case notAKey(path: String)
    case notACertificate(path: String)
    case keyOfAnother(key: String, certificate: String)
    case notASignature
    /// The file is not what was signed.
    case changed
    /// The signer is not trusted.
    case refused(String)
    case failed(String)

    public var vietnamese: String {
        switch self {
        case .unreadable(let path): "\(path): không đọc được"
        case .notAKey(let path): "\(path): không phải khóa riêng dạng PEM (không mật khẩu)"
        case .notACertificate(let path): "\(path): không có chứng thư nào dạng PEM"
        case .keyOfAnother(let key, let certificate): "\(key) không phải khóa của chứng thư \(certificate)"
        case .notASignature: "tệp chữ ký không phải chữ ký CMS dạng DER"
        case .changed: "CHỮ KÝ SAI: tệp đã bị thay đổi sau khi ký"
        case .refused(let reason): "CHỮ KÝ KHÔNG ĐƯỢC CHẤP NHẬN: \(reason)"
        case .failed(let reason): "libcrypto: \(reason)"
        }
    }

    public var english: String {
        switch self {
        case .unreadable(let path): "\(path): cannot be read"
        case .notAKey(let path): "\(path): no private key in PEM (without a passphrase)"
        case .notACertificate(let path): "\(path): no certificate in PEM"
        case .keyOfAnother(let key, let certificate): "\(key) is not the key of the certificate \(certificate)"
        case .notASignature: "the signature's file is no CMS signature in DER"
        case .changed: "BAD SIGNATURE: the file was changed after it was signed"
        case .refused(let reason): "SIGNATURE NOT ACCEPTED: \(reason)"
        case .failed(let reason): "libcrypto: \(reason)"
        }
    }
}
