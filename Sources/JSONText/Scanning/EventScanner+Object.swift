extension EventScanner {
    /// Whether `bytes` are surely one object with nothing but white space around it, nested no deeper than `depthMax`.
    ///
    /// It may say no to one that is, if that is very long or has very many containers: ``JSONValidator`` knows then. What
    /// the scanner answers besides is void afterwards, and it keeps no more memory than for small texts.
    package mutating func isSurelyObject(_ bytes: Span<UInt8>, depthMax: Int) -> Bool {
        // The pointer is read only while the span lends its bytes.
        unsafe bytes.withUnsafeBufferPointer { bytes in
            defer { release(above: Self.keptBytes) }
            guard unsafe scan(bytes, enforcingLengths: true) else { return false }
            // The bracket that closes the object is the last one; half of them all is the deepest that they can nest.
            let last = unsafe Int(bracketPartners[0])
            guard last < 2 * depthMax else { return false }
            var place = unsafe Int(bracketOffsets[last]) + 1
            while place < bytes.count, unsafe TextScan.isWhiteSpace(bytes[place]) { place += 1 }
            return place == bytes.count
        }
    }

    private static let keptBytes = 64 * 1_024
}
