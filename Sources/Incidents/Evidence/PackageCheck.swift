import Bytes
import Digest
import Foundation
import Trust
import Wording

/// What is wrong with a package of evidence.
public enum PackageFinding: BilingualError, Hashable {
    case missing(file: String)
    case changed(file: String)
    /// A file that the list of sums does not name.
    case unknown(file: String)
    case unreadable(file: String)
    case badSignature(file: String)
    /// The package was signed by another key than the one that was given.
    case otherKey(found: String)
    case manifestDiffers(file: String)
    /// An entry of the chain of custody does not give its hash.
    case custodyChanged(seq: Int64)
    case custodyIncomplete(digest: String)

    public var english: String {
        switch self {
        case .missing(let file): "\(file): missing"
        case .changed(let file): "\(file): the content has changed"
        case .unknown(let file): "\(file): not in SHA256SUMS"
        case .unreadable(let file): "\(file): cannot be read as what it should be"
        case .badSignature(let file): "\(file): the signature is wrong"
        case .otherKey(let found): "key.pub: not the key that was given; its fingerprint is \(found)"
        case .manifestDiffers(let file): "manifest.json: what it says of \(file) is not so"
        case .custodyChanged(let seq): "custody.json: entry \(seq) was changed"
        case .custodyIncomplete(let digest): "custody.json: \(digest.prefix(16))… lacks its capture or its export"
        }
    }

    public var vietnamese: String {
        switch self {
        case .missing(let file): "\(file): bị mất"
        case .changed(let file): "\(file): nội dung đã bị thay đổi"
        case .unknown(let file): "\(file): không có trong SHA256SUMS"
        case .unreadable(let file): "\(file): không đọc được đúng định dạng"
        case .badSignature(let file): "\(file): chữ ký sai"
        case .otherKey(let found): "key.pub: không phải khóa được cung cấp; dấu vân tay là \(found)"
        case .manifestDiffers(let file): "manifest.json: thông tin về \(file) không đúng"
        case .custodyChanged(let seq): "custody.json: mục \(seq) đã bị sửa"
        case .custodyIncomplete(let digest): "custody.json: \(digest.prefix(16))… thiếu mục thu thập hoặc bàn giao"
        }
    }
}

/// What a look at a package gave.
public struct PackageCheck: Sendable {
    public var findings: [PackageFinding] = []
    /// Pieces of evidence in it.
    public var items = 0
    public var incident = ""
    /// Fingerprint of the key that signed it.
    public var fingerprint = ""

