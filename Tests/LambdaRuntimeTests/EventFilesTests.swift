import Foundation
import LambdaRuntime
import Testing

/// The samples in `events/`, as the functions understand them; `Tests/EndToEnd/test_events.py` sends them.
struct EventFilesTests {
    private static let folder = URL(filePath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "events")

    /// What a file is, by the end of its name; nil is refused before it reaches a layer.
    private static let kinds: [(suffix: String, kind: String?)] = [
        ("-schedule-rule", "schedule"), ("-schedule-rule-far-future", "schedule"),
        ("-schedule-scheduler", "schedule"), ("-schedule-scheduler-without-time", nil),
        ("-full-run", "manualRun"), ("-run-other-source", "manualRun"),
        ("-continuation", "objectsCreated"), ("-continuation-missing", "objectsCreated"),
        ("-s3-notification", "objectsCreated"), ("-s3-notification-encoded-key", "objectsCreated"),
        ("-s3-notification-two-records", "objectsCreated"), ("-s3-notification-no-commit", "objectsCreated"),
        ("-s3-notification-of-a-commit", "objectsCreated"),
        ("-s3-eventbridge", "objectsCreated"), ("-s3-eventbridge-other-bucket", "objectsCreated"),
        ("-s3-test-event", "testEvent"),
        ("-reprocess", "reprocess"), ("-reprocess-quarantined", "reprocess"), ("-reprocess-backwards", nil),
        ("-reconcile", "reconcile"), ("-reconcile-other-source", "reconcile"),
        ("-unknown", nil),
    ]

    private static func event(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: folder.appending(path: name)))
    }

    @Test func `every sample is what its name says`() throws {
        let names = try FileManager.default.contentsOfDirectory(atPath: EventFilesTests.folder.path).sorted()
        #expect(names.count > 30)
        for name in names {
            let stem = name.dropLast(".json".count)
            let layer = try #require(["bronze", "silver", "gold"].first { name.hasPrefix($0) }, "\(name)")
            let known = try #require(
                EventFilesTests.kinds.first { stem == layer + $0.suffix }, "no test knows events/\(name)")
            let bytes = try EventFilesTests.event(name)
            var kind: String?
            do throws(EventError) {
                let event = try Event.decode(bytes)
                kind = String(String(describing: event).prefix { $0.isLetter })
            } catch {
                #expect(error.description.contains("expected"))
            }
            #expect(kind == known.kind, "\(name)")
        }
    }

    @Test(arguments: ["silver", "gold"])
    func `an encoded key names the same object as the plain one`(layer: String) throws {
        let plain = try Event.decode(try EventFilesTests.event("\(layer)-s3-notification.json"))
        #expect(
            try Event.decode(try EventFilesTests.event("\(layer)-s3-notification-encoded-key.json")) == plain)
    }
}
