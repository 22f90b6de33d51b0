/// What to do with a request once its head is known.
enum RequestPlan: Sendable {
    /// Answer at once, whatever the body.
    case answer(GatewayResponse, HTTPRoute.Name)
    /// Become a connection of subscribers.
    case upgrade(Upgrade)
    /// Hold the whole body, then answer; a longer body is refused with `tooLong`.
    case hold(HTTPRoute, bytesMax: Int, tooLong: GatewayResponse)
    /// Hand the body over while it arrives.
    case stream(HTTPRoute)

    var routeName: HTTPRoute.Name {
        switch self {
        case .answer(_, let name): name
        case .upgrade(.webSocket): .connect
        case .upgrade(.eventStream): .follow
        case .hold(let route, _, _), .stream(let route): route.name
        }
    }

    var isStream: Bool {
        if case .stream = self { true } else { false }
    }
}

/// What an HTTP connection becomes, on a stage.
enum Upgrade: Hashable, Sendable {
    case webSocket(stage: String)
    case eventStream(stage: String)
}

/// A response on its way out.
enum HTTPReply: Sendable {
    case whole(GatewayResponse)
    /// Status and headers now, the body in pieces until the stream or the connection ends.
    case stream(GatewayResponse, any AsyncSequence<[UInt8], Never> & Sendable)
}
