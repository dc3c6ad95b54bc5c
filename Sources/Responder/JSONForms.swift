import Bytes
import Incidents
import Trust

// Records as JSON documents: stable keys, times in ISO 8601 with the offset of Việt Nam.

extension JSONValue {
    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
    static func seconds(_ seconds: Double?) -> JSONValue { seconds.map { .integer(Int64($0.rounded())) } ?? .null }
    static func time(_ time: Timestamp?) -> JSONValue { time.map { .string(LocalTime.iso($0)) } ?? .null }
}

extension Incident {
    var json: JSONValue {
        .object([
            "code": .string(code.description), "state": .string(state.rawValue), "kind": .optional(kind?.rawValue),
            "category": .string(category.rawValue), "severity": .string(severity.rawValue), "agency": .optional(agency),
            "title_vi": .string(titleVietnamese), "title_en": .string(titleEnglish), "attacker": .optional(attacker?.description),
            "victim": .optional(victim?.description), "indicator": .optional(indicator), "first_seen": .time(firstSeen),
            "last_seen": .time(lastSeen), "opened_at": .time(openedAt), "confirmed_at": .time(confirmedAt), "closed_at": .time(closedAt),
            "assignee": .optional(assignee), "summary": .optional(summary), "alerts": .integer(Int64(alertCount)),
            "evidence": .integer(Int64(evidenceCount)), "version": .integer(version), "held": .bool(isHeld),
            "secondary_categories": .array(secondaryCategories.map { .string($0.rawValue) }), "acknowledged_at": .time(acknowledgedAt),
            "contained_at": .time(containedAt), "eradicated_at": .time(eradicatedAt), "recovered_at": .time(recoveredAt), "t0": .time(t0),
            "seconds_to_acknowledge": .seconds(secondsToAcknowledge), "seconds_to_contain": .seconds(secondsToContain),
            "seconds_to_close": .seconds(secondsToClose), "handling_mode": .optional(handlingMode?.rawValue), "helper": .optional(helper),
            "reported_by": .optional(reportedBy), "superseded_by": .optional(supersededBy?.description),
            "flags": .object(
                Dictionary(flags.names.map { ($0, .time(t0(of: IncidentFlags.named($0) ?? []))) }, uniquingKeysWith: { a, _ in a })),
            "stages": .array(
                stages.map {
                    .object([
                        "stage": .string($0.stage.rawValue), "tactic": .string($0.stage.tactic), "kind": .string($0.kind.rawValue),
                        "at": .time($0.at),
                    ])
                }),
        ])
    }
}

extension StoredAlert {
    var json: JSONValue {
        .object([
            "id": .integer(id), "time": .time(record.time), "sid": .integer(record.sid), "message": .string(record.message),
            "class": .string(record.classType), "priority": .integer(Int64(record.priority)),
            "source": .string(record.source.description), "destination": .string(record.destination.description),
            "protocol": .optional(record.appProtocol ?? record.transport.rawValue), "hostname": .optional(record.hostname),
            "url": .optional(record.url), "kind": .optional(kind?.rawValue), "agency": .optional(agency), "sensor": .string(sensor),
            "incident": .optional(incident?.description), "capture": .optional(record.captureFile),
            "packet": record.packetNumber.map { .integer($0) } ?? .null,
        ])
    }
}

extension EvidenceItem {
    var json: JSONValue {
        .object([
            "id": .integer(id), "sha256": .string(digest.hex), "size": .integer(size), "kind": .string(kind.rawValue), "time": .time(time),
            "incident": .optional(incident?.description), "alert": alert.map { .integer($0) } ?? .null, "added_by": .string(addedBy),
            "description": .string(description),
        ])
    }
}

extension IncidentEvent {
    var json: JSONValue {
        .object([
            "seq": .integer(seq), "time": .time(time), "kind": .string(kind), "actor": .string(actor), "subject": .string(subject),
            "body": (try? JSONValue(parsing: body)) ?? .string(body), "hash": .string(hash),
        ])
    }
}

extension StoredDispatch {
    var json: JSONValue {
        .object([
            "clock": .string(clock), "incident": .optional(incident?.description), "duty": .optional(duty),
            "document": .string(dispatch.document), "recipient": .string(dispatch.recipient), "channel": .string(dispatch.channel.rawValue),
            "sent_at": .time(dispatch.sentAt), "proof": .optional(dispatch.proof), "sent_by": .string(sentBy),
        ])
    }
}
