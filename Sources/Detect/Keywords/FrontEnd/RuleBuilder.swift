import AppLayer
import Bytes
import Decode
import RuleLanguage

/// A rule while its options are read, from left to right. ``RuleBuilder/finish(_:)`` makes the signature of it.
struct RuleBuilder {
    /// Where the next content goes.
    enum ActiveBuffer {
        case payload
        /// A buffer keyword was read and no test on it yet. `offset` is the keyword's.
        case pending(BufferDescriptor, [BufferTransform], offset: Int)
        /// Tests go into this element of ``inspections``.
        case open(Int)
        case base64(offset: Int)
    }

    let frontEnd: FrontEnd
    /// The file that the rule stands in.
    let file: String
    /// What the header's protocol word admits.
    var proto: ProtocolSelector

    // MARK: identity
    var id = SignatureID(signature: 0)
    var message = ""
    var classType = ""
    var priority: Int?
    var references: [String] = []
    var metadata: [(key: String, value: String)] = []
    var target: TargetSide?
    /// Things worth saying once per rule set: the text, and where.
    var warnings: [RuleError] = []
    /// Keywords that may stand once and were seen.
    private var once: Set<String> = []

    // MARK: conditions and effects
    var flow = FlowConditions()
    var hasFlow = false
    var packetTests: [PacketTest] = []
    var stateTests: [StateTest] = []
    var effects: [StateEffect] = []
    var threshold: ThresholdSpec?
    var furtherThresholds: [ThresholdSpec] = []
    var fileStore: FileStoreSpec?
    var isSilent = false
    var alsoAlerts = false
    var inspections: [BufferInspection] = []
    var active = ActiveBuffer.payload
    /// The content that a modifier changes.
    var lastContent: (inspection: Int, test: Int)?
    /// Index of the run that the content or pcre before this option is in.
    var lastMatch: Int?
    /// Where contents stand in the text, for errors found at the end: (inspection, test, offset).
    var contentOffsets: [(inspection: Int, test: Int, offset: Int)] = []
    /// Names set by `byte_extract` and `byte_math`, each with the run of tests that it is valid in.
    private var variables: [(name: String, inspection: Int)] = []
    /// The first keyword that looks at single packets, if any.
    var packetKeyword: (name: String, offset: Int)?
    /// Buffers of the frames that the rule looks at.
    private(set) var frameBuffers: [BufferID: BufferDescriptor] = [:]
    /// The rule's direction is `=>`.
    var isTransactional = false
    /// `app-layer-protocol` was used.
    var hasProtocolTest = false

    init(frontEnd: FrontEnd, file: String, proto: ProtocolSelector) {
        self.frontEnd = frontEnd
        self.file = file
        self.proto = proto
    }

    // MARK: keywords that stand once

    mutating func requireOnce(_ option: RuleOption, _ name: String) throws(RuleError) {
        guard once.insert(name).inserted else { throw RuleError("\(name) stands twice, expected once", at: option.offset) }
    }

    mutating func needsPacket(_ option: RuleOption, _ name: String) {
        if packetKeyword == nil { packetKeyword = (name, option.offset) }
    }

    // MARK: buffers

    func refuseUnused() throws(RuleError) {
        if case .pending(let buffer, _, let offset) = active {
            throw RuleError("\(buffer.name) has nothing to look for, expected a content, pcre or other test after it", at: offset)
        }
        if case .base64(let offset) = active, !inspections.contains(where: { $0.buffer == .base64Data }) {
            throw RuleError("base64_data has nothing to look for, expected a content, pcre or other test after it", at: offset)
        }
    }

    private func refuseAfterBase64(_ option: RuleOption) throws(RuleError) {
        if case .base64 = active {
            throw RuleError(
                "\(option.name.text) after base64_data, expected it before: base64_data holds to the end of the rule", at: option.offset)
        }
    }

