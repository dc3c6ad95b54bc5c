import Digest
import Trust

/// What whoever receives a package reads first.
enum PackageReadme {
    static func text(algorithm: SignatureAlgorithm, fingerprint: SHA256Digest) -> String {
        func check(_ file: String) -> String {
            algorithm == .ed25519
                ? "openssl pkeyutl -verify -pubin -inkey key.pub -rawin -in \(file) -sigfile \(file).sig"
                : "openssl dgst -sha256 -verify key.pub -signature \(file).sig \(file)"
        }
        return """
            GÓI CHỨNG CỨ

            manifest.json   sự cố, từng chứng cứ: tệp, SHA-256, thời điểm, nguồn
            custody.json    mọi lần tiếp cận từng chứng cứ, là các mục của sổ ghi (chuỗi băm)
            case.jsonld     cùng nội dung theo CASE/UCO
            checkpoint.json mốc xác nhận: mục cuối của sổ khi giao gói này, có chữ ký
            key.pub         khóa công khai của bên giao

            Tự kiểm tra, không cần chương trình của bên giao:

              sha256sum -c SHA256SUMS
              \(check("SHA256SUMS"))
              \(check("checkpoint.json"))
              openssl pkey -pubin -in key.pub -outform DER | sha256sum

            Dòng cuối phải in ra dấu vân tay mà bên giao đã báo qua đường khác (văn bản, điện thoại):
              \(fingerprint.hex)


            PACKAGE OF EVIDENCE

            manifest.json   the incident, and each piece: file, SHA-256, time, origin
            custody.json    every access to each piece, as entries of the ledger (a chain of hashes)
            case.jsonld     the same in terms of CASE/UCO
            checkpoint.json the ledger's last entry when this was handed over, signed
            key.pub         the public key of who hands it over

            To check it without the program that made it, run the commands above. The last one must print the fingerprint that you were told
            another way (on paper, by telephone). The hash of an entry in custody.json is SHA-256 over the canonical JSON (RFC 8785) of its
            actor, body, kind, previous, seq, subject and time.

            """
    }
}
