// Writes Parquet files of every kind for Tests/EndToEnd/parquet_matrix.py, which reads them with other engines.
//
// Usage: parquet-matrix FOLDER [ROWS]    ROWS of the large files; 1000000 when left out, 0 for none

import Foundation

let arguments = CommandLine.arguments
guard arguments.count >= 2, let largeRowCount = Int(arguments.count > 2 ? arguments[2] : "1000000") else {
    FileHandle.standardError.write(Data("usage: parquet-matrix FOLDER [ROWS]\n".utf8))
    exit(2)
}
var writer = try MatrixWriter(folder: URL(filePath: arguments[1]))
try writer.write(largeRowCount: largeRowCount)
