/// The place of an event in a log. Given by the log, ascending in the order of the log; numbers may be skipped.
package struct SequenceNumber: RawRepresentable, Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Before every event.
    package static let zero = SequenceNumber(rawValue: 0)

    package let rawValue: UInt64

    package init(rawValue: UInt64) { self.rawValue = rawValue }

    package var description: String { String(rawValue) }

    package static func < (left: SequenceNumber, right: SequenceNumber) -> Bool { left.rawValue < right.rawValue }
}
