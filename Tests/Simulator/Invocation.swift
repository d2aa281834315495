import HTTP

/// What ends an invocation's work after its process is gone.
struct Killed: Error {}

/// One call of a function; it can die at any moment at which it waits for the outside.
///
/// All that runs in a world runs on one thread, which is why this and the other classes here are used without locks.
final class Invocation: @unchecked Sendable {
    let layer: String
    let number: Int
    let start: Timestamp
    let deadline: Timestamp
    /// What its run stands for; nil in other layers.
    let runTime: Timestamp?
    /// How many steps it may take until it dies; nil lets it live.
    private var stepsLeft: Int?
    private(set) var isDead = false
    /// Whether its function has returned, so that nobody may work for it any more.
    private(set) var hasReturned = false
    /// How many of its requests went wrong.
    var faultCount = 0
    /// Pages of visitors that lay in its run's parts when it looked; nil before it does.
    private(set) var keptPages: Set<Int>?
    /// Where it looked for them.
    private(set) var partsPrefix = ""
    /// Pages of visitors that it was answered.
    private(set) var answeredPages: Set<Int> = []
    /// Its requests to the API that have no answer yet.
    var apiRequestsInFlight = 0

    init(
        layer: String, number: Int, start: Timestamp, deadline: Timestamp, runTime: Timestamp?,
        stepsLeft: Int?
    ) {
        self.layer = layer
        self.number = number
        self.start = start
        self.deadline = deadline
        self.runTime = runTime
        self.stepsLeft = stepsLeft
    }

    var name: String { "\(layer)#\(number)" }

    /// Notes which pages an attempt finds in parts; the first look counts.
    func noteKept(_ pages: Set<Int>, prefix: String) {
        guard keptPages == nil else { return }
        keptPages = pages
        partsPrefix = prefix
    }

    func noteAnswered(_ page: Int) { answeredPages.insert(page) }

    func kill() { isDead = true }

    func noteReturn() { hasReturned = true }

    /// Takes one step.
    func step() throws {
        if let left = stepsLeft {
            stepsLeft = left - 1
            if left <= 0 { isDead = true }
        }
        if isDead { throw Killed() }
    }
}
