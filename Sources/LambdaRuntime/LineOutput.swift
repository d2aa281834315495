#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where whole lines go, each in one write(2), so that lines of several threads cannot mix.
///
/// stdio would hold lines back when the output is no terminal, and lose them when the sandbox is killed.
public enum LineOutput {
    /// Writes a line to standard error.
    public static func standardError(_ line: [UInt8]) {
        write(line, to: STDERR_FILENO)
    }

    /// Writes a line to standard output.
    public static func standardOutput(_ line: [UInt8]) {
        write(line, to: STDOUT_FILENO)
    }

    private static func write(_ line: [UInt8], to descriptor: Int32) {
        let bytes = line + [UInt8(ascii: "\n")]
        bytes.withUnsafeBytes { buffer in
            var rest = UnsafeRawBufferPointer(buffer)[...]
            while !rest.isEmpty {
                let slice = UnsafeRawBufferPointer(rebasing: rest)
                #if canImport(Glibc)
                    let count = Glibc.write(descriptor, slice.baseAddress, slice.count)
                #elseif canImport(Musl)
                    let count = Musl.write(descriptor, slice.baseAddress, slice.count)
                #else
                    let count = Darwin.write(descriptor, slice.baseAddress, slice.count)
                #endif
                guard count > 0 else {
                    if count < 0, errno == EINTR {
                        continue
                    }
                    // There is nowhere to say that nothing can be said.
                    return
                }
                rest = rest.dropFirst(count)
            }
        }
    }
}
