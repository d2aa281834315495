// Times this module's writer and reader for scripts/parquet-benchmark.py.
//
// Usage: parquet-benchmark FILE OUTPUT CODEC ENCODINGS
//
// Reads FILE once. Then, for each line on standard input, writes its rows to memory ("write") or reads OUTPUT from memory
// ("read"), and answers with a line: CPU seconds of this process and the size of OUTPUT in bytes. CODEC is none, snappy or
// zstd-LEVEL; ENCODINGS is automatic or plain.

import Foundation
import Parquet

/// CPU time of this process in seconds.
func cpuSeconds() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

let arguments = CommandLine.arguments
guard arguments.count == 5 else {
    FileHandle.standardError.write(
        Data("usage: parquet-benchmark FILE OUTPUT none|snappy|zstd-LEVEL automatic|plain\n".utf8))
    exit(2)
}
let source = try ParquetReader(Array(Data(contentsOf: URL(filePath: arguments[1]))))
let batch = try source.read()
var options = WriterOptions()
switch arguments[3].split(separator: "-", maxSplits: 1).map(String.init) {
case ["none"]: options.compression = .uncompressed
case ["snappy"]: options.compression = .snappy
case let words where words.count == 2 && words[0] == "zstd":
    options.compression = .zstd(level: Int(words[1]) ?? 3)
default:
    FileHandle.standardError.write(Data("unknown codec \(arguments[3])\n".utf8))
    exit(2)
}
if arguments[4] == "plain" {
    for field in source.schema.fields { options.columns[field.name] = ColumnOptions(encoding: .plain) }
}
var output: [UInt8] = []

@MainActor func answer(_ seconds: Double) {
    // Unlike print, it does not wait for a full buffer.
    FileHandle.standardOutput.write(Data("\(seconds) \(output.count)\n".utf8))
}

while let line = readLine() {
    let begin: Double
    switch line {
    case "write":
        begin = cpuSeconds()
        output = try ParquetFile.encode(schema: source.schema, batch: batch, options: options)
        let seconds = cpuSeconds() - begin
        try Data(output).write(to: URL(filePath: arguments[2]))
        answer(seconds)
    case "read":
        begin = cpuSeconds()
        let rows = try ParquetReader(output).read()
        let seconds = cpuSeconds() - begin
        precondition(rows == batch, "the rows are read that were written")
        answer(seconds)
    default: preconditionFailure("unknown command \(line)")
    }
}