    /// A buffer keyword.
    mutating func select(_ declared: BufferDescriptor, _ option: RuleOption) throws(RuleError) {
        let buffer = try side(declared, option)
        try refuseAfterBase64(option)
        try refuseUnused()
        try bind(buffer, at: option.offset)
        if buffer.id.isFrame { frameBuffers[buffer.id] = buffer }
        active = .pending(buffer, [], offset: option.offset)
        lastContent = nil
    }

    /// In a rule on both sides of a transaction, the side that has the buffer.
    private func side(of buffer: BufferDescriptor) -> FlowDirection? {
        guard isTransactional, buffer.directions != .both else { return nil }
        return buffer.directions == .toServer ? .toServer : .toClient
    }

    /// In a rule on both sides of a transaction, the buffer of the side that the option names.
    private func side(_ buffer: BufferDescriptor, _ option: RuleOption) throws(RuleError) -> BufferDescriptor {
        let value = option.value.map { $0.trimmed.text } ?? ""
        guard isTransactional else { return buffer }
        let named: FlowDirection?
        switch value {
        case "": named = nil
        case "to_server", "toserver": named = .toServer
        case "to_client", "toclient": named = .toClient
        default: throw RuleError("\(buffer.name): \"\(value)\", expected to_server or to_client", at: option.text)
        }
        guard let named else {
            guard buffer.directions != .both else {
                throw RuleError(
                    "\(buffer.name) exists on both sides, expected \(buffer.name):to_server or \(buffer.name):to_client", at: option.offset)
            }
            return buffer
        }
        guard buffer.directions.contains(named) else {
            throw RuleError("\(buffer.name) does not exist \(named == .toServer ? "to the server" : "to the client")", at: option.text)
        }
        return buffer.restricted(to: named)
    }

    /// A packet header's buffer.
    mutating func select(_ header: PacketHeader, _ option: RuleOption) throws(RuleError) {
        try refuseAfterBase64(option)
        try refuseUnused()
        active = .open(run(on: .header(header)))
        lastContent = nil
    }

    /// `pkt_data`.
    mutating func selectPayload(_ option: RuleOption) throws(RuleError) {
        try refuseAfterBase64(option)
        try refuseUnused()
        active = .payload
        lastContent = nil
    }

    /// `base64_data`.
    mutating func selectBase64(_ option: RuleOption) throws(RuleError) {
        try refuseAfterBase64(option)
        try refuseUnused()
        let decodes = inspections.contains { $0.tests.contains { if case .base64Decode = $0 { true } else { false } } }
        guard decodes else { throw RuleError("base64_data without base64_decode, expected base64_decode before it", at: option.offset) }
        active = .base64(offset: option.offset)
        lastContent = nil
    }

    mutating func add(_ transform: BufferTransform, _ option: RuleOption) throws(RuleError) {
        switch active {
        case .pending(let buffer, let transforms, let offset):
            active = .pending(buffer, transforms + [transform], offset: offset)
            return
        case .open(let index):
            // Tests before the first transform look at the buffer as it is, those after it at what becomes of it.
            if inspections[index].transforms.isEmpty, case .field(let id) = inspections[index].buffer, let buffer = frontEnd.buffers[id] {
                active = .pending(buffer, [transform], offset: option.offset)
                lastContent = nil
                return
            }
        case .payload, .base64: break
        }
        throw RuleError("\(option.name.text) has no buffer to change, expected it right after a buffer keyword", at: option.offset)
    }

    /// Whether a buffer other than the payload is in force.
    var hasActiveBuffer: Bool {
        switch active {
        case .pending, .base64: return true
        case .open(let index): return inspections[index].buffer != .payload
        case .payload: return false
        }
    }

    /// The descriptor of the buffer in force; nil for the payload and base64_data.
    var activeDescriptor: BufferDescriptor? {
        switch active {
        case .pending(let buffer, _, _): return buffer
        case .open(let index):
            if case .field(let id) = inspections[index].buffer { return frontEnd.buffers[id] ?? frameBuffers[id] }
            return nil
        case .payload, .base64: return nil
        }
    }