    /// Checks a folder or an archive, `.tar` or `.zip`.
    /// - Parameter key: whose signature it must be; nil to take the key that lies in the package, which says nothing of who made it.
    public init(_ path: String, key: VerificationKey?) throws(StoreError) {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw .cannotOpen(path: path, reason: "there is no such package")
        }
        if isFolder.boolValue {
            check(path, key)
            return
        }
        let draft = FileManager.default.temporaryDirectory.appendingPathComponent("vonggac-package-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: draft) }
        guard
            (try? FileManager.default.createDirectory(
                atPath: draft, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])) != nil
        else { throw .cannotOpen(path: draft, reason: "the folder cannot be made") }
        let isZip = ZipArchive.isOne(path)
        if isZip { try ZipArchive.unpack(path, into: draft) } else { try TarArchive.unpack(path, into: draft) }
        let tops = ((try? FileManager.default.contentsOfDirectory(atPath: draft)) ?? []).sorted()
        guard tops.count == 1 else { throw .failed(path: path, reason: "no \(isZip ? "zip" : "tar") archive of a package") }
        check(draft + "/" + tops[0], key)
    }

    private mutating func check(_ folder: String, _ given: VerificationKey?) {
        func content(_ name: String) -> [UInt8]? { FileManager.default.contents(atPath: folder + "/" + name).map { [UInt8]($0) } }
        var sums: [String: String] = [:]
        if let list = content(EvidencePackage.sums) {
            for line in String(decoding: list, as: UTF8.self).split(separator: "\n") {
                guard line.count > 66, line.dropFirst(64).hasPrefix("  ") else {
                    findings.append(.unreadable(file: EvidencePackage.sums))
                    continue
                }
                sums[String(line.dropFirst(66))] = String(line.prefix(64))
            }
            let own = content("key.pub").flatMap { VerificationKey(pem: $0) }
            if own == nil { findings.append(.unreadable(file: "key.pub")) }
            fingerprint = own?.fingerprint.hex ?? ""
            if let given, let own, given.fingerprint != own.fingerprint { findings.append(.otherKey(found: own.fingerprint.hex)) }
            let key = given ?? own
            if let key, key.accepts(content("\(EvidencePackage.sums).sig") ?? [], over: list) {
            } else {
                findings.append(.badSignature(file: EvidencePackage.sums))
            }
            let checkpoint = content("checkpoint.json") ?? []
            if let key, key.accepts(content("checkpoint.json.sig") ?? [], over: checkpoint),
                Checkpoint(text: String(decoding: checkpoint, as: UTF8.self)) != nil
            {
            } else {
                findings.append(.badSignature(file: "checkpoint.json"))
            }
        } else {
            findings.append(.missing(file: EvidencePackage.sums))
        }
        checkFiles(folder, sums)
        checkManifest(content("manifest.json"), sums)
        checkCustody(content("custody.json"))
    }

    private mutating func checkFiles(_ folder: String, _ sums: [String: String]) {
        for (name, sum) in sums.sorted(by: { $0.key < $1.key }) {
            guard !name.hasPrefix("/"), !name.split(separator: "/").contains(".."),
                let found = try? FileCopy.digest(of: folder + "/" + name)
            else {
                findings.append(.missing(file: name))
                continue
            }
            if found.digest.hex != sum { findings.append(.changed(file: name)) }
        }
        let signed = [EvidencePackage.sums, "\(EvidencePackage.sums).sig"]
        let names = (FileManager.default.enumerator(atPath: folder)?.compactMap { $0 as? String } ?? []).sorted()
        for name in names where sums[name] == nil && !signed.contains(name) {
            var isFolder: ObjCBool = false
            _ = FileManager.default.fileExists(atPath: folder + "/" + name, isDirectory: &isFolder)
            if !isFolder.boolValue { findings.append(.unknown(file: name)) }
        }
    }

    private mutating func checkManifest(_ bytes: [UInt8]?, _ sums: [String: String]) {
        guard let bytes, let manifest = try? JSONValue(parsing: bytes), manifest["type"]?.text == EvidencePackage.type,
            let list = manifest["items"]?.elements
        else {
            findings.append(.unreadable(file: "manifest.json"))
            return
        }
        incident = manifest["incident"]?["code"]?.text ?? ""
        items = list.count
        for item in list {
            let file = item["file"]?.text ?? ""
            if sums[file] != item["sha256"]?.text || sums[file] == nil { findings.append(.manifestDiffers(file: file)) }
        }
        for name in sums.keys.sorted() where name.hasPrefix("evidence/") && !list.contains(where: { $0["file"]?.text == name }) {
            findings.append(.manifestDiffers(file: name))
        }
    }

    private mutating func checkCustody(_ bytes: [UInt8]?) {
        guard let bytes, let custody = try? JSONValue(parsing: bytes), let list = custody["items"]?.elements, list.count == items else {
            findings.append(.unreadable(file: "custody.json"))
            return
        }
        for item in list {
            var kinds: [String] = []
            for entry in item["entries"]?.elements ?? [] {
                let seq = entry["seq"]?.integer ?? 0
                guard let time = entry["time"]?.integer, let kind = entry["kind"]?.text, let actor = entry["actor"]?.text,
                    let subject = entry["subject"]?.text, let body = entry["body"],
                    let previous = entry["previous"]?.text.flatMap({ SHA256Digest(hex: $0) }),
                    let hash = entry["hash"]?.text.flatMap({ SHA256Digest(hex: $0) }),
                    let event = try? LedgerEvent(
                        seq: seq, time: Timestamp(microseconds: time), kind: kind, actor: actor, subject: subject, body: body,
                        previous: previous),
                    event.hash == hash
                else {
                    findings.append(.custodyChanged(seq: seq))
                    continue
                }
                kinds.append(kind)
            }
            if !kinds.contains("evidence.stored") || kinds.last != "evidence.exported" {
                findings.append(.custodyIncomplete(digest: item["sha256"]?.text ?? ""))
            }
        }
    }
}
