import Clickstream
import Lake
import Wistia

/// The silver function's process.
@main
struct Silver {
    static func main() async {
        await Function.silver([Wistia.silver, Clickstream.silver])
    }
}
