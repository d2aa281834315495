import Lake

extension LakeError {
    /// The API answered a page that is no page.
    static func unexpectedAnswer(subject: String, found: String) -> LakeError {
        LakeError(
            "UnexpectedAnswer",
            "read \(subject) failed: the answer is a JSON \(found), not an array; the same event goes on from there, and if it stays so, the API has changed"
        )
    }

    /// The parts of a run leave pages out.
    static func pagesMissing(runID: String, first page: Int) -> LakeError {
        LakeError(
            "PagesMissing",
            "commit run \(runID) failed: its parts leave out page \(page); start the run again with the same event"
        )
    }

    /// The API answers several pages with the same bytes.
    static func endlessList(subject: String) -> LakeError {
        LakeError(
            "EndlessList",
            "read \(subject) failed: the answer holds what the page before holds, so that the list would never end; check that the base URL is the API's, and if it is, the API has changed"
        )
    }
}
