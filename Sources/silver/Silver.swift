@main
struct Silver {
    static func main() {}
}
