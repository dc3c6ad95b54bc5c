/// The sections of the weekly report, in its order.
enum ReportCatalogue {
    static let weekly: [any ReportSection] = [
        ScopeSection(), IncidentSection(), TargetSection(), TechniqueSection(), SourceSection(), ChangeSection(), DeadlineSection(),
        MalwareSection(), AssessmentSection(), FormAppendix(),
    ]
}
