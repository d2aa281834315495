import Lake
import Tables

/// A CloudFormation template of the Glue tables and the Athena queries of some sources.
struct CatalogTemplate {
    var sources: [CatalogSource]

    /// The template as YAML.
    var text: String {
        head
            + sources.map { "  \(condition(of: $0)): !Equals [!Ref \(switchName(of: $0)), \"on\"]\n" }
            .joined()
            + database + sources.map(resources).joined() + outputs
    }

    // MARK: Frame

    private var head: String {
        """
        # Written by `swift run catalog` from the tables' declarations; do not edit. infra/README.md tells how to deploy it.
        AWSTemplateFormatVersion: "2010-09-09"
        Description: >-
          Medallion's tables for Athena: one Glue database, one Glue table for each table of silver and gold, and named queries.
          Athena computes where partitions lie, so that nobody has to register them.

        Parameters:
          SilverBucket:
            Type: String
            Description: Name of the silver bucket, the lake's output SilverBucketName.
            AllowedPattern: "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
          GoldBucket:
            Type: String
            Description: Name of the gold bucket, the lake's output GoldBucketName.
            AllowedPattern: "^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
          DatabaseName:
            Type: String
            Description: Name of the Glue database.
            Default: medallion
            AllowedPattern: "^[a-z0-9_]{1,255}$"
          FirstDate:
            Type: String
            Description: The first day of which queries look for objects; earlier ones are not seen.
            Default: "2026-01-01"
            AllowedPattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
          WorkGroup:
            Type: String
            Description: Athena's work group of the named queries.
            Default: primary
            AllowedPattern: "^[a-zA-Z0-9._-]{1,128}$"
        \(sources.map(sourceSwitch).joined())
        Conditions:

        """
    }

    private func sourceSwitch(_ source: CatalogSource) -> String {
        """
          \(switchName(of: source)):
            Type: String
            Description: Whether the tables of the source \(source.name) are there.
            Default: "on"
            AllowedValues: ["on", "off"]

        """
    }

    private var database: String {
        """

        Resources:
          Database:
            Type: AWS::Glue::Database
            Properties:
              CatalogId: !Ref AWS::AccountId
              DatabaseInput:
                Name: !Ref DatabaseName
                Description: Medallion's typed tables (silver) and answers (gold).

        """
    }

    private var outputs: String {
        """

        Outputs:
          DatabaseName:
            Description: Database to choose in Athena.
            Value: !Ref Database

        """
    }

    private func switchName(of source: CatalogSource) -> String { "\(source.title)Source" }
    private func condition(of source: CatalogSource) -> String { "Has\(source.title)" }

    /// A name for a resource: letters and digits.
    private func logicalName(_ source: CatalogSource, _ name: String) -> String {
        let words = name.split(separator: "_").map { $0.prefix(1).uppercased() + $0.dropFirst() }
        return source.title + words.joined()
    }

    // MARK: Resources

    private func resources(of source: CatalogSource) -> String {
        source.tables.map { table($0, of: source) }.joined()
            + source.gold.queries.map { query($0, of: source) }.joined()
    }

    private func table(_ table: Table, of source: CatalogSource) -> String {
        let glue = GlueTable(table, of: source.name)
        let bucket = table.layer == .silver ? "SilverBucket" : "GoldBucket"
        let folder = "s3://${\(bucket)}/\(ObjectLayout.tablePrefix(source: source.name, table: table.name))"
        var parameters = ["classification: parquet"]
        if !glue.partitionKeys.isEmpty {
            let path = table.partitioning.path { "${!\($0)}" }
            parameters.append("projection.enabled: \"true\"")
            parameters += glue.partitionKeys.flatMap { projection($0.column.name, $0.projection) }
            parameters.append("storage.location.template: !Sub \(quoted("\(folder)\(path)/"))")
        }
        let keys = glue.partitionKeys.map { line($0.column) }
        let partitionKeys = keys.isEmpty ? " []" : "\n" + list(keys, indentation: 10)
        return """

              \(logicalName(source, table.name))Table:
                Type: AWS::Glue::Table
                Condition: \(condition(of: source))
                Properties:
                  CatalogId: !Ref AWS::AccountId
                  DatabaseName: !Ref Database
                  TableInput:
                    Name: \(glue.name)
                    Description: \(quoted(glue.description))
                    TableType: EXTERNAL_TABLE
                    Parameters:
            \(list(parameters, indentation: 10, mark: ""))
                    PartitionKeys:\(partitionKeys)
                    StorageDescriptor:
                      Location: !Sub \(quoted(folder))
                      InputFormat: org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat
                      OutputFormat: org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat
                      SerdeInfo:
                        SerializationLibrary: org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe
                        Parameters: {serialization.format: "1"}
                      Columns:
            \(list(glue.columns.map(line), indentation: 12))

            """
    }

    private func projection(_ column: String, _ projection: GlueTable.Projection) -> [String] {
        let name = "projection.\(column)"
        switch projection {
        case .date(let daysAhead):
            let last = daysAhead == 0 ? "NOW" : "NOW+\(daysAhead)DAYS"
            return [
                "\(name).type: date", "\(name).format: yyyy-MM-dd",
                "\(name).range: !Sub \"${FirstDate},\(last)\"",
                "\(name).interval: \"1\"", "\(name).interval.unit: DAYS",
            ]
        case .integer(let range, let interval, let digits):
            return [
                "\(name).type: integer", "\(name).range: \"\(range.lowerBound),\(range.upperBound)\"",
                "\(name).interval: \"\(interval)\"", "\(name).digits: \"\(digits)\"",
            ]
        }
    }

    private func query(_ query: NamedQuery, of source: CatalogSource) -> String {
        let lines = query.sql.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        return """

              \(logicalName(source, query.name))Query:
                Type: AWS::Athena::NamedQuery
                Condition: \(condition(of: source))
                Properties:
                  Database: !Ref Database
                  WorkGroup: !Ref WorkGroup
                  Name: \(source.name)_\(query.name)
                  Description: \(quoted(query.question))
                  QueryString: |
            \(list(lines, indentation: 8, mark: ""))

            """
    }

    // MARK: YAML

    private func line(_ column: GlueTable.Column) -> String {
        "{Name: \(plain(column.name)), Type: \(plain(column.type)), Comment: \(quoted(column.comment))}"
    }

    private func list(_ lines: [String], indentation: Int, mark: String = "- ") -> String {
        lines.map { String(repeating: " ", count: indentation) + mark + $0 }.joined(separator: "\n")
    }

    /// A word as it is, and anything that YAML would take for something else in quotes.
    private func plain(_ text: String) -> String {
        let taken: Set<String> = ["on", "off", "yes", "no", "y", "n", "true", "false", "null"]
        let isWord =
            text.allSatisfy { $0.isLetter || $0.isNumber || $0 == "_" } && text.first?.isLetter == true
        return isWord && !taken.contains(text.lowercased()) ? text : quoted(text)
    }

    private func quoted(_ text: String) -> String {
        "\"\(text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }
}