    /// Index of the run of tests on that buffer; a new one where the buffer has many instances or was not looked at yet.
    private mutating func run(
        on buffer: InspectedBuffer, _ transforms: [BufferTransform] = [], isMultiple: Bool = false, side: FlowDirection? = nil
    ) -> Int {
        if !isMultiple,
            let index = inspections.firstIndex(where: { $0.buffer == buffer && $0.transforms == transforms && $0.side == side })
        {
            return index
        }
        var inspection = BufferInspection(buffer: buffer)
        inspection.transforms = transforms
        inspection.side = side
        inspections.append(inspection)
        return inspections.count - 1
    }

    /// Index of the run of tests that the next test joins.
    mutating func currentRun() -> Int {
        switch active {
        case .payload: return run(on: .payload)
        case .open(let index): return index
        case .base64: return run(on: .base64Data)
        case .pending(let buffer, let transforms, _):
            let index = run(on: .field(buffer.id), transforms, isMultiple: buffer.isInstanced, side: side(of: buffer))
            active = .open(index)
            return index
        }
    }

    /// Index of the run of tests on a buffer that a keyword names by itself (`http_uri`, `urilen`, pcre letters).
    mutating func run(on buffer: BufferDescriptor, at offset: Int) throws(RuleError) -> Int {
        try bind(buffer, at: offset)
        return run(on: .field(buffer.id), side: side(of: buffer))
    }

    /// A run of its own on a buffer that a keyword names by itself.
    mutating func newRun(on buffer: BufferDescriptor, at offset: Int) throws(RuleError) -> Int {
        try bind(buffer, at: offset)
        return run(on: .field(buffer.id), isMultiple: true, side: side(of: buffer))
    }

    /// Adds a test on files as wholes; all of a rule's are about one file.
    ///
    /// - Parameter side: who sent the file, in rules on both sides of a transaction.
    mutating func add(_ test: FileTest, _ keyword: String, at offset: Int, side: FlowDirection? = nil) throws(RuleError) {
        try bind(to: frontEnd.fileCarriers, keyword: keyword, at: offset)
        inspections[run(on: .file, side: side)].fileTests.append(test)
    }

    mutating func add(_ test: ContentTest) { inspections[currentRun()].tests.append(test) }

    /// Adds a test that goes on from the match before it: without a buffer in force, it joins the buffer that holds that match.
    mutating func add(_ test: ContentTest, isRelative: Bool) {
        inspections[isRelative ? runOfLastMatch : currentRun()].tests.append(test)
    }

    /// Index of the run that a relative test belongs to.
    var runOfLastMatch: Int {
        mutating get {
            if case .payload = active, let last = lastMatch, inspections.indices.contains(last) { return last }
            return currentRun()
        }
    }

    /// Binds the rule to the protocol that has the buffer (rule-semantics H3).
    private mutating func bind(_ buffer: BufferDescriptor, at offset: Int) throws(RuleError) {
        let owner = buffer.id.appProtocol
        let owners = owner == .unknown ? frontEnd.fileCarriers : [owner] + buffer.alsoIn
        try bind(to: owners, keyword: buffer.name, at: offset)
    }

    mutating func bind(to owners: [AppProtocol], keyword: String, at offset: Int) throws(RuleError) {
        if proto.isPacketOnly {
            throw RuleError("\(keyword) in a rule on single packets, expected a protocol such as tcp or http in the header", at: offset)
        }
        if proto.appProtocols.isEmpty {
            proto.appProtocols = owners
            return
        }
        let common = proto.appProtocols.filter(owners.contains)
        guard !common.isEmpty else {
            let name = frontEnd.protocols.values.first { $0.appProtocol == proto.appProtocols[0] }?.name ?? "another protocol"
            throw RuleError("\(keyword) does not exist in \(name), expected a buffer of \(name)", at: offset)
        }
        proto.appProtocols = common
    }

