public import LambdaRuntime

/// Why a function could not do its work: what it did, to what, why that failed, and what to do; one line.
///
/// Sources make further ones of their own. No message holds a secret or a value of a row.
public struct LakeError: Error, Equatable, CustomStringConvertible {
    /// The kind: letters only.
    public var kind: String
    /// One line: operation, subject, cause, what to do.
    public var description: String

    package init(_ kind: String, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

extension LakeError: ReportableError {
    /// The kind, as the platform counts it.
    public var errorType: String { "Function.\(kind)" }
}

extension LakeError {
    /// An environment variable is missing or cannot be used.
    package static func configuration(variable: String, problem: String) -> LakeError {
        LakeError(
            "Configuration",
            "read configuration \(variable) failed: \(problem); see Configuration in infra/README.md")
    }

    /// The event is understood but not for this function.
    package static func unexpectedEvent(layer: String, found: String, expected: String) -> LakeError {
        LakeError(
            "UnexpectedEvent",
            "\(layer) refused the event: it is \(found); expected \(expected)")
    }

    /// The event is about a source that is off, or that nobody knows.
    package static func unknownSource(_ name: String, layer: String, known: [String]) -> LakeError {
        let expected =
            switch known.count {
            case 0: "no source at all, since \(Variable.sources.name) says that none is on"
            case 1: "the source \(known[0])"
            default: "one of the sources \(known.joined(separator: ", "))"
            }
        return .unexpectedEvent(layer: layer, found: "about the source \(name)", expected: expected)
    }

    /// An object key in an event is not one that this function answers.
    package static func unexpectedKey(layer: String, key: String, expected: String) -> LakeError {
        LakeError(
            "UnexpectedKey",
            "\(layer) refused the object \(key): expected \(expected)")
    }

    /// An object of ours cannot be read.
    package static func unreadableObject(resource: String, expected: String, cause: String) -> LakeError {
        LakeError(
            "UnreadableObject",
            "read \(resource) failed: it is not a \(expected): \(cause); restore an earlier version of the object"
        )
    }

    /// A commit names an object that is not there.
    package static func missingObject(resource: String, namedBy: String) -> LakeError {
        LakeError(
            "MissingObject",
            "read \(resource) failed: \(namedBy) names it but it does not exist; restore it from the bucket's versions"
        )
    }

    /// A landed file, or the version of it that an event names, is not there.
    package static func missingFile(_ file: String) -> LakeError {
        LakeError(
            "MissingObject",
            "read \(file) failed: the event names it but it does not exist; the retry of this event reads it if it is only late, else put the file again"
        )
    }

    /// A landed file cannot be read to its end.
    package static func unreadableFile(_ file: String, cause: String) -> LakeError {
        LakeError(
            "UnreadableObject",
            "read \(file) failed: \(cause); none of it counts; put the file again: a newer version heals it")
    }

    /// A landed file is larger than its source takes.
    package static func fileTooLarge(_ file: String, sizeBytes: Int, limitBytes: Int) -> LakeError {
        LakeError(
            "FileTooLarge",
            "read \(file) failed: it has \(sizeBytes) bytes, more than \(limitBytes); none of it counts; put it again in smaller files"
        )
    }

    /// Every run id that a landed file can have is taken by another one.
    package static func runIDsTaken(_ file: String) -> LakeError {
        LakeError(
            "RunIDsTaken",
            "commit \(file) failed: other files have all of its run ids; put the file again, which gives it others"
        )
    }

    /// A commit names one version of an object and another is there.
    package static func otherVersion(resource: String, namedBy: String, expected: String, found: String)
        -> LakeError
    {
        LakeError(
            "OtherVersion",
            "read \(resource) failed: \(namedBy) names ETag \(expected), found \(found); restore that version"
        )
    }

    /// A part holds something that is not an exchange; line 0 is the part as a whole.
    package static func unreadablePart(resource: String, line: Int, cause: String) -> LakeError {
        LakeError(
            "UnreadablePart",
            "read \(resource)\(line > 0 ? " line \(line)" : "") failed: \(cause); restore an earlier version of the object, or delete it if its run is not committed: then it is read again"
        )
    }

    /// Rows are unaccounted for: a fault of ours, never of the data.
    package static func ledger(layer: String, table: String, counts: String) -> LakeError {
        LakeError(
            "Ledger",
            "\(layer) ledger of \(table) does not add up: \(counts); nothing was committed, please report this"
        )
    }

    /// Too many rows of one commit could not be typed.
    package static func schemaChanged(
        commit: String, table: String, quarantined: Int, read: Int, fields: [String]
    ) -> LakeError {
        LakeError(
            "SchemaChanged",
            "type \(table) of \(commit) failed: \(quarantined) of \(read) rows cannot be typed, in fields \(fields.joined(separator: ", ")); the API's schema seems to have changed, see the quarantine"
        )
    }

    /// Some of several commits could not be answered.
    package static func commitsFailed(layer: String, failures: [String], count: Int) -> LakeError {
        LakeError(
            "CommitsFailed",
            "\(layer) failed for \(failures.count) of \(count) commits, the others are done: \(failures.joined(separator: " | "))"
        )
    }

    /// Some of several runs could not be done.
    package static func runsFailed(_ failed: Int, of count: Int, failures: [String]) -> LakeError {
        LakeError(
            "RunsFailed",
            "bronze failed for \(failed) of \(count) files and runs, the others are done: \(failures.joined(separator: " | "))"
        )
    }

    /// The invocation ended before all landed files were read.
    package static func filesLeft(_ left: Int, of count: Int, failures: [String]) -> LakeError {
        LakeError(
            "TimeUp",
            "bronze did \(count - left) of \(count) files and runs before its time was up, \(left) are left; send the event again"
                + (failures.isEmpty ? "" : "; it failed for \(failures.joined(separator: " | "))"))
    }

    /// An event's time lies in the future.
    package static func futureTime(time: String, now: String) -> LakeError {
        LakeError(
            "FutureTime",
            "bronze refused the event: its time \(time) is more than a day after \(now), which would hide every run until then; expected the time that the run stands for"
        )
    }

    /// An object kept changing while it was to be replaced.
    package static func contention(resource: String, attempts: Int) -> LakeError {
        LakeError(
            "Contention",
            "replace \(resource) failed: it changed during each of \(attempts) attempts; the retry of this event will do it"
        )
    }

    /// A run was continued more often than any account can need.
    package static func tooManyContinuations(runID: String, count: Int) -> LakeError {
        LakeError(
            "TooManyContinuations",
            "continue run \(runID) failed: it has been continued \(count) times; look for an account that grows while it is read, or raise the function's time-out"
        )
    }

    /// An object of ours has a format of another release.
    package static func unknownFormat(resource: String, found: Int, known: Int) -> LakeError {
        LakeError(
            "UnknownFormat",
            "read \(resource) failed: it has format version \(found), this release knows \(known); deploy the release that wrote it to all three functions"
        )
    }

    /// A day's tables cannot be made because another commit of the day cannot be read.
    package static func dayBlocked(date: String, commit: String, cause: String) -> LakeError {
        LakeError(
            "DayBlocked",
            "replace the tables of \(date) failed: they need the day's commit \(commit) too: \(cause)")
    }

    /// A table that was made anew lacks the rows of commits that cannot be read.
    package static func rowsLacking(resource: String, failures: [String]) -> LakeError {
        LakeError(
            "RowsLacking",
            "make \(resource) anew failed in part: it lacks the rows of \(failures.joined(separator: " | ")); the next event brings in what is restored"
        )
    }

    /// A table's file cannot be read; unlike what bronze holds it can be made anew.
    package static func unreadableTable(resource: String, table: String, cause: String) -> LakeError {
        LakeError(
            "UnreadableTable",
            "read \(resource) failed: it is not a file of \(table): \(cause); let silver reprocess its day, which makes it anew"
        )
    }

    /// The invocation ended before all days were answered.
    package static func timeUp(layer: String, from: String, failures: [String]) -> LakeError {
        LakeError(
            "TimeUp",
            "\(layer) answered the days before \(from) before its time was up; reprocess from \(from)"
                + (failures.isEmpty ? "" : "; it failed for \(failures.joined(separator: " | "))"))
    }

    /// The invocation would have ended before a table was made anew.
    package static func rebuildTimeUp(resource: String, read: Int, count: Int) -> LakeError {
        LakeError(
            "RebuildTimeUp",
            "make \(resource) anew failed: the time was up after \(read) of up to \(count) commits; it is as it was; raise silver's time-out or memory and send the event again"
        )
    }
}
