import AppLayer
import Bytes
import RuleLanguage

/// Everything that reading one rule needs to look up; made once per rule set.
final class FrontEnd: Sendable {
    enum Word: Sendable {
        case keyword(Keyword)
        /// A buffer that stays in force until the next one.
        case buffer(BufferDescriptor)
        /// Moves the content before it into a buffer.
        case modifier(BufferDescriptor)
        /// Compares a number of a transaction.
        case number(NumberField)
    }

    /// Protocols whose names and buffers rules may use.
    let descriptors: [ProtocolDescriptor]
    let words: [String: Word]
    let buffers: [BufferID: BufferDescriptor]
    let numbers: [BufferID: NumberField]
    let pcreLetters: [UInt8: BufferDescriptor]
    let protocols: [String: ProtocolDescriptor]
    let transports: [AppProtocol: ProtocolTransports]
    /// Protocols that carry files, for rules that name a file buffer and no protocol.
    let fileCarriers: [AppProtocol]
    let variables: RuleVariables
    let classifications: ClassificationFile
    let references: ReferenceFile
    let features: Set<String>
    let datasets: DatasetCatalogue
    let reputation: HostReputation?
    let countries: CountryDatabase?

    init(_ options: RuleLoaderOptions) {
        descriptors = options.protocols
        variables = options.variables
        classifications = options.classifications
        references = options.references
        features = options.features
        datasets = options.datasets
        reputation = options.reputation
        countries = options.countries
        var words: [String: Word] = [:]
        var buffers: [BufferID: BufferDescriptor] = [:]
        var letters: [UInt8: BufferDescriptor] = [:]
        var protocols: [String: ProtocolDescriptor] = [:]
        var numbers: [BufferID: NumberField] = [:]
        var transports: [AppProtocol: ProtocolTransports] = [:]
        func add(_ buffer: BufferDescriptor) {
            buffers[buffer.id] = buffer
            words[buffer.name] = .buffer(buffer)
            for alias in buffer.aliases { words[alias] = .buffer(buffer) }
            if let modifier = buffer.modifier { words[modifier] = .modifier(buffer) }
            if let letter = buffer.pcreLetter?.asciiValue { letters[letter] = buffer }
        }
        for buffer in FileFields.buffers { add(buffer) }
        for descriptor in options.protocols {
            protocols[descriptor.name] = descriptor
            for alias in descriptor.aliases { protocols[alias] = descriptor }
            transports[descriptor.appProtocol] = descriptor.transports
            for buffer in descriptor.buffers { add(buffer) }
            for number in descriptor.numbers {
                words[number.name] = .number(number)
                numbers[number.id] = number
            }
        }
        // `http` covers every version; `http1` is HTTP/1 alone.
        if let http = protocols["http"] { protocols["http1"] = http }
        for keyword in KeywordTable.all {
            for name in keyword.names { words[name] = .keyword(keyword) }
        }
        fileCarriers = options.protocols.map(\.appProtocol).filter {
            $0 == .http1 || $0 == .smtp || $0 == .ftpData || $0 == .smb || $0 == .http2 || $0 == .doh2 || $0 == .nfs
        }
        self.words = words
        self.numbers = numbers
        self.buffers = buffers
        self.protocols = protocols
        self.transports = transports
        pcreLetters = letters
    }

    /// The buffer of that name, whichever protocol declares it.
    func buffer(named name: String) -> BufferDescriptor? {
        if case .buffer(let buffer)? = words[name] { return buffer }
        return nil
    }
}
