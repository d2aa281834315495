/// A question that analysts ask often, as Athena keeps it.
public struct NamedQuery: Sendable, Equatable {
    /// Lower-case words with underscores between them; the catalog puts the source's name before it.
    public var name: String
    /// What it answers, in one sentence.
    public var question: String
    /// The statement, over tables by their names in the catalog, `<source>_<table>`.
    public var sql: String

    package init(_ name: String, _ question: String, sql: String) {
        self.name = name
        self.question = question
        self.sql = sql
    }
}
