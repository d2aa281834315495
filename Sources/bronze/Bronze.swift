@main
struct Bronze {
    static func main() {}
}
