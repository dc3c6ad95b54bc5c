import Incidents
import Trust

/// A report as one JSON document: the numbers with their origin, and the tables as printed.
public enum JSONRenderer {
    public static func json(of document: ReportDocument) -> JSONValue {
        let official = OfficialText(document)
        var object: [String: JSONValue] = [
            "schema": .string(document.form == "weekly" ? "vonggac-weekly/1" : "vonggac-report/1"), "form": .string(document.form),
            "language": .string(document.language.rawValue), "kind": .string(document.kind), "title": .string(document.plainTitle),
            "draft": .optional(document.draftNote),
            "number": .optional(document.number), "date": document.date.map { .string(LocalTime.iso($0)) } ?? .null,
            "issuer": .string(document.letterhead.name), "parent": .optional(document.letterhead.parent),
            "addressees": .array(document.addressees.map { .string($0) }), "copies": .array(document.copies.map { .string($0) }),
            "basis": .array(document.basis.map { .string($0) }),
            "signature": .object([
                "lines": .array(document.signature.lines.map { .string($0) }), "name": .string(document.signature.name),
            ]), "metrics": json(of: document.metrics),
            "sections": .array(
                document.sections.map { section in
                    .object([
                        "number": .string(section.number), "heading": .string(section.heading), "appendix": .bool(section.isAppendix),
                        "blocks": .array(section.blocks.compactMap { json($0, official) }),
                    ])
                }),
            "provenance": .array(document.provenance.map { .object(["name": .string($0.name), "value": .string($0.value)]) }),
        ]
        if !document.fields.isEmpty { object["fields"] = .array(document.fields.map { json($0, official) }) }
        return .object(object)
    }

    private static func json(_ field: FilledField, _ official: OfficialText) -> JSONValue {
        var object: [String: JSONValue] = [
            "key": .string(field.key), "label": .string(field.label), "required": .bool(field.isRequired),
        ]
        switch field.value {
        case .text(let text): object["value"] = .string(text)
        case .choices(let choices):
            object["chosen"] = .array(choices.filter(\.isChosen).map { .string($0.code) })
            object["choices"] = .array(choices.map { .object(["code": .string($0.code), "label": .string($0.label)]) })
        case .missing: object["missing"] = true
        case .blank: object["value"] = .null
        }
        return .object(object)
    }

    static func json(of metrics: [Metric]) -> JSONValue {
        .array(
            metrics.map { metric in
                .object([
                    "code": .string(metric.code), "name_vi": .string(metric.name.vietnamese), "name_en": .string(metric.name.english),
                    "method_vi": .string(metric.method.vietnamese), "method_en": .string(metric.method.english),
                    "values": .array(
                        metric.values.map { value in
                            var object: [String: JSONValue] = [
                                "key": .string(value.key), "incidents": .array(value.incidents.map { .string($0.description) }),
                            ]
                            if let label = value.label {
                                object["label_vi"] = .string(label.vietnamese)
                                object["label_en"] = .string(label.english)
                            }
                            switch value.amount {
                            case .count(let count): object["count"] = .integer(Int64(count))
                            case .share(let share): object["share"] = .number(share)
                            case .seconds(let seconds): object["seconds"] = .number(seconds)
                            case .text(let text): object["text"] = .string(text)
                            case .missing: object["missing"] = true
                            }
                            return .object(object)
                        }),
                ])
            })
    }

    private static func json(_ block: Block, _ official: OfficialText) -> JSONValue? {
        switch block {
        case .paragraph(let text): .object(["paragraph": .string(text)])
        case .subheading(let text): .object(["subheading": .string(text)])
        case .facts(let facts):
            .object(["facts": .array(facts.map { .object(["name": .string($0.name), "value": .string($0.value)]) })])
        case .fields(let fields): .object(["fields": .array(fields.map { json($0, official) })])
        case .list(let items): .object(["list": .array(items.map { .string($0) })])
        case .table(let table):
            .object([
                "table": .string(table.caption), "columns": .array(table.columns.map { .string($0.heading) }),
                "rows": .array(table.rows.map { .array($0.map { .string($0) }) }),
            ])
        case .bars(let chart):
            .object([
                "chart": .string(chart.title),
                "bars": .array(
                    chart.bars.map {
                        .object(["label": .string($0.label), "values": .array([.integer(Int64($0.first)), .integer(Int64($0.second))])])
                    }),
            ])
        case .columns(let chart):
            .object([
                "chart": .string(chart.title),
                "columns": .array(
                    chart.columns.map {
                        .object(["label": .string($0.label), "values": .array([.integer(Int64($0.first)), .integer(Int64($0.second))])])
                    }),
            ])
        case .missing(let text): .object(["missing": .string(text)])
        case .blankLines: nil
        }
    }
}

extension JSONValue {
    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }
}
