/// The time from when an event was due until a subscriber had it.
struct Latencies {
    private var microseconds: ContiguousArray<UInt32> = []
    private static let samplesMax = 4_000_000

    init() {
        microseconds.reserveCapacity(Self.samplesMax)
    }

    /// Looks for the times of the events in `bytes`. An event that is not whole in them is left out.
    mutating func add(_ bytes: Span<UInt8>, receivedAt now: Int) {
        let mark = EventTexts.timeMark
        var index = 0
        while index + mark.count + 19 <= bytes.count {
            guard bytes[index] == mark[0], Self.starts(bytes.extracting(droppingFirst: index), mark) else {
                index += 1
                continue
            }
            index += mark.count
            var time = 0
            for digit in 0..<19 { time = time &* 10 &+ Int(bytes[index + digit] &- UInt8(ascii: "0")) }
            let sample = now - (time - EventTexts.timeOrigin)
            if sample > 0, microseconds.count < Self.samplesMax { microseconds.append(UInt32(sample / 1000)) }
        }
    }

    private static func starts(_ bytes: Span<UInt8>, _ mark: [UInt8]) -> Bool {
        for index in mark.indices where bytes[index] != mark[index] { return false }
        return true
    }

    mutating func removeAll() {
        microseconds.removeAll(keepingCapacity: true)
    }

    /// The sample that `share` of all are below, in milliseconds, for each of `shares`.
    func quantiles(_ shares: [Double]) -> [Double] {
        let sorted = microseconds.sorted()
        return shares.map { share in
            sorted.isEmpty ? 0 : Double(sorted[min(sorted.count - 1, Int(share * Double(sorted.count)))]) / 1000
        }
    }

    var count: Int { microseconds.count }
}
