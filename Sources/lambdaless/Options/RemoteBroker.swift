import Access
import Client
import JSONDocument

/// A broker somewhere else, asked over HTTP.
struct RemoteBroker: Sendable {
    let http: HTTPClient
    /// `/dev`, or the path of the endpoint.
    let stagePath: String

    /// Asks and expects success.
    /// - Throws: ``CommandFailure`` with the broker's own words.
    func answer(to request: HTTPRequest) async throws -> HTTPResponse {
        let response = try await send(request)
        guard response.isSuccess else { throw Self.failure(response) }
        return response
    }

    /// Asks; any status is an answer.
    func send(_ request: HTTPRequest) async throws -> HTTPResponse {
        do {
            return try await http.send(request)
        } catch let error as ClientError {
            throw CommandFailure(error.message)
        }
    }

    /// A request about a connection. In an id only `=` needs encoding, and so it is sent as AWS's SDKs send it.
    func connectionRequest(_ method: String, _ id: String, query: String = "", body: [UInt8] = []) -> HTTPRequest {
        HTTPRequest(
            method, "\(stagePath)/@connections/\(PercentEncoding.encode(id))\(query)", body: body,
            service: .executeAPI)
    }

    /// What the broker says of a request that it does not take.
    static func failure(_ response: HTTPResponse) -> CommandFailure {
        let type = response.header("x-amzn-ErrorType")
        let body = (try? JSONValue(parsing: response.body)) ?? .null
        let message = body["message"]?.string ?? body["Message"]?.string
        let name = type ?? body["__type"]?.string ?? "HTTP status \(response.status)"
        let status: ExitStatus = response.status == 410 ? .negative : .failure
        switch (name, message) {
        case ("GoneException", _): return CommandFailure("the connection is gone, or never was", status: status)
        case ("MissingAuthenticationTokenException", _):
            return CommandFailure(
                "the broker wants signed requests; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (\(name))")
        case (_, let message?): return CommandFailure("the broker refuses: \(message) (\(name))", status: status)
        case (_, nil): return CommandFailure("the broker refuses: \(name)", status: status)
        }
    }
}
