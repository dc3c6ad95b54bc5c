import AppLayer
import Bytes
import RuleLanguage

/// Tables of rules as bytes, and back.
extension RuleTables {
    /// Everything but the rule files' contents; of those the sizes.
    func coded(sizes: [Int]) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(records.bytes.count + 32 * places.count + 65536)
        bytes.put(UInt32(files.count))
        for (name, size) in zip(files, sizes) {
            bytes.put(name)
            bytes.put(UInt64(size))
        }
        for count in [loadedCount, failedCount, skippedCount] { bytes.put(UInt32(clamping: count)) }
        bytes.put(UInt32(places.count))
        for place in places { place.write(to: &bytes) }
        bytes.put(UInt32(transformPlaces.count))
        for place in transformPlaces {
            place.rule.write(to: &bytes)
            bytes.put(place.inspection)
        }
        records.sets.write(to: &bytes)
        for offset in records.offsets { bytes.put(offset) }
        bytes.put(bytes: records.bytes)
        bytes.put(UInt32(dependent.count))
        for rule in dependent {
            rule.place.write(to: &bytes)
            bytes.put(rule.outcome)
            bytes.put(rule.record ?? .max)
        }
        bytes.put(UInt32(refused.count))
        for rule in refused {
            rule.position.write(to: &bytes)
            bytes.put(rule.reason)
        }
        bytes.put(UInt32(issues.count))
        for issue in issues {
            issue.position.write(to: &bytes)
            bytes.put(issue.message)
            bytes.put(issue.severity.rawValue)
        }
        return bytes
    }

    /// - Parameters:
    ///   - bytes: what ``coded(sizes:)`` gave.
    ///   - open: gives the rule files' contents of these sizes, nil where they cannot have them.
    init(
        _ bytes: [UInt8], _ reader: RuleReader, open: ([Int]) -> RuleTexts.Storage?
    ) throws(ParseError) {
        self.init(reader: reader)
        var cursor = ByteCursor(bytes.rawSpan)
        var sizes: [Int] = []
        for _ in 0..<(try cursor.count()) {
            files.append(try cursor.text())
            guard let size = Int(exactly: try cursor.littleEndianU64()), size <= RuleLoader.largestFile else { throw .malformed }
            sizes.append(size)
        }
        loadedCount = Int(try cursor.littleEndianU32())
        failedCount = Int(try cursor.littleEndianU32())
        skippedCount = Int(try cursor.littleEndianU32())
        let count = try cursor.count()
        places.reserveCapacity(count)
        for _ in 0..<count { places.append(try RuleTexts.Place(&cursor, sizes)) }
        for _ in 0..<(try cursor.count()) {
            transformPlaces.append(
                TransformPlace(rule: try RuleTexts.Place(&cursor, sizes), inspection: try cursor.littleEndianU16()))
        }
        guard let storage = open(sizes) else { throw .malformed }
        self.storage = storage
        var texts = RuleTexts(files: files, storage: storage, places: places, reader: reader)
        var transforms: [[BufferTransform]] = []
        for place in transformPlaces { transforms.append(try RuleTables.transforms(place, &texts)) }
        let sets = try RuleSets(&cursor, transforms)
        guard cursor.left / 4 >= count else { throw .truncated }
        var offsets: [UInt32] = []
        offsets.reserveCapacity(count)
        for _ in 0..<count { offsets.append(try cursor.littleEndianU32()) }
        records = RuleRecords(bytes: try cursor.list(), offsets: offsets, sets: sets)
        for _ in 0..<(try cursor.count()) {
            let place = try RuleTexts.Place(&cursor, sizes)
            let outcome = try cursor.text()
            let record = try cursor.littleEndianU32()
            dependent.append(DependentRule(place: place, outcome: outcome, record: record == .max ? nil : record))
        }
        for _ in 0..<(try cursor.count()) {
            refused.append(RefusedRule(position: try SourcePosition(&cursor), reason: try cursor.text()))
        }
        for _ in 0..<(try cursor.count()) {
            let position = try SourcePosition(&cursor)
            let message = try cursor.text()
            guard let severity = RuleIssue.Severity(rawValue: try cursor.text()) else { throw .malformed }
            issues.append(RuleIssue(position: position, message: message, severity: severity))
        }
        guard cursor.isAtEnd else { throw .malformed }
    }

    private static func transforms(_ place: TransformPlace, _ texts: inout RuleTexts) throws(ParseError) -> [BufferTransform] {
        guard case .loaded(let signatures, _)? = try? texts.read(place.rule), let signature = signatures.first,
            signature.inspections.indices.contains(Int(place.inspection))
        else { throw .malformed }
        return signature.inspections[Int(place.inspection)].transforms
    }

    /// Reads the rules that depend on more than their text; false where that gives something else than when the tables were made.
    mutating func readDependent() -> Bool {
        var texts = RuleTexts(files: files, storage: storage, places: places, reader: reader)
        for rule in dependent {
            let result: Result<RuleReader.Outcome?, RuleError>
            do throws(RuleError) {
                result = .success(try texts.read(rule.place))
            } catch {
                result = .failure(error)
            }
            guard RuleTables.outcome(result) == rule.outcome else { return false }
            guard let record = rule.record, case .success(.loaded(let signatures, _)?) = result else { continue }
            guard Int(record) + signatures.count <= records.count else { return false }
            for (half, signature) in signatures.enumerated() { kept[record + UInt32(half)] = signature }
        }
        return true
    }
}

