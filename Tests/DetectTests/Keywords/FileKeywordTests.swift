import AppLayer
import Bytes
import RuleLanguage
import Testing

@testable import Detect

@Suite struct FileKeywordTests {
    @Test func filestoreForms() throws {
        func spec(_ options: String) throws -> FileStoreSpec? { try #require(RuleFixture.signature(options, proto: "http")).fileStore }
        #expect(try spec("filestore;") == FileStoreSpec())
        #expect(try spec("filestore:request;") == FileStoreSpec(directions: .toServer, scope: .transaction))
        #expect(try spec("filestore:both,flow;") == FileStoreSpec(directions: .both, scope: .flow))
        #expect(try spec("filestore:to_client,file;") == FileStoreSpec(directions: .toClient, scope: .file))
    }

    @Test func testsOnFilesAreOneRun() throws {
        let signature = try #require(RuleFixture.signature(#"filesize:>10kb; fileext:"exe"; filestore;"#))
        #expect(signature.kind == .transaction)
        #expect(signature.inspections.filter { $0.buffer == .file }.map(\.fileTests.count) == [2])
        #expect(signature.proto.appProtocols.contains(.http1) && signature.proto.appProtocols.contains(.smtp))
    }

    @Test(arguments: [
        ("filestore:all;", #"filestore: "all", expected request, response or both"#),
        ("filestore:both,world;", #"filestore: "world", expected file, tx, ssn or flow"#),
        ("filesize:big;", #"filesize: "big" is no number, expected n, <n, <=n, >n, >=n, !n or a<>b"#),
        ("filemd5:/nowhere.list;", "filemd5: /nowhere.list cannot be read: No such file or directory"),
        ("filesha256:/dev/null;", "filesha256: /dev/null holds no digest"),
    ])
    func refuses(_ options: String, _ message: String) { #expect(RuleFixture.refusal(options, proto: "http") == message) }

    private func file(_ size: Int, _ state: TransferredFile.State?) -> TransferredFile {
        let file = TransferredFile(direction: .toClient, name: [], limit: 0, hashes: [.md5, .sha256, .digestsParts])
        let bytes = [UInt8](repeating: 65, count: size)
        file.append(bytes.rawSpan)
        if let state { file.close(state) }
        return file
    }

    @Test func sizesOfPartsAreAtLeastThat() {
        let more = FileTest.size(IntegerRange(.greater(10)))
        let less = FileTest.size(IntegerRange(.less(100)))
        #expect(more.holds(file(20, nil)) == nil)
        #expect(more.holds(file(20, .closed)) == true)
        #expect(more.holds(file(20, .truncated)) == true)
        #expect(less.holds(file(20, .closed)) == true)
        #expect(less.holds(file(20, .truncated)) == false)
    }

    @Test func digestsOfPartsAreInNoList() {
        let whole = file(3, .closed)
        let part = file(3, .truncated)
        #expect(part.md5.isEmpty && part.sha256 == whole.sha256)
        // MD5 of "AAA".
        let list = FileDigestList(.md5, Array("# x\ne1faffb3e614e6c2fba74296962386b7 some.exe\nshort\n".utf8))
        #expect(list.count == 1)
        let known = FileTest.digest(list, isNegated: false)
        #expect(known.holds(part) == false)
        #expect(known.holds(file(3, nil)) == nil)
        #expect(known.holds(whole) == true)
        #expect(FileTest.digest(list, isNegated: true).holds(whole) == false)
    }
}
