import Clickstream
import Lake
import Wistia

/// The bronze function's process.
@main
struct Bronze {
    static func main() async {
        await Function.bronze([Clickstream.bronze, Wistia.bronze])
    }
}
