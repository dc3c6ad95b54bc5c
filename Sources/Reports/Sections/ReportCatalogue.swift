/// The sections that templates choose from, by name.
enum ReportCatalogue {
    static let sections: [String: any ReportSection] = [
        "scope": ScopeSection(), "incidents": IncidentSection(), "targets": TargetSection(), "techniques": TechniqueSection(),
        "sources": SourceSection(), "changes": ChangeSection(), "deadlines": DeadlineSection(), "malware": MalwareSection(),
        "assessment": AssessmentSection(), "form05": FormAppendix(), "log": LogSection(),
    ]
}
