/// What a token must be allowed to do, in the words of Wistia's token page.
///
/// See <https://docs.wistia.com/docs/making-api-requests>. A token may have one permission and lack another.
enum WistiaPermission: String, Sendable {
    /// For `/medias`; the OAuth scope `media:read`.
    case media = "Read all folder and media data"
    /// For `/stats/...`; the OAuth scope `stats:read`.
    case stats = "Read detailed stats"
}
