/// How often things go wrong in one run, as probabilities of 0…1; drawn from its seed.
struct FaultPlan: Sendable {
    /// A request to S3 is refused, broken off before or after its effect, or slow.
    var storage = 0.0
    /// A request to the API is refused, broken off, cut or slow.
    var api = 0.0
    /// An invocation dies on its way.
    var crash = 0.0
    /// A notification comes twice, late, or never.
    var notification = 0.0
    /// A notification after the first day is held up and comes with all others that are; who looks for lost ones is, too.
    var jam = 0.0
    /// A day's event comes on a later day, or once more.
    var delay = 0.0
    /// Answers about media come without a `Date`.
    var dateless = 0.0
    /// A bronze invocation has less time than it needs.
    var haste = 0.0
    /// Somebody asks for another run near a day's scheduled one.
    var extraRun = 0.0
    /// Somebody has days of silver or gold made anew while other work goes on.
    var reprocess = 0.0
    /// A function's process serves the next event, too, if it can.
    var warmth = 0.0
    /// Seconds that an answer of S3 takes at most; the slower, the more often two invocations meet.
    var storageSeconds = 0.1
    /// A write to S3 takes seconds until it is seen, so that whoever reads meanwhile works on what was there before.
    var stall = 0.0
    /// Seconds that an answer of the API takes: as observed, times this.
    var latencyScale = 1.0

    init(drawnFrom world: World) {
        storage = world.pick([0, 0.01, 0.03, 0.1])
        api = world.pick([0, 0.02, 0.1, 0.2])
        crash = world.pick([0, 0.2, 0.5])
        notification = world.pick([0, 0.1, 0.3])
        jam = world.pick([0, 0, 0.9])
        delay = world.pick([0, 0, 0.4, 0.8])
        dateless = world.pick([0, 0, 0, 1])
        haste = world.pick([0, 0, 0.5, 1])
        latencyScale = world.pick([0.1, 0.5, 1])
        storageSeconds = world.pick([0.1, 0.1, 1.5])
        stall = world.pick([0, 0, 0.3])
        extraRun = world.pick([0, 0, 0.5, 1])
        reprocess = 1
        warmth = world.pick([0, 0.5, 1])
    }
}
