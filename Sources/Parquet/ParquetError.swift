/// Why a file could not be read or written, and where.
public struct ParquetError: Error, Sendable, Equatable, CustomStringConvertible {
    /// What went wrong, for callers that decide by it.
    public enum Kind: Sendable, Equatable {
        /// The file contradicts the format or itself.
        case corrupt
        /// The file is, or may be, sound but uses what this module does not read.
        case unsupported
        /// The file wants more memory than ``ReaderLimits`` allow.
        case limitExceeded
        /// The caller asked for something that cannot be.
        case invalidInput
    }

    /// What was being done.
    public enum Operation: String, Sendable, Equatable {
        /// A file was being read.
        case read
        /// A file was being written.
        case write
    }

    /// What went wrong, for callers that decide by it.
    public var kind: Kind
    /// What was being done.
    public var operation: Operation
    /// What went wrong, in words; never a value of a column.
    public var cause: String
    /// What the reader of the message can do.
    public var remedy: String
    /// The row group, from 0; nil when the whole file is meant.
    public var rowGroup: Int?
    /// The column's name; nil when no single column is meant.
    public var column: String?
    /// The page within the column chunk, from 0, dictionary page included; nil when no single page is meant.
    public var page: Int?

    /// The message: one line, `operation subject failed: cause; what to do`.
    public var description: String {
        var subject = "parquet"
        if let rowGroup { subject += " row group \(rowGroup)" }
        if let column { subject += " column \"\(column)\"" }
        if let page { subject += " page \(page)" }
        return "\(operation.rawValue) \(subject) failed: \(cause); \(remedy)"
    }

    static func corrupt(_ cause: String) -> ParquetError {
        ParquetError(
            kind: .corrupt, operation: .read, cause: cause,
            remedy: "the file is damaged, fetch or write it again")
    }

    static func unsupported(_ cause: String) -> ParquetError {
        ParquetError(
            kind: .unsupported, operation: .read, cause: cause,
            remedy: "rewrite the file with what Sources/Parquet/README.md lists")
    }

    static func limitExceeded(_ cause: String) -> ParquetError {
        ParquetError(
            kind: .limitExceeded, operation: .read, cause: cause,
            remedy: "raise ReaderLimits if the file can be trusted")
    }

    static func invalidInput(_ operation: Operation, _ cause: String, remedy: String) -> ParquetError {
        ParquetError(kind: .invalidInput, operation: operation, cause: cause, remedy: remedy)
    }

    /// The same error with the places filled in that it does not know yet.
    func located(rowGroup: Int? = nil, column: String? = nil, page: Int? = nil) -> ParquetError {
        var error = self
        error.rowGroup = error.rowGroup ?? rowGroup
        error.column = error.column ?? column
        error.page = error.page ?? page
        return error
    }
}
