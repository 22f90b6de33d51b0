/// The masks of ``ByteBlock`` by means of the standard library alone. They are compiled and tested always, and used where
/// the compiler has no `BuiltinModule`.
package enum PortableMasks {
    private static func mask(of lanes: SIMDMask<SIMD64<Int8>>) -> UInt64 {
        var result: UInt64 = 0
        for lane in 0..<64 where lanes[lane] { result |= 1 &<< UInt64(lane) }
        return result
    }

    /// The bytes that are equal to those of `other`.
    package static func mask(_ bytes: SIMD64<UInt8>, equal other: SIMD64<UInt8>) -> UInt64 {
        mask(of: bytes .== other)
    }

    /// The bytes that, taken as signed numbers, exceed those of `other`.
    package static func mask(_ bytes: SIMD64<UInt8>, exceeds other: SIMD64<UInt8>) -> UInt64 {
        mask(of: SIMD64<Int8>(truncatingIfNeeded: bytes) .> SIMD64<Int8>(truncatingIfNeeded: other))
    }

    /// Whether some byte is equal to that of `value` or, taken as a signed number, less than that of `bound`.
    package static func anyEqual(_ bytes: SIMD64<UInt8>, _ value: SIMD64<UInt8>, orLess bound: SIMD64<UInt8>) -> Bool {
        let isLess = SIMD64<Int8>(truncatingIfNeeded: bytes) .< SIMD64<Int8>(truncatingIfNeeded: bound)
        return any(bytes .== value .| isLess)
    }
}
