/// `classification.config`: what a rule's `classtype` means.
public struct ClassificationFile: Sendable {
    public struct Entry: Sendable, Equatable {
        /// The text behind the name, which outputs print as `category`.
        public var text: String
        /// 1 is the highest.
        public var priority: Int

        public init(text: String, priority: Int) {
            self.text = text
            self.priority = priority
        }
    }

    /// By the class's short name, in lower case.
    public private(set) var entries: [String: Entry] = [:]

    public init() {}

    /// Adds the lines `config classification: name,text,priority`. Lines that are none of these are returned as errors, the others count.
    public mutating func read(_ bytes: [UInt8], file: String) -> [RuleFileError] {
        var errors: [RuleFileError] = []
        for line in LogicalLines(bytes) {
            do throws(RuleError) {
                let body = try configurationBody(line, "classification")
                let parts = body.parts(separatedBy: 44)
                guard parts.count == 3, !parts[0].isEmpty, let priority = parts[2].decimal, (1...255).contains(priority) else {
                    throw RuleError("expected \"config classification: name,text,priority\" with a priority from 1 to 255", at: body)
                }
                entries[parts[0].lowercasedText] = Entry(text: parts[1].text, priority: Int(priority))
            } catch {
                errors.append(RuleFileError(position: line.position(of: error.offset, file: file), message: error.message))
            }
        }
        return errors
    }
}

/// `reference.config`: what stands before the value of a `reference`.
public struct ReferenceFile: Sendable {
    /// URL prefix by key, in lower case.
    public private(set) var prefixes: [String: String] = [:]

    public init() {}

    /// Adds the lines `config reference: key prefix`.
    public mutating func read(_ bytes: [UInt8], file: String) -> [RuleFileError] {
        var errors: [RuleFileError] = []
        for line in LogicalLines(bytes) {
            do throws(RuleError) {
                let body = try configurationBody(line, "reference")
                let words = body.words
                guard words.count == 2 else { throw RuleError("expected \"config reference: key prefix\"", at: body) }
                prefixes[words[0].lowercasedText] = words[1].text
            } catch {
                errors.append(RuleFileError(position: line.position(of: error.offset, file: file), message: error.message))
            }
        }
        return errors
    }
}

/// A line of a configuration file that could not be understood.
public struct RuleFileError: Error, Sendable, CustomStringConvertible {
    public let position: SourcePosition
    public let message: String
    public var description: String { "\(position): \(message)" }
}

/// What follows `config <name>:`.
private func configurationBody(_ line: LogicalLine, _ name: String) throws(RuleError) -> ArraySlice<UInt8> {
    let text = line.bytes[...].trimmed
    guard let colon = text.firstIndex(of: 58) else { throw RuleError("expected \"config \(name): …\"", at: text) }
    let head = text[..<colon].words
    guard head.count == 2, head[0].text == "config", head[1].text == name else {
        throw RuleError("expected \"config \(name): …\"", at: text)
    }
    return text[(colon + 1)...].trimmed
}
