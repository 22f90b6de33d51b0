import EventPattern

/// Who got which event, with the reason for each miss, as lines of text.
struct DemoTable {
    let lines: [String]

    /// - Parameter received: per event, whether each subscriber got it.
    init(subscribers: [DemoSubscriber], events: [[UInt8]], received: [[Bool]]) throws {
        let names = subscribers.map(\.name)
        let width = events.map { Self.title(of: $0).count }.max() ?? 0
        let rule = String(repeating: "-", count: width + 5 + names.reduce(0) { $0 + $1.count + 2 })
        var lines = [Self.row("    event", width + 5, names, names.map(\.count)), rule]
        for (number, (event, got)) in zip(events, received).enumerated() {
            let title = "\(number + 1)".padded(to: 3) + " " + Self.title(of: event)
            lines.append(Self.row(title, width + 5, got.map { $0 ? "✓" : "·" }, names.map(\.count)))
            for (subscriber, got) in zip(subscribers, got) {
                let explanation = try subscriber.pattern.explain(event)
                guard explanation.matched == got else {
                    throw CommandFailure("\(subscriber.name) \(got ? "got" : "did not get") event \(number + 1)")
                }
                // That a pattern for another source misses teaches nothing.
                let isForAnother = explanation.leaves.contains { leaf in
                    leaf.path == "source" && !leaf.matched && leaf.expected.allSatisfy { $0.hasPrefix("\"") }
                }
                if let reason = explanation.summary, !isForAnother {
                    lines.append("      \(subscriber.name) misses it: \(reason)")
                }
            }
        }
        self.lines = lines
    }

    private static func row(_ title: String, _ width: Int, _ cells: [String], _ widths: [Int]) -> String {
        let row = title.padded(to: width) + zip(cells, widths).map { "  " + $0.padded(to: $1) }.joined()
        return String(row.reversed().drop { $0 == " " }.reversed())
    }

    /// The detail of the event, which tells the samples apart.
    private static func title(of event: [UInt8]) -> String {
        let text = String(decoding: event, as: UTF8.self)
        guard let detail = text.split(separator: #""detail": "#, maxSplits: 1).last, detail.count < text.count else {
            return text
        }
        let title = String(detail.dropLast())
        return title.count <= titleMax ? title : title.prefix(titleMax - 1) + "…"
    }

    private static let titleMax = 72
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
