/// What a line of the file is.
enum LineRole: Equatable {
    /// A new event, in order of time.
    case ordinary
    /// A new event that happened earlier than its place in the file says.
    case late
    /// An earlier line again.
    case repeated
    /// A line that is not as it should be.
    case odd
}
