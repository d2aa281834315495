public import HTTP

/// One number that CloudWatch is to keep.
public struct Metric: Sendable, Equatable {
    /// CloudWatch's unit; the cases are those that we use.
    public enum Unit: String, Sendable {
        /// A number of things.
        case count = "Count"
        /// Bytes.
        case bytes = "Bytes"
        /// Seconds.
        case seconds = "Seconds"
        /// Milliseconds.
        case milliseconds = "Milliseconds"
        /// A share of a hundred.
        case percent = "Percent"
    }

    /// The metric's name.
    public var name: String
    /// The value.
    public var value: Double
    /// The value's unit.
    public var unit: Unit

    /// Makes a metric.
    public init(_ name: String, _ value: Double, _ unit: Unit = .count) {
        self.name = name
        self.value = value
        self.unit = unit
    }
}

/// CloudWatch's embedded metric format: metrics that travel as log lines.
///
/// See https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html.
public enum Metrics {
    /// Makes a line for standard output.
    ///
    /// - Parameters:
    ///   - namespace: The metrics' namespace, 1…256 characters.
    ///   - dimensions: What the metrics are told apart by, at most 30; names differ from those of metrics.
    ///   - metrics: At most 100, with different names.
    ///   - time: When they were measured.
    /// - Returns: One JSON object, without a line end.
    public static func line(
        namespace: String, dimensions: KeyValuePairs<String, String>, metrics: [Metric], time: Timestamp
    ) -> [UInt8] {
        precondition(!namespace.isEmpty && namespace.count <= 256, "a namespace has 1…256 characters")
        precondition(
            dimensions.count <= 30 && metrics.count <= 100, "EMF takes 30 dimensions and 100 metrics")
        let definitions = metrics.map { metric in
            var definition = JSONObjectWriter()
            definition.append("Name", metric.name)
            definition.append("Unit", metric.unit.rawValue)
            return definition.finish()
        }
        var directive = JSONObjectWriter()
        directive.append("Namespace", namespace)
        directive.append(
            "Dimensions",
            json: JSONObjectWriter.array([
                JSONObjectWriter.array(dimensions.map { JSONObjectWriter.string($0.key) })
            ]))
        directive.append("Metrics", json: JSONObjectWriter.array(definitions))
        var header = JSONObjectWriter()
        header.append("Timestamp", time.millisecondsSinceEpoch)
        header.append("CloudWatchMetrics", json: JSONObjectWriter.array([directive.finish()]))
        var line = JSONObjectWriter()
        line.append("_aws", json: header.finish())
        for (name, value) in dimensions {
            line.append(name, value)
        }
        for metric in metrics {
            line.append(metric.name, metric.value)
        }
        return line.finish()
    }
}
