import Broker
import JSONText
import PatternIndex

/// Inspection: how full the index of the connections' patterns is, and with what.
struct StatsDoor: Sendable {
    private let bus: EventBus

    init(_ bus: EventBus) {
        self.bus = bus
    }

    /// `GET /{stage}/stats`: `PatternIndex.Statistics` of the bus that all stages subscribe to, as one JSON object:
    ///
    ///     {"patterns":N,"distinct":N,"conjunctions":N,"fields":N,"tests":{"KIND":N,…},"unconditional":N,
    ///      "longestLists":[{"test":"PATH KIND","count":N},…],"bytes":N,"operandBytes":N,"bytesPerDistinctPattern":N}
    ///
    /// Kinds of which there is no test are left out; without patterns `bytesPerDistinctPattern` is `null`. 503 when the
    /// bus has ended: this broker is about to stop.
    func stats() async -> GatewayResponse {
        guard let statistics = await bus.statistics() else {
            return .error(503, "ServiceUnavailableException", "The event bus has ended; the broker is stopping")
        }
        return .json(200, statistics.jsonText)
    }
}

extension PatternIndex.Statistics {
    fileprivate var jsonText: [UInt8] {
        var object = JSONObjectWriter()
        object.add("patterns", patterns)
        object.add("distinct", distinct)
        object.add("conjunctions", conjunctions)
        object.add("fields", fields)
        var kinds = JSONObjectWriter()
        for kind in PatternIndex.testKinds { if let count = tests[kind] { kinds.add(kind, count) } }
        object.add("tests", json: kinds.line)
        object.add("unconditional", unconditional)
        let lists = longestLists.map { String(decoding: $0.jsonText, as: UTF8.self) }.joined(separator: ",")
        object.add("longestLists", json: "[\(lists)]".utf8)
        object.add("bytes", bytes)
        object.add("operandBytes", operandBytes)
        object.add("bytesPerDistinctPattern", json: (bytesPerDistinctPattern.map(String.init) ?? "null").utf8)
        return object.line
    }
}

extension PatternIndex.Statistics.List {
    fileprivate var jsonText: [UInt8] {
        var object = JSONObjectWriter()
        object.add("test", test)
        object.add("count", count)
        return object.line
    }
}