    // MARK: contents

    mutating func addContent(_ content: ContentPattern, at offset: Int) {
        let run = currentRun()
        inspections[run].tests.append(.content(content))
        lastContent = (run, inspections[run].tests.count - 1)
        lastMatch = run
        contentOffsets.append((run, inspections[run].tests.count - 1, offset))
    }

    /// Changes the content that the option follows.
    mutating func modifyContent(_ option: RuleOption, _ body: (inout ContentPattern, RuleBuilder) throws(RuleError) -> Void)
        throws(RuleError)
    {
        guard let last = lastContent, case .content(var content) = inspections[last.inspection].tests[last.test] else {
            throw RuleError("\(option.name.text) has no content to change, expected a content before it", at: option.offset)
        }
        try body(&content, self)
        inspections[last.inspection].tests[last.test] = .content(content)
    }

    /// An old-style modifier: moves the content before it into a buffer.
    mutating func moveContent(to buffer: BufferDescriptor, _ option: RuleOption) throws(RuleError) {
        if let value = option.value, !value.isEmpty { throw RuleError("\(option.name.text) takes no value", at: value) }
        guard let last = lastContent, case .content(let content) = inspections[last.inspection].tests[last.test] else {
            throw RuleError("\(option.name.text) has no content to move, expected a content before it", at: option.offset)
        }
        guard case .payload = active, inspections[last.inspection].buffer == .payload else {
            throw RuleError(
                "\(option.name.text) moves a content that another buffer already holds, expected \(buffer.name) before the content",
                at: option.offset)
        }
        let target = try run(on: buffer, at: option.offset)
        inspections[last.inspection].tests.remove(at: last.test)
        inspections[target].tests.append(.content(content))
        let moved = (target, inspections[target].tests.count - 1)
        lastMatch = target
        if let place = contentOffsets.lastIndex(where: { $0.inspection == last.inspection && $0.test == last.test }) {
            contentOffsets[place] = (moved.0, moved.1, contentOffsets[place].offset)
        }
        lastContent = moved
    }

    // MARK: variables

    /// A new variable in the buffer in force.
    mutating func declareVariable(_ name: ArraySlice<UInt8>, isRelative: Bool) throws(RuleError) -> Int {
        guard let first = name.first, ASCII.isLetter(first) || first == 95,
            name.allSatisfy({ ASCII.isAlphanumeric($0) || $0 == 95 || $0 == 46 || $0 == 45 })
        else { throw RuleError("\"\(name.text)\" is no variable name, expected letters, digits, \"_\", \".\" or \"-\"", at: name) }
        let run = isRelative ? runOfLastMatch : currentRun()
        let text = name.text
        if let index = variables.firstIndex(where: { $0.name == text && $0.inspection == run }) { return index }
        variables.append((text, run))
        return variables.count - 1
    }

    /// A number, or a variable: that of the buffer in force, else the last of that name in another buffer.
    mutating func value(_ text: ArraySlice<UInt8>, for keyword: String, in allowed: ClosedRange<Int64>) throws(RuleError) -> ByteValue {
        if let number = text.signedNumber {
            guard allowed.contains(number) else {
                throw RuleError("\(keyword): \(number) is out of range, expected \(allowed.lowerBound) to \(allowed.upperBound)", at: text)
            }
            return .constant(number)
        }
        let name = text.text
        let run = lastContent?.inspection ?? currentRun()
        let known = variables.lastIndex { $0.name == name && $0.inspection == run } ?? variables.lastIndex { $0.name == name }
        guard let index = known else {
            throw RuleError(
                "\(keyword): \"\(name)\" is no number and no variable, expected one set by byte_extract or byte_math", at: text)
        }
        return .variable(index)
    }
}

extension BufferDescriptor {
    /// Each use of the keyword may hold on another instance: multiple fields, and files.
    var isInstanced: Bool {
        if id == .fileData { return true }
        if case .multiple = shape { return true }
        return false
    }
}
