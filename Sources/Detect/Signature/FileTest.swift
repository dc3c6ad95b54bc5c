import AppLayer
import Bytes

/// A test on a file as a whole; all of a rule must hold on one file.
public enum FileTest: Sendable {
    /// There is a file (`filestore`).
    case exists
    /// `filesize`.
    case size(IntegerRange)
    /// `filemd5` and its like.
    case digest(FileDigestList, isNegated: Bool)

    /// nil while the file may still become what the test wants.
    func holds(_ file: TransferredFile) -> Bool? {
        switch self {
        case .exists: return true
        case .size(let range):
            switch file.state {
            case .open: return nil
            case .closed: return range.contains(file.size)
            case .truncated, .error:
                // The true size is not known, but it is not less.
                switch range.comparison {
                case .greater, .greaterOrEqual: return range.contains(file.size)
                default: return false
                }
            }
        case .digest(let list, let isNegated):
            switch file.state {
            case .open: return nil
            case .closed: return list.contains(file) != isNegated
            case .truncated, .error: return false
            }
        }
    }
}

/// A list of digests that a rule names by its file.
public final class FileDigestList: Sendable {
    public enum Algorithm: String, Sendable {
        case md5, sha1, sha256

        var size: Int {
            switch self {
            case .md5: 16
            case .sha1: 20
            case .sha256: 32
            }
        }

        /// What has to be computed for it.
        var selection: FileHashSelection {
            switch self {
            case .md5: .md5
            case .sha1: .sha1
            case .sha256: .sha256
            }
        }
    }

    let algorithm: Algorithm
    private let table: ValueTable
    public var count: Int { table.count }

    /// - Parameter text: a digest a line in hexadecimal, anything after it ignored; `#` begins a comment.
    init(_ algorithm: Algorithm, _ text: [UInt8]) {
        self.algorithm = algorithm
        var table = ValueTable()
        for line in text.split(separator: 10) {
            guard let first = line.first, ASCII.hexValue(first) != nil, line.count >= algorithm.size * 2 else { continue }
            var digest: [UInt8] = []
            for place in 0..<algorithm.size {
                guard let high = ASCII.hexValue(line[line.startIndex + 2 * place]),
                    let low = ASCII.hexValue(line[line.startIndex + 2 * place + 1])
                else { break }
                digest.append(high << 4 | low)
            }
            if digest.count == algorithm.size { _ = table.insert(digest.rawSpan) }
        }
        self.table = table
    }

    func contains(_ file: TransferredFile) -> Bool {
        let digest =
            switch algorithm {
            case .md5: file.md5
            case .sha1: file.sha1
            case .sha256: file.sha256
            }
        return table.payload(of: digest.rawSpan) != nil
    }
}

/// `filestore`: which files a match puts into the file store.
public struct FileStoreSpec: Sendable, Equatable {
    public enum Scope: Sendable { case file, transaction, flow }

    /// nil where the rule does not say: the direction in which it matched.
    public var directions: FlowDirections?
    public var scope: Scope

    public init(directions: FlowDirections? = nil, scope: Scope = .file) {
        self.directions = directions
        self.scope = scope
    }
}
