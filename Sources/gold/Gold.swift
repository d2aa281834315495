import Pipeline

/// The gold function's process.
@main
struct Gold {
    static func main() async {
        await Function.run("gold") { configuration, platform, logger in
            try GoldFunction(configuration: configuration, platform: platform, logger: logger).handle
        }
    }
}
