/// A line of comma-separated values (RFC 4180).
///
/// A quoted field that holds a line break is not one line, and so not read here.
package enum CSVLine {
    /// The fields of a line without its line break.
    ///
    /// - Parameters:
    ///   - line: The line; a carriage return at its end is no part of it.
    ///   - separator: What stands between fields.
    /// - Returns: The fields, quotes resolved; nil where a quote is not closed, or something follows a closing one.
    package static func fields(
        _ line: UnsafeRawBufferPointer, separator: UInt8 = UInt8(ascii: ",")
    ) -> [[UInt8]]? {
        var fields: [[UInt8]] = []
        var field: [UInt8] = []
        let quote = UInt8(ascii: "\"")
        let end = line.last == UInt8(ascii: "\r") ? line.count - 1 : line.count
        var position = 0
        while true {
            if position < end, line[position] == quote {
                position += 1
                while true {
                    guard position < end else { return nil }
                    if line[position] != quote {
                        field.append(line[position])
                    } else if position + 1 < end, line[position + 1] == quote {
                        field.append(quote)
                        position += 1
                    } else {
                        break
                    }
                    position += 1
                }
                position += 1
                guard position == end || line[position] == separator else { return nil }
            } else {
                while position < end, line[position] != separator {
                    field.append(line[position])
                    position += 1
                }
            }
            fields.append(field)
            field.removeAll(keepingCapacity: true)
            guard position < end else { return fields }
            position += 1
        }
    }
}
