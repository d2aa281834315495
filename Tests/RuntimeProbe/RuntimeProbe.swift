import Foundation
import Lake
import LambdaRuntime
import Logging

/// A function that does what its event says, to see what the platform makes of it; linked as the bootstraps are.
///
/// `PROBE_START` names a file that says how its start fails, `throw`, `trap` or `exit`; it is removed, so that the next
/// start succeeds.
@main
struct RuntimeProbe {
    struct Command: Decodable {
        enum Action: String, Decodable {
            case answer, `throw`, trap, exit, sleep, hang, log
        }

        var action: Action
        /// How long the answer is; 0 answers with ``State``.
        var sizeBytes: Int?
        /// What is thrown or logged.
        var message: String?
    }

    struct State: Encodable {
        var processID: Int32
        var requestID: String?
        var traceID: String?
        var traceVariable: String?
    }

    struct Broken: ReportableError, CustomStringConvertible {
        var errorType: String { "Function.ProbeBroken" }
        var description: String
    }

    struct Box<Content>: Error {}

    static func main() async {
        await Function.run("runtime-probe") { _, _, logger in
            switch takeStartOrder() {
            case "throw": throw Broken(description: "start the probe failed: it was told to")
            case "trap": fatalError("told to trap")
            case "exit": _exit(3)
            default: return { event, _ in try await handle(event, logger) }
            }
        }
    }

    private static func handle(_ event: [UInt8], _ logger: Logger) async throws -> [UInt8] {
        let command = try JSONDecoder().decode(Command.self, from: Data(event))
        switch command.action {
        case .answer: break
        case .throw:
            guard let message = command.message else { throw Box<[Int]>() }
            throw Broken(description: message)
        case .trap: fatalError("told to trap")
        case .exit: _exit(7)
        case .sleep: try await Task.sleep(for: .seconds(600))
        case .hang:
            // Every thread of the concurrency pool, and none of them heeds its cancellation.
            await withTaskGroup { group in
                for _ in 0..<2 * ProcessInfo.processInfo.activeProcessorCount {
                    group.addTask { while variable("NEVER") == nil {} }
                }
            }
        case .log:
            for level in Logger.Level.allCases {
                logger.log(level: level, "\(command.message ?? level.rawValue)")
            }
        }
        if let sizeBytes = command.sizeBytes {
            return [UInt8(ascii: "\"")] + [UInt8](repeating: UInt8(ascii: "x"), count: sizeBytes - 2) + [
                UInt8(ascii: "\"")
            ]
        }
        return Array(
            try JSONEncoder().encode(
                State(
                    processID: getpid(), requestID: Invocation.current?.requestID,
                    traceID: Invocation.current?.traceID, traceVariable: variable("_X_AMZN_TRACE_ID"))))
    }

    private static func takeStartOrder() -> String? {
        guard let path = variable("PROBE_START"),
            let order = try? String(contentsOfFile: path, encoding: .utf8)
        else { return nil }
        unlink(path)
        return order
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
