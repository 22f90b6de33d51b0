extension Span where Element == UInt8 {
    /// Whether `bytes` stand at `place`; the caller has checked that there is room.
    func hasBytes(_ bytes: [UInt8], at place: Int) -> Bool {
        for index in bytes.indices where self[place + index] != bytes[index] { return false }
        return true
    }

    func equals(_ bytes: [UInt8]) -> Bool { count == bytes.count && hasBytes(bytes, at: 0) }

    func hasPrefix(_ bytes: [UInt8]) -> Bool { count >= bytes.count && hasBytes(bytes, at: 0) }

    func hasSuffix(_ bytes: [UInt8]) -> Bool { count >= bytes.count && hasBytes(bytes, at: count - bytes.count) }
}
