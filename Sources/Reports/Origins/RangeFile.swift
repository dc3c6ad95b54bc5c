import Bytes
import Foundation
import Incidents

/// A list of ranges of addresses, one in a line: first, last, country, or first, last, number of the autonomous system, its name. Such are the
/// lists of DB-IP and IP2Location, and Debian's tor-geoipdb, in which IPv4 addresses stand as numbers.
public struct RangeFile: AddressOrigins {
    private struct Range {
        var first: IPAddress
        var last: IPAddress
        /// Place in `values`.
        var value: Int
    }

    /// Larger files are no such lists.
    private static let largest = 256 << 20

    private var ranges: [Range] = []
    private var values: [String] = []
    private let isOfNetworks: Bool
    public let label: String

    /// - Throws: ``ContentError`` with the line that cannot be read.
    public init(file: String) throws(ContentError) {
        guard let data = FileManager.default.contents(atPath: file), data.count <= Self.largest else {
            throw ContentError(file: file, line: nil, key: "", problem: "cannot be read, or is larger than 256 MiB")
        }
        try self.init(String(decoding: data, as: UTF8.self), file: file)
    }

    public init(_ text: String, file: String) throws(ContentError) {
        var known: [String: Int] = [:]
        var networks = 0
        var number = 0
        var remark: String?
        for line in text.utf8.split(separator: 10, omittingEmptySubsequences: false) {
            number += 1
            let line = line.last == 13 ? line.dropLast() : line
            guard let first = line.first else { continue }
            if first == UInt8(ascii: "#") {
                // Such as "# Last updated based on 2026-11-01 …".
                if remark == nil { remark = Self.date(Substring(line)) }
                continue
            }
            let cells = Self.cells(Substring(line))
            guard cells.count >= 3, let start = Self.address(cells[0]), let end = Self.address(cells[1]), start.isV4 == end.isV4,
                start <= end
            else {
                // A heading.
                if number == 1 { continue }
                throw ContentError(
                    file: file, line: number, key: "",
                    problem: "expected first address, last address, and a country of two letters or a network")
            }
            let isCountry = cells[2].utf8.count == 2 && cells[2].allSatisfy { $0.isASCII && $0.isLetter }
            let value: String
            if isCountry {
                value = cells[2].uppercased()
                // Nobody's, or nowhere in particular.
                if value == "ZZ" || value == "XX" { continue }
            } else {
                let name = cells.count > 3 ? cells[3] : ""
                let isNumber = !cells[2].isEmpty && cells[2].allSatisfy(\.isNumber)
                value = (isNumber ? "AS\(cells[2])" : cells[2]) + (name.isEmpty ? "" : " \(name)")
                guard !value.isEmpty, value != "-" else { continue }
                networks += 1
            }
            let place = known[value] ?? values.count
            if place == values.count {
                known[value] = place
                values.append(value)
            }
            ranges.append(Range(first: start, last: end, value: place))
        }
        isOfNetworks = networks > 0
        guard networks == 0 || networks == ranges.count else {
            throw ContentError(file: file, line: nil, key: "", problem: "some lines name countries, others networks: two files are needed")
        }
        ranges.sort { $0.first < $1.first }
        label = (file.split(separator: "/").last.map(String.init) ?? file) + (remark.map { ", \($0)" } ?? "")
    }

    public func country(of address: IPAddress) -> String? { isOfNetworks ? nil : value(of: address) }
    public func network(of address: IPAddress) -> String? { isOfNetworks ? value(of: address) : nil }

    private func value(of address: IPAddress) -> String? {
        // The last range that begins at or before it.
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].first <= address { low = middle + 1 } else { high = middle }
        }
        guard low > 0 else { return nil }
        let range = ranges[low - 1]
        return range.first.isV4 == address.isV4 && address <= range.last ? values[range.value] : nil
    }

    /// An address, or the number that an IPv4 address is.
    private static func address(_ text: String) -> IPAddress? {
        if let number = UInt32(text) { return IPAddress(v4: number) }
        return IPAddress(text)
    }

    /// What commas set apart, with or without quotes.
    private static func cells(_ line: Substring) -> [String] {
        var cells = [""]
        var isQuoted = false
        for character in line {
            if character == "\"" {
                isQuoted.toggle()
            } else if character == ",", !isQuoted {
                cells.append("")
            } else {
                cells[cells.count - 1].append(character)
            }
        }
        return cells.map { $0.trimmingCharacters(in: .whitespaces) }
    }

    /// `2026-11-01`, where the text has such.
    private static func date(_ text: Substring) -> String? {
        text.firstMatch(of: /\d{4}-\d{2}-\d{2}/).map { String($0.output) }
    }
}
