import Foundation
import LambdaRuntime
import Testing

struct LineOutputTests {
    @Test func `writes each line at once to its descriptor`() async throws {
        let result = try await #require(
            processExitsWith: .success, observing: [\.standardErrorContent, \.standardOutputContent]
        ) {
            LineOutput.standardError(Array("one".utf8))
            LineOutput.standardOutput(Array("two".utf8))
            _exit(0)
        }
        #expect(String(decoding: result.standardErrorContent, as: UTF8.self).contains("one\n"))
        #expect(String(decoding: result.standardOutputContent, as: UTF8.self).contains("two\n"))
    }

    @Test(arguments: [0, 100, 100_000])
    func `writes a line by one write`(size: Int) async {
        // A socket of this kind keeps writes apart: what one read takes is what one write gave.
        await #expect(processExitsWith: .success) { [size] in
            var pair: [Int32] = [0, 0]
            let type = Int32(SOCK_SEQPACKET.rawValue)
            precondition(socketpair(AF_UNIX, type, 0, &pair) == 0 && dup2(pair[0], STDERR_FILENO) != -1)
            let line = [UInt8](repeating: UInt8(ascii: "x"), count: size)
            LineOutput.standardError(line)
            var packet = [UInt8](repeating: 0, count: size + 2)
            let count = read(pair[1], &packet, packet.count)
            precondition(Array(packet.prefix(count)) == line + [UInt8(ascii: "\n")])
        }
    }

    @Test func `waits for room where the descriptor does not`() async {
        await #expect(processExitsWith: .success) {
            var pair: [Int32] = [0, 0]
            precondition(pipe(&pair) == 0 && fcntl(pair[1], F_SETFL, O_NONBLOCK) == 0)
            precondition(dup2(pair[1], STDERR_FILENO) != -1)
            let reader = pair[0]
            let total = Task.detached {
                var chunk = [UInt8](repeating: 0, count: 4096)
                var total = 0
                while total < 1_000_001 {
                    total += read(reader, &chunk, chunk.count)
                }
                return total
            }
            LineOutput.standardError([UInt8](repeating: UInt8(ascii: "x"), count: 1_000_000))
            let count = await total.value
            precondition(count == 1_000_001)
        }
    }

    @Test(arguments: ["closed", "full", "unread", "stuck"])
    func `loses a line that cannot be written, and nothing else`(state: String) async {
        await #expect(processExitsWith: .success) { [state] in
            var pair: [Int32] = [0, 0]
            precondition(pipe(&pair) == 0)
            switch state {
            case "closed": close(STDERR_FILENO)
            case "full": dup2(open("/dev/full", O_WRONLY), STDERR_FILENO)
            case "unread":
                close(pair[0])
                dup2(pair[1], STDERR_FILENO)
            default:
                _ = fcntl(pair[1], F_SETFL, O_NONBLOCK)
                dup2(pair[1], STDERR_FILENO)
            }
            LineOutput.prepareProcess()
            precondition(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) > STDERR_FILENO)
            LineOutput.standardError([UInt8](repeating: UInt8(ascii: "x"), count: 1_000_000))
        }
    }
}