extension RuleTexts.Place {
    fileprivate func write(to bytes: inout [UInt8]) {
        bytes.put(file)
        bytes.put(half)
        bytes.put(line)
        bytes.put(start)
        bytes.put(count)
        bytes.put(order)
    }

    /// - Parameter sizes: of the files.
    fileprivate init(_ cursor: inout ByteCursor, _ sizes: [Int]) throws(ParseError) {
        file = try cursor.littleEndianU16()
        half = try cursor.u8()
        line = try cursor.littleEndianU32()
        start = try cursor.littleEndianU32()
        count = try cursor.littleEndianU32()
        order = try cursor.littleEndianU32()
        guard file < sizes.count, Int(start) + Int(count) <= sizes[Int(file)] else { throw .malformed }
    }
}

extension RuleSets {
    fileprivate func write(to bytes: inout [UInt8]) {
        bytes.put(UInt32(addresses.count - 1))
        for set in addresses.dropFirst() {
            bytes.put(UInt8(set.hasNegation ? 1 : 0))
            bytes.put(UInt32(set.ranges.count))
            for range in set.ranges {
                for number in [range.first.high, range.first.low, range.last.high, range.last.low] { bytes.put(number) }
            }
        }
        bytes.put(UInt32(ports.count - 1))
        for set in ports.dropFirst() {
            bytes.put(UInt32(set.ranges.count))
            for range in set.ranges {
                bytes.put(range.lowerBound)
                bytes.put(range.upperBound)
            }
        }
        bytes.put(UInt32(protocols.count - 1))
        for list in protocols.dropFirst() { bytes.put(bytes: list.map(\.rawValue)) }
    }

    fileprivate init(_ cursor: inout ByteCursor, _ transforms: [[BufferTransform]]) throws(ParseError) {
        var addresses: [AddressSet] = []
        for _ in 0..<(try cursor.count()) {
            let hasNegation = try cursor.flag()
            var ranges: [AddressSet.Range] = []
            for _ in 0..<(try cursor.count()) {
                let first = IPAddress(high: try cursor.littleEndianU64(), low: try cursor.littleEndianU64())
                let last = IPAddress(high: try cursor.littleEndianU64(), low: try cursor.littleEndianU64())
                guard first <= last else { throw .malformed }
                ranges.append(AddressSet.Range(first: first, last: last))
            }
            var set = AddressSet(ranges: ranges)
            set.hasNegation = hasNegation
            addresses.append(set)
        }
        var ports: [PortSet] = []
        for _ in 0..<(try cursor.count()) {
            var ranges: [ClosedRange<UInt16>] = []
            for _ in 0..<(try cursor.count()) {
                let (first, last) = (try cursor.littleEndianU16(), try cursor.littleEndianU16())
                guard first <= last else { throw .malformed }
                ranges.append(first...last)
            }
            ports.append(PortSet(ranges: ranges))
        }
        var protocols: [[AppProtocol]] = []
        for _ in 0..<(try cursor.count()) { protocols.append(try cursor.list().map { AppProtocol(rawValue: $0) }) }
        self.init(addresses: addresses, ports: ports, protocols: protocols, transforms: transforms)
    }
}

extension SourcePosition {
    fileprivate func write(to bytes: inout [UInt8]) {
        bytes.put(file)
        bytes.put(UInt32(clamping: line))
        bytes.put(UInt32(clamping: column))
    }

    fileprivate init(_ cursor: inout ByteCursor) throws(ParseError) {
        self.init(file: try cursor.text(), line: Int(try cursor.littleEndianU32()), column: Int(try cursor.littleEndianU32()))
    }
}
