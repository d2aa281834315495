import Synchronization

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where whole lines go, each in one write(2), one after the other, so that lines of several threads cannot mix.
///
/// stdio would hold lines back when the output is no terminal, and lose them when the sandbox is killed. A line that cannot
/// be written is lost, and nothing else happens.
public enum LineOutput {
    /// How long a line waits for room, where the descriptor does not wait by itself.
    private static let waitMaximumMilliseconds: Int32 = 100

    // A pipe keeps writes apart only up to PIPE_BUF, 4,096 bytes.
    private static let turn = Mutex(())

    /// Makes sure that lines which cannot be written harm nothing; to be called before anything is opened.
    ///
    /// The number of a closed standard descriptor would go to the next socket, and lines into it. A write to a pipe that
    /// nobody reads would end the process.
    public static func prepareProcess() {
        signal(SIGPIPE, SIG_IGN)
        // In rising order, since open(2) takes the lowest number that is free.
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) == -1 {
            _ = open("/dev/null", O_RDWR)
        }
    }

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
        turn.withLock { _ in bytes.withUnsafeBytes { write($0, to: descriptor) } }
    }

    private static func write(_ buffer: UnsafeRawBufferPointer, to descriptor: Int32) {
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
                if count < 0, errno == EINTR || errno == EAGAIN && isWritable(descriptor) {
                    continue
                }
                // There is nowhere to say that nothing can be said.
                return
            }
            rest = rest.dropFirst(count)
        }
    }

    private static func isWritable(_ descriptor: Int32) -> Bool {
        var state = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        return poll(&state, 1, waitMaximumMilliseconds) == 1
    }
}
