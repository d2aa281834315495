import LambdaRuntime

extension Event {
    /// What it is, in words, for the error of a function that it is not for.
    var name: String {
        switch self {
        case .schedule: "a schedule event"
        case .objectsCreated: "an object notification"
        case .manualRun: "a manual run"
        case .reprocess: "a reprocess event"
        case .reconcile: "a reconcile event"
        case .testEvent: "an S3 test event"
        }
    }
}
