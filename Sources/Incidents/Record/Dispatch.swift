import Bytes

/// A document that was sent, and how: what fulfils a deadline.
public struct Dispatch: Sendable, Hashable {
    /// The ways that QĐ 05/2017 Đ11.3, TT 20/2017 Đ9.1 and NĐ 331/2026 Đ36 name.
    public enum Channel: String, Sendable, CaseIterable {
        /// Công văn on paper, by post or courier.
        case officialLetter = "official_letter"
        /// The document system that connects public offices.
        case documentSystem = "document_system"
        case fax, email
        /// A text or multimedia message.
        case message
        /// A portal or reporting system of the authority.
        case portal
        case inPerson = "in_person"
        case other
    }

    /// Number and sign of the document: `12/BC-ĐUCSC`.
    public var document: String
    public var recipient: String
    public var channel: Channel
    public var sentAt: Timestamp
    /// What shows that it arrived: a receipt number, a reply, the SHA-256 of the signed file.
    public var proof: String?

    public init(document: String, recipient: String, channel: Channel = .other, sentAt: Timestamp, proof: String? = nil) {
        self.document = document
        self.recipient = recipient
        self.channel = channel
        self.sentAt = sentAt
        self.proof = proof
    }
}

/// A document as it stands on record, with the deadline that it serves.
public struct StoredDispatch: Sendable, Hashable {
    public var dispatch: Dispatch
    /// Code of the deadline: `R26_72`.
    public var clock: String
    public var incident: IncidentCode?
    /// The subject of a deadline that is no incident's: `2026-W47`, `agency/SNV`.
    public var duty: String?
    public var sentBy: String
    public var writtenAt: Timestamp
}

/// A deadline that is no incident's: a periodic report, a change that must be made known.
public struct DutyClock: Sendable, Hashable {
    /// The deadline's code in the compliance profile: `P_WEEKLY`.
    public var code: String
    public var profile: String
    /// What it is about: a period (`2026-W47`) or an agency (`agency/SNV/3`).
    public var subject: String
    public var t0: Timestamp
    /// Nil where nothing says when.
    public var due: Timestamp?
    public var metAt: Timestamp?
    public var fulfilledBy: String?

    public init(
        code: String, profile: String, subject: String, t0: Timestamp, due: Timestamp?, metAt: Timestamp? = nil, fulfilledBy: String? = nil
    ) {
        self.code = code
        self.profile = profile
        self.subject = subject
        self.t0 = t0
        self.due = due
        self.metAt = metAt
        self.fulfilledBy = fulfilledBy
    }

    /// What ledger entries about it name.
    public var ledgerSubject: String { "duty/\(code)/\(subject)" }
}
