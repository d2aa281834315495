/// One request to the API that was answered, as `GET /sandbox/requests` tells of it.
struct AnsweredRequest {
    /// When it came, in seconds since the sandbox was made.
    var arrivalSeconds: Double
    /// When its answer was made, in seconds since the sandbox was made.
    var answerSeconds: Double
    /// Its resource, such as `/stats/visitors`.
    var route: String
    /// The page asked for; 1 where the resource has no pages.
    var page: Int
    /// The status of the answer.
    var status: Int

    /// Appends it as a JSON object.
    func write(to json: inout JSONBytes) {
        json.raw("{\"arrival_seconds\":")
        json.double(arrivalSeconds)
        json.raw(",\"answer_seconds\":")
        json.double(answerSeconds)
        json.raw(",\"resource\":")
        json.string(route)
        json.raw(",\"page\":")
        json.int(page)
        json.raw(",\"status\":")
        json.int(status)
        json.raw("}")
    }
}
