/// Declared in Incidents, because its rows carry it; the criteria are the profile's.
@_exported import enum Incidents.Severity
