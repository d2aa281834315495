import Pipeline

/// The bronze function's process.
@main
struct Bronze {
    static func main() async {
        await Function.run("bronze") { configuration, platform, logger in
            try BronzeFunction(configuration: configuration, platform: platform, logger: logger).handle
        }
    }
}
