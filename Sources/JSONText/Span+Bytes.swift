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

    /// Puts the bytes, which must not be this array's own, in the place of as many that stand at `place`.
    @inline(__always)
    package mutating func overwrite(at place: Int, with bytes: Span<UInt8>) {
        precondition(place >= 0 && bytes.count <= count - place, "bytes outside the array")
        // Both places are within their arrays, which stay where they are during the calls.
        unsafe withUnsafeMutableBytes { target in
            unsafe bytes.withUnsafeBytes {
                unsafe target.baseAddress?.advanced(by: place).copyMemory(from: $0.baseAddress!, byteCount: $0.count)
            }
        }
    }
}
