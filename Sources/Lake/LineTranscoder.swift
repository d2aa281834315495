public import Tables

/// Makes a JSON record of each line of a file that holds none.
public protocol LineTranscoder {
    /// Reads a line that is not blank.
    ///
    /// - Parameter line: The line without its line break.
    /// - Returns: A JSON object; nil for a line that is no row, such as a header.
    /// - Throws: `FieldError` when it is no line of the format.
    mutating func record(of line: UnsafeRawBufferPointer) throws(FieldError) -> [UInt8]?
}
