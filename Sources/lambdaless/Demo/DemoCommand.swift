import Access
import ArgumentParser
import Client
import EventPattern
import Gateway
import JSONDocument
import Logging
import NIOCore

/// `lambdaless demo`: what `Deploy/run --demo` runs.
struct Demo: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Start a broker, subscribe three times, publish a few events, and print who got what and why.",
        discussion: """
            The broker listens on a free port of 127.0.0.1 and ends with the demo. The subscribers are WebSocket \
            clients with patterns of the library; the events are those of Patterns/demo/events.jsonl.
            """)

    func run() async throws {
        let subscribers = try DemoSubscriber.all()
        let events = try PatternLibrary.lines(of: "demo/events.jsonl")
        var settings = try ServeSettings(ServeOptions.parse(["--log", "memory"]), environment: [:], cores: 1) { _ in ""
        }
        settings.gateway.port = 0
        settings.logLevel = .error

        let (addresses, address) = AsyncStream.makeStream(of: SocketAddress.self)
        let broker = BrokerProcess(settings)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { address.finish() }
                try await broker.run { location, _ in address.yield(location) }
            }
            for await address in addresses {
                try await show(subscribers, events, on: Endpoint("http://127.0.0.1:\(address.port ?? 0)"))
                break
            }
            group.cancelAll()
            try await group.waitForAll()
        }
    }

    private func show(_ subscribers: [DemoSubscriber], _ events: [[UInt8]], on endpoint: Endpoint) async throws {
        print(
            "A broker is listening on \(endpoint). Three clients connect to ws://\(endpoint.authority)/dev and send:\n")
        for subscriber in subscribers {
            print(
                """
                  \(subscriber.name) (Patterns/\(subscriber.patternName).json)
                    {"action":"pattern","pattern":\(CompactJSON.text(subscriber.pattern.text))}
                """)
        }

        let (ready, isReady) = AsyncStream.makeStream(of: Void.self)
        let received = try await withThrowingTaskGroup(of: (Int, Set<String>).self) { group in
            for (index, subscriber) in subscribers.enumerated() {
                group.addTask { (index, try await subscriber.follow(endpoint) { isReady.yield() }) }
            }
            var waiting = ready.makeAsyncIterator()
            for _ in subscribers { await waiting.next() }
            let results = try await publish(events, to: endpoint)
            for subscriber in subscribers { subscriber.allIsPublished() }
            var received = [Set<String>](repeating: [], count: subscribers.count)
            for try await (index, ids) in group { received[index] = ids }
            return results.map { id in received.map { $0.contains(id) } }
        }
        print("\n\(events.count) events are published with POST \(endpoint)/dev/events. Who gets them, and why not:\n")
        for line in try DemoTable(subscribers: subscribers, events: events, received: received).lines { print(line) }
    }

    /// Publishes all events in one request; their ids, in order.
    private func publish(_ events: [[UInt8]], to endpoint: Endpoint) async throws -> [String] {
        let body = Array("[".utf8) + events.joined(separator: Array(",".utf8)) + Array("]".utf8)
        let client = HTTPClient(endpoint: endpoint, signer: nil, clock: { 0 })
        let response = try await client.send(
            HTTPRequest(
                "POST", "/dev/events", headers: [("Content-Type", "application/json")], body: body, service: .events))
        guard response.isSuccess else { throw RemoteBroker.failure(response) }
        return try JSONValue(parsing: response.body)["Entries"]?.array?.map { $0["EventId"]?.string ?? "" } ?? []
    }
}
