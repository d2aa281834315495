public import LambdaRuntime

/// Why a stage could not do its work; each says what to do.
public enum PipelineError: Error, Equatable, CustomStringConvertible {
    /// An environment variable is missing or cannot be used.
    case configuration(variable: String, problem: String)
    /// The event is understood but not for this function.
    case unexpectedEvent(layer: String, found: String, expected: String)
    /// An object key in an event is not one that this function answers.
    case unexpectedKey(layer: String, key: String, expected: String)
    /// An object of ours cannot be read.
    case unreadableObject(resource: String, expected: String, cause: String)
    /// A commit names an object that is not there.
    case missingObject(resource: String, namedBy: String)
    /// A commit names one version of an object and another is there.
    case otherVersion(resource: String, namedBy: String, expected: String, found: String)
    /// The API answered a page that is no page.
    case unexpectedAnswer(subject: String, found: String)
    /// A part holds something that is not an exchange; line 0 is the part as a whole.
    case unreadablePart(resource: String, line: Int, cause: String)
    /// Rows are unaccounted for: a fault of ours, never of the data.
    case ledger(layer: String, table: String, counts: String)
    /// Too many rows of one commit could not be typed.
    case schemaChanged(commit: String, table: String, quarantined: Int, read: Int, fields: [String])
    /// The parts of a run leave pages out.
    case pagesMissing(runID: String, pages: String)
    /// Some of several commits could not be answered.
    case commitsFailed(layer: String, failures: [String], count: Int)
    /// An event's time lies in the future.
    case futureTime(time: String, now: String)
    /// An object kept changing while it was to be replaced.
    case contention(resource: String, attempts: Int)
    /// A run was continued more often than any account can need.
    case tooManyContinuations(runID: String, count: Int)
    /// An object of ours has a format of another release.
    case unknownFormat(resource: String, found: Int, known: Int)
    /// The API answers several pages with the same bytes.
    case endlessList(subject: String)
    /// A day's tables cannot be made because another commit of the day cannot be read.
    case dayBlocked(date: String, commit: String, cause: String)
    /// A table that was made anew lacks the rows of commits that cannot be read.
    case rowsLacking(resource: String, failures: [String])
    /// A table's file cannot be read; unlike what bronze holds it can be made anew.
    case unreadableTable(resource: String, table: String, cause: String)
    /// The invocation ended before all days were answered.
    case timeUp(layer: String, from: String, failures: [String])
    /// The invocation would have ended before a table was made anew.
    case rebuildTimeUp(resource: String, read: Int, count: Int)

    /// One line: operation, subject, cause, what to do.
    public var description: String {
        switch self {
        case .configuration(let variable, let problem):
            "read configuration \(variable) failed: \(problem); see Configuration in infra/README.md"
        case .unexpectedEvent(let layer, let found, let expected):
            "\(layer) refused the event: it is \(found); expected \(expected)"
        case .unexpectedKey(let layer, let key, let expected):
            "\(layer) refused the object \(key): expected \(expected)"
        case .unreadableObject(let resource, let expected, let cause):
            "read \(resource) failed: it is not a \(expected): \(cause); restore an earlier version of the object"
        case .missingObject(let resource, let namedBy):
            "read \(resource) failed: \(namedBy) names it but it does not exist; restore it from the bucket's versions"
        case .otherVersion(let resource, let namedBy, let expected, let found):
            "read \(resource) failed: \(namedBy) names ETag \(expected), found \(found); restore that version"
        case .unexpectedAnswer(let subject, let found):
            "read \(subject) failed: the answer is a JSON \(found), not an array; the same event goes on from there, and if it stays so, the API has changed"
        case .commitsFailed(let layer, let failures, let count):
            "\(layer) failed for \(failures.count) of \(count) commits, the others are done: \(failures.joined(separator: " | "))"
        case .futureTime(let time, let now):
            "bronze refused the event: its time \(time) is more than a day after \(now), which would hide every run until then; expected the time that the run stands for"
        case .unreadablePart(let resource, let line, let cause):
            "read \(resource)\(line > 0 ? " line \(line)" : "") failed: \(cause); restore an earlier version of the object, or delete it if its run is not committed: then it is read again"
        case .ledger(let layer, let table, let counts):
            "\(layer) ledger of \(table) does not add up: \(counts); nothing was committed, please report this"
        case .schemaChanged(let commit, let table, let quarantined, let read, let fields):
            "type \(table) of \(commit) failed: \(quarantined) of \(read) rows cannot be typed, in fields \(fields.joined(separator: ", ")); the API's schema seems to have changed, see the quarantine"
        case .pagesMissing(let runID, let pages):
            "commit run \(runID) failed: its parts leave out pages \(pages); start the run again with the same event"
        case .contention(let resource, let attempts):
            "replace \(resource) failed: it changed during each of \(attempts) attempts; the retry of this event will do it"
        case .tooManyContinuations(let runID, let count):
            "continue run \(runID) failed: it has been continued \(count) times; look for an account that grows while it is read, or raise the function's time-out"
        case .unknownFormat(let resource, let found, let known):
            "read \(resource) failed: it has format version \(found), this release knows \(known); deploy the release that wrote it to all three functions"
        case .dayBlocked(let date, let commit, let cause):
            "replace the tables of \(date) failed: they need the day's commit \(commit) too: \(cause)"
        case .rowsLacking(let resource, let failures):
            "make \(resource) anew failed in part: it lacks the rows of \(failures.joined(separator: " | ")); the next event brings in what is restored"
        case .unreadableTable(let resource, let table, let cause):
            "read \(resource) failed: it is not a file of \(table): \(cause); let silver reprocess its day, which makes it anew"
        case .timeUp(let layer, let from, let failures):
            "\(layer) answered the days before \(from) before its time was up; reprocess from \(from)"
                + (failures.isEmpty ? "" : "; it failed for \(failures.joined(separator: " | "))")
        case .rebuildTimeUp(let resource, let read, let count):
            "make \(resource) anew failed: the time was up after \(read) of up to \(count) commits; it is as it was; raise silver's time-out or memory and send the event again"
        case .endlessList(let subject):
            "read \(subject) failed: the answer holds what the page before holds, so that the list would never end; check that the base URL is the API's, and if it is, the API has changed"
        }
    }
}

extension PipelineError: ReportableError {
    /// The case, as the platform counts it.
    public var errorType: String {
        switch self {
        case .configuration: "Function.Configuration"
        case .unexpectedEvent: "Function.UnexpectedEvent"
        case .unexpectedKey: "Function.UnexpectedKey"
        case .unreadableObject: "Function.UnreadableObject"
        case .missingObject: "Function.MissingObject"
        case .otherVersion: "Function.OtherVersion"
        case .unexpectedAnswer: "Function.UnexpectedAnswer"
        case .commitsFailed: "Function.CommitsFailed"
        case .futureTime: "Function.FutureTime"
        case .unreadablePart: "Function.UnreadablePart"
        case .ledger: "Function.Ledger"
        case .schemaChanged: "Function.SchemaChanged"
        case .pagesMissing: "Function.PagesMissing"
        case .contention: "Function.Contention"
        case .tooManyContinuations: "Function.TooManyContinuations"
        case .unknownFormat: "Function.UnknownFormat"
        case .endlessList: "Function.EndlessList"
        case .dayBlocked: "Function.DayBlocked"
        case .rowsLacking: "Function.RowsLacking"
        case .unreadableTable: "Function.UnreadableTable"
        case .timeUp: "Function.TimeUp"
        case .rebuildTimeUp: "Function.RebuildTimeUp"
        }
    }
}
