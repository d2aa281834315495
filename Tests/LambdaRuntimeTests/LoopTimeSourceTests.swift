import HTTP
import LambdaRuntime
import Testing

struct LoopTimeSourceTests {
    @Test func `wakes a sleeper after its time`() async throws {
        let time = LoopTimeSource()
        let start = time.now()
        try await time.sleep(seconds: 0.01)
        #expect(time.now().seconds(since: start) >= 0.009)
    }

    @Test(arguments: [0.0, -1, 1e300])
    func `heeds cancellation before and during a sleep`(seconds: Double) async {
        let task = Task { try await LoopTimeSource().sleep(seconds: seconds) }
        task.cancel()
        let result = await task.result
        if seconds > 0 {
            #expect(throws: CancellationError.self) { try result.get() }
        }
        let late = Task {
            withUnsafeCurrentTask { $0?.cancel() }
            try await LoopTimeSource().sleep(seconds: seconds)
        }
        await #expect(throws: CancellationError.self) { try await late.value }
    }
}
