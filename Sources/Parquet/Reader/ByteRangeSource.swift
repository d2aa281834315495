#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Where a file's bytes come from: an object store, a disk, memory.
public protocol ByteRangeSource: Sendable {
    /// Bytes of the whole file; must not change.
    var sizeBytes: Int { get }
    /// Reads some of the bytes; may be called by several tasks at once.
    ///
    /// - Parameter range: Not empty, and within the file.
    /// - Returns: As many bytes as the range has.
    /// - Throws: Whatever keeps the source from giving all of them.
    func read(_ range: Range<Int>) async throws -> [UInt8]
}

/// A file in memory.
public struct MemoryByteRangeSource: ByteRangeSource {
    private let bytes: [UInt8]

    /// Makes a source of the given bytes.
    public init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Bytes of the whole file.
    public var sizeBytes: Int { bytes.count }

    /// Copies some of the bytes.
    public func read(_ range: Range<Int>) -> [UInt8] { Array(bytes[range]) }
}

/// A file on disk, open until the last copy of the value is gone.
public struct FileByteRangeSource: ByteRangeSource {
    /// Why a file on disk could not be read.
    public struct Failure: Error, Sendable, Equatable, CustomStringConvertible {
        /// The file.
        public var path: String
        /// What the system said, as `errno`; nil when the file ended early.
        public var code: Int32?

        /// The message: one line.
        public var description: String {
            let cause = code.map { String(cString: strerror($0)) } ?? "it has become shorter"
            return "read \(path) failed: \(cause); check that the file is there and complete"
        }
    }

    private final class Descriptor: Sendable {
        let number: Int32

        init(_ number: Int32) {
            self.number = number
        }

        deinit {
            close(number)
        }
    }

    /// Bytes of the whole file, as it was when it was opened.
    public let sizeBytes: Int
    private let path: String
    private let descriptor: Descriptor

    /// Opens a file.
    ///
    /// - Parameter path: Where it is.
    /// - Throws: ``Failure``.
    public init(path: String) throws(Failure) {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { throw Failure(path: path, code: errno) }
        descriptor = Descriptor(number)
        let end = lseek(number, 0, SEEK_END)
        guard end >= 0 else { throw Failure(path: path, code: errno) }
        sizeBytes = Int(end)
        self.path = path
    }

    /// Reads some of the bytes.
    ///
    /// - Parameter range: Within the file.
    /// - Returns: The bytes.
    /// - Throws: ``Failure``.
    public func read(_ range: Range<Int>) throws(Failure) -> [UInt8] {
        var failure: Failure?
        let bytes = [UInt8](unsafeUninitializedCapacity: range.count) { buffer, count in
            while count < range.count {
                let target = UnsafeMutableRawBufferPointer(
                    rebasing: UnsafeMutableRawBufferPointer(buffer)[count...])
                let got = pread(
                    descriptor.number, target.baseAddress, range.count - count,
                    off_t(range.lowerBound + count))
                if got < 0, errno == EINTR { continue }
                guard got > 0 else {
                    failure = Failure(path: path, code: got < 0 ? errno : nil)
                    return
                }
                count += got
            }
        }
        if let failure { throw failure }
        return bytes
    }
}
