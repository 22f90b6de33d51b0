extension Span where Element == UInt8 {
    /// A copy of the bytes.
    package var array: [UInt8] {
        unsafe withUnsafeBufferPointer { unsafe Array($0) }
    }
}

extension [UInt8] {
    /// Appends the bytes, which must not be this array's own.
    @inline(__always)
    package mutating func append(_ bytes: Span<UInt8>) {
        // The pointer is read only while the span lends its bytes.
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
