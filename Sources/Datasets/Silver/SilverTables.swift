/// The tables of the silver layer.
public enum SilverTables {
    /// All of them.
    public static let all: [Table] = [
        DimMedia.table, FactMedia.table, FactMediaEngagement.table, FactVisitors.table,
    ]
}
