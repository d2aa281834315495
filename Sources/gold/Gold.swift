import Clickstream
import Lake
import Wistia

/// The gold function's process.
@main
struct Gold {
    static func main() async {
        await Function.gold([Wistia.gold, Clickstream.gold])
    }
}
