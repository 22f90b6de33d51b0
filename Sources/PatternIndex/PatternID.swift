/// Names a pattern in one `PatternIndex`. Ids of patterns that are gone are given again.
public struct PatternID: Hashable, Comparable, Sendable {
    /// The number; meaningful in its index only.
    public let rawValue: UInt32

    /// Makes an id from its number.
    public init(rawValue: UInt32) { self.rawValue = rawValue }

    /// The order of the numbers.
    public static func < (a: PatternID, b: PatternID) -> Bool { a.rawValue < b.rawValue }
}

extension PatternID: CustomStringConvertible {
    /// The number.
    public var description: String { String(rawValue) }
}
