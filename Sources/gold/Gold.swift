@main
struct Gold {
    static func main() {}
}
