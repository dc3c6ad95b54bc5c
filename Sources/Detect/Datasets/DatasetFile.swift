import Bytes
import Digest
import Glibc
import RuleLanguage

/// Why a dataset cannot be had.
public struct DatasetError: Error, Sendable, CustomStringConvertible {
    public let dataset: String
    public let problem: String
    public var description: String { "dataset \(dataset): \(problem)" }

    init(_ dataset: String, _ problem: String) {
        self.dataset = dataset
        self.problem = problem
    }
}

/// Reads the files of datasets. A line that is no value is passed over and told of; the others count.
struct DatasetFile {
    let name: String
    let kind: DatasetKind
    private(set) var state = Dataset.State()
    /// Lines that were passed over.
    private(set) var problems: [String] = []
    private let path: String

    /// - Parameter isState: the file need not be there yet.
    static func read(
        _ path: String, name: String, kind: DatasetKind, format: DatasetFormat, isState: Bool
    ) throws(DatasetError) -> (state: Dataset.State, problems: [String]) {
        if isState, unsafe access(path, F_OK) != 0 { return (Dataset.State(), []) }
        let text: [UInt8]
        do {
            text = try RuleLoader.contents(of: path)
        } catch {
            throw DatasetError(name, error.description)
        }
        var file = DatasetFile(name: name, kind: kind, path: path)
        switch format {
        case .csv: file.readLines(text)
        case .json(let valueKey, let arrayKey, let dropsKey): try file.readArray(text, valueKey, arrayKey, dropsKey)
        case .ndjson(let valueKey, let dropsKey): try file.readObjects(text, valueKey, dropsKey)
        }
        return (file.state, file.problems)
    }

    private init(name: String, kind: DatasetKind, path: String) {
        self.name = name
        self.kind = kind
        self.path = path
    }

    private mutating func report(_ line: Int, _ problem: String) {
        if problems.count < 16 { problems.append("\(path):\(line): \(problem)") }
    }

    // MARK: CSV

    private mutating func readLines(_ text: [UInt8]) {
        for (number, line) in text.split(separator: 10, omittingEmptySubsequences: false).enumerated() {
            let line = line.trimmed
            if line.isEmpty { continue }
            let parts = line.parts(separatedBy: 44)
            guard let value = value(parts[0]) else {
                report(number + 1, "\"\(parts[0].text)\" is no \(kind.rawValue)\(kind == .string ? " in Base64" : "")")
                continue
            }
            var reputation = 0
            if parts.count > 1 {
                guard let number = parts[1].decimal, number <= 65535 else {
                    report(number + 1, "\"\(parts[1].text)\" is no reputation, expected 0 to 65535")
                    continue
                }
                reputation = Int(number)
            }
            _ = state.table.insert(value.rawSpan, payload: reputation)
        }
    }

    /// The bytes that the table holds for a value as the file writes it.
    private func value(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        switch kind {
        case .string: return Base64.decoded(Array(text).rawSpan)
        case .md5, .sha256: return digest(text)
        case .ipv4, .ip: return address(text)
        }
    }

    private func digest(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard let bytes = Hex.decoded(text.text), bytes.count == kind.size else { return nil }
        return bytes
    }

    private func address(_ text: ArraySlice<UInt8>) -> [UInt8]? {
        guard let address = IPAddress(text.text) else { return nil }
        if kind == .ipv4 {
            guard address.isV4 else { return nil }
            return (0..<4).map { UInt8(truncatingIfNeeded: address.v4 >> (24 - 8 * UInt32($0))) }
        }
        return (0..<16).map { UInt8(truncatingIfNeeded: ($0 < 8 ? address.high : address.low) >> (56 - 8 * UInt64($0 & 7))) }
    }

    // MARK: JSON

    private mutating func readArray(_ text: [UInt8], _ valueKey: String, _ arrayKey: String, _ dropsKey: Bool) throws(DatasetError) {
        let document: JSONText
        do {
            document = try JSONText(text[...])
        } catch {
            throw DatasetError(name, "\(path) is no JSON: \(error)")
        }
        guard let array = arrayKey.isEmpty ? document : document.value(at: arrayKey), array.kind == .array else {
            throw DatasetError(
                name, arrayKey.isEmpty ? "\(path) holds no array, expected [ … ] or array_key" : "\(path) has no array at \"\(arrayKey)\"")
        }
        var isFound = false
        for (number, element) in array.elements.enumerated() { add(element, valueKey, dropsKey, number + 1, &isFound) }
        guard isFound else { throw DatasetError(name, "no element of \(path) has \"\(valueKey)\"") }
    }

    private mutating func readObjects(_ text: [UInt8], _ valueKey: String, _ dropsKey: Bool) throws(DatasetError) {
        var isFound = false
        for (number, line) in text.split(separator: 10, omittingEmptySubsequences: false).enumerated() where !line.trimmed.isEmpty {
            do throws(JSONTextError) {
                add(try JSONText(line), valueKey, dropsKey, number + 1, &isFound)
            } catch {
                report(number + 1, "no JSON: \(error)")
            }
        }
        guard isFound else { throw DatasetError(name, "no line of \(path) has \"\(valueKey)\"") }
    }

    private mutating func add(_ element: JSONText, _ valueKey: String, _ dropsKey: Bool, _ number: Int, _ isFound: inout Bool) {
        // Lists mix kinds of entries; those without the key are for somebody else.
        guard let text = element.value(at: valueKey)?.string else { return }
        isFound = true
        guard let value = kind == .string ? text : value(text[...]), !value.isEmpty else {
            report(number, "\"\(String(decoding: text, as: UTF8.self))\" is no \(kind.rawValue)")
            return
        }
        let context = element.compact(omitting: dropsKey ? valueKey : nil)
        guard state.table.insert(value.rawSpan, payload: state.contexts.count) else { return }
        state.memory += context.count
        state.contexts.append(context)
    }
}
