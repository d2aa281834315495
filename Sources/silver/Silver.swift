import Pipeline

/// The silver function's process.
@main
struct Silver {
    static func main() async {
        await Function.run("silver") { configuration, platform, logger in
            try SilverFunction(configuration: configuration, platform: platform, logger: logger).handle
        }
    }
}
