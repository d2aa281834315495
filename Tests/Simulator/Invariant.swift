/// What holds after every run, and during it.
enum Invariant: String, Sendable {
    /// Everybody whom a run showed for certain is in fact_visitors with that activity or a later one.
    case nobodyLost = "nobody is lost"
    /// Whom the account deleted is not in fact_visitors after full crawls on two days.
    case deletedGone = "who was deleted leaves"
    /// fact_visitors holds nobody and nothing that the account did not show, and each visitor once.
    case nobodyInvented = "nobody is invented or doubled"
    /// Every day's tables of media have a row for each.
    case mediaKept = "no media is lost"
    /// Rows answered, kept, accepted, counted twice and quarantined add up in every commit.
    case ledger = "ledgers add up"
    /// The state never tells of a commit that is not there, and no watermark is later than the data.
    case watermark = "the watermark is never ahead"
    /// A commit lists parts that are there, and no part or commit of bronze ever changes.
    case parts = "what bronze wrote stays"
    /// Silver is what an undisturbed silver makes of bronze.
    case silver = "silver follows from bronze"
    /// Gold is what an undisturbed gold makes of silver.
    case gold = "gold follows from silver"
    /// No layer writes elsewhere than under its own prefixes.
    case places = "layers write in their places"
    /// No error speaks of damage that nobody did.
    case honestErrors = "errors tell the truth"
    /// Nobody works for an invocation that has returned: its process may be frozen, or serve another one.
    case noAfterlife = "nobody works after the end"
    /// A process keeps to the configured rate and to 64 requests in flight, whatever it serves.
    case budget = "requests keep to their budget"
    /// A bronze invocation that succeeds leaves its run's commit, or a continuation with a greater number.
    case handOver = "no run is left lying"
    /// Pages that lay in parts when an attempt looked are not asked for again.
    case thrift = "nothing is read twice"
    /// The first run, a run that was asked to, and one a week after the last full crawl read everything.
    case weekly = "full crawls are not put off"
    /// fact_visitors holds, of each visitor who is not deleted, the answer that counts, and nobody else.
    case answers = "rows are what was answered"
    /// Counters are filed under the day that they tell of, the last answer's of each media, and changes are their differences.
    case snapshots = "a day's counters are of that day"
    /// A commit is refused if too much of it cannot be typed, and then nothing of it is in any table.
    case refusal = "what is refused is in no table"
    /// Everything comes to an end once nothing goes wrong.
    case progress = "everything comes to an end"
}
