public import AWS
public import Lake
public import TestSupport

/// A source as the battery sees it: its three values, and a world to play with.
///
/// A new source gets every check by one such value.
public struct SourceUnderTest: Sendable {
    /// Its bronze.
    public var bronze: any BronzeSource.Type
    /// Its silver.
    public var silver: SilverSource
    /// Its gold.
    public var gold: GoldSource
    /// A world in which nothing has happened yet; two of them answer alike.
    public var makeWorld: @Sendable () throws -> any World
    /// Silver tables that make other than one row of each record.
    public var tablesOfManyRows: Set<String>
    /// Columns that tell when an answer had arrived, by the clock of the one who asked.
    public var arrivalColumns: Set<String>
    /// A record's field as silver's quarantine calls it, and a type that an older release may have taken it for.
    public var misread: (table: String, column: String)
    /// What stands between the functions and the store; nothing but in twins that break a rule.
    public var wrapStore: @Sendable (MemoryObjectStore) -> any ObjectStore = { $0 }

    /// Its name.
    public var name: String { silver.name }

    /// Describes a source.
    ///
    /// - Parameters:
    ///   - bronze: Its bronze.
    ///   - silver: Its silver.
    ///   - gold: Its gold.
    ///   - tablesOfManyRows: Silver tables that make other than one row of each record.
    ///   - arrivalColumns: Columns that tell when an answer had arrived, by the clock of the one who asked.
    ///   - misread: A column of numbers that a release could take for truth values, so that it can type no row.
    ///   - makeWorld: A world in which nothing has happened yet; two of them answer alike.
    public init(
        bronze: any BronzeSource.Type, silver: SilverSource, gold: GoldSource,
        tablesOfManyRows: Set<String> = [],
        arrivalColumns: Set<String> = [], misread: (table: String, column: String),
        makeWorld: @escaping @Sendable () throws -> any World
    ) {
        self.bronze = bronze
        self.silver = silver
        self.gold = gold
        self.tablesOfManyRows = tablesOfManyRows
        self.arrivalColumns = arrivalColumns
        self.misread = misread
        self.makeWorld = makeWorld
    }
}
