import Foundation
import HTTP
import LambdaRuntime
import Logging
import Synchronization
import TestSupport
import Testing

struct LambdaLogHandlerTests {
    private struct Broken: Error, CustomStringConvertible {
        var description: String { "it \"broke\"\nbadly" }
    }

    private final class Lines: Sendable {
        let all = Mutex<[String]>([])
    }

    private let lines = Lines()

    private func make(_ format: LogConfiguration.Format, level: Logger.Level = .trace) -> Logger {
        let lines = lines
        let handler = LambdaLogHandler(
            label: "bronze", configuration: LogConfiguration(format: format, level: level),
            time: VirtualTimeSource()
        ) { line in
            lines.all.withLock { $0.append(String(decoding: line, as: UTF8.self)) }
        }
        return Logger(label: "bronze", factory: { _ in handler })
    }

    private var line: String { lines.all.withLock { $0.first ?? "" } }

    @Test func `writes JSON with the platform's keys`() {
        var logger = make(.json)
        logger[metadataKey: "run"] = "r\u{1}"
        let invocation = Invocation(
            requestID: "id-1", deadline: VirtualTimeSource().now(), traceID: "Root=1", body: [])
        Invocation.$current.withValue(invocation) {
            logger.error("a\nb", error: Broken(), metadata: ["pages": "3", "list": ["x", ["k": "v"]]])
        }
        #expect(
            line
                == #"{"timestamp":"2026-01-08T02:00:00.000Z","level":"ERROR","requestId":"id-1","message":"a\nb","errorType":"Broken","errorMessage":"it \"broke\"\nbadly","logger":"bronze","traceId":"Root=1","metadata":{"list":["x",{"k":"v"}],"pages":"3","run":"r\u0001"}}"#
        )
        #expect((try? JSONSerialization.jsonObject(with: Data(line.utf8))) != nil)
    }

    @Test func `writes text on one line`() {
        make(.text).warning("a\nb", error: Broken(), metadata: ["k": "v"])
        #expect(
            line == #"2026-01-08T02:00:00.000Z WARN a\nb Broken: it "broke"\nbadly logger=bronze k=v"#)
    }

    @Test func `writes request and trace id as text`() {
        let invocation = Invocation(
            requestID: "id-1", deadline: VirtualTimeSource().now(), traceID: "Root=1", body: [])
        Invocation.$current.withValue(invocation) {
            make(.text).info("a", metadata: ["k": "v"])
        }
        #expect(line == "2026-01-08T02:00:00.000Z INFO id-1 a logger=bronze traceId=Root=1 k=v")
    }

    @Test(arguments: [
        (Logger.Level.trace, "TRACE"), (.debug, "DEBUG"), (.info, "INFO"), (.notice, "INFO"),
        (.warning, "WARN"),
        (.error, "ERROR"), (.critical, "FATAL"),
    ])
    func `names levels as Lambda does`(level: Logger.Level, name: String) {
        make(.text).log(level: level, "x")
        #expect(line == "2026-01-08T02:00:00.000Z \(name) x logger=bronze")
    }

    @Test func `writes nothing below its level`() {
        make(.text, level: .warning).info("x")
        #expect(line.isEmpty)
    }

    @Test(
        arguments: [
            ([:], LogConfiguration.Format.text, Logger.Level.info),
            (
                ["AWS_LAMBDA_LOG_FORMAT": "JSON", "AWS_LAMBDA_LOG_LEVEL": "WARN", "LOG_LEVEL": "debug"],
                .json, .warning
            ),
            (["AWS_LAMBDA_LOG_FORMAT": "Json", "LOG_LEVEL": "debug"], .json, .debug),
            (
                ["AWS_LAMBDA_LOG_FORMAT": "Text", "AWS_LAMBDA_LOG_LEVEL": "WARN", "LOG_LEVEL": "debug"],
                .text, .debug
            ),
            (["AWS_LAMBDA_LOG_FORMAT": "TEXT", "AWS_LAMBDA_LOG_LEVEL": "fatal"], .text, .critical),
            (["LOG_LEVEL": "loud", "AWS_LAMBDA_LOG_LEVEL": "error"], .text, .error),
            (["LOG_LEVEL": "loud"], .text, .info),
        ] as [([String: String], LogConfiguration.Format, Logger.Level)])
    func `reads the platform's log settings`(
        environment: [String: String], format: LogConfiguration.Format, level: Logger.Level
    ) {
        #expect(LogConfiguration(environment: environment) == LogConfiguration(format: format, level: level))
    }

    @Test func `writes embedded metrics on one line`() {
        let line = Metrics.line(
            namespace: "Medallion", dimensions: ["Function": "bronze"],
            metrics: [Metric("Rows", 24), Metric("Duration", 1.5, .seconds), Metric("Odd", .nan)],
            time: VirtualTimeSource().now())
        #expect(
            String(decoding: line, as: UTF8.self)
                == #"{"_aws":{"Timestamp":1767837600000,"CloudWatchMetrics":[{"Namespace":"Medallion","Dimensions":[["Function"]],"Metrics":[{"Name":"Rows","Unit":"Count"},{"Name":"Duration","Unit":"Seconds"},{"Name":"Odd","Unit":"Count"}]}]},"Function":"bronze","Rows":24,"Duration":1.5,"Odd":null}"#
        )
    }
}
