#if LAMBDALESS_COMPRESS && hasFeature(BuiltinModule)
    import Builtin
#endif

/// Picks out of a block of 64 bytes what a mask tells, and leaves it without gaps.
///
/// Processors with AVX-512 VBMI2 have an instruction for it; `Deploy/build` sets `LAMBDALESS_COMPRESS` for them. Elsewhere
/// each position is a step, and ``PlaceScan`` is the better way.
package enum Compress {
    /// How many values of a target may be written over, whatever the mask.
    package static let room = 64

    /// Writes the bytes at the positions of `mask` to `target`.
    ///
    /// 64 bytes can be read at `address`, and ``room`` values written at `target`; so for all of these functions.
    @inline(__always)
    package static func bytes(
        _ mask: UInt64, of address: UnsafePointer<UInt8>, to target: UnsafeMutablePointer<UInt8>
    ) {
        unsafe bytes(mask, of: address, signs: 0, to: target)
    }

    /// The same; the bytes that are written have the top bit set at the positions of `signs`.
    @inline(__always)
    package static func bytes(
        _ mask: UInt64, of address: UnsafePointer<UInt8>, signs: UInt64, to target: UnsafeMutablePointer<UInt8>
    ) {
        #if LAMBDALESS_COMPRESS && hasFeature(BuiltinModule)
            var block = unsafe UnsafeRawPointer(address).loadUnaligned(as: SIMD64<UInt8>.self)
            let lanes = Builtin.sext_Vec64xInt1_Vec64xInt8(Builtin.bitcast_Int64_Vec64xInt1(signs._value))
            let tops = Builtin.and_Vec64xInt8(lanes, SIMD64<UInt8>(repeating: 0x80)._storage._value)
            block._storage._value = Builtin.or_Vec64xInt8(block._storage._value, tops)
            unsafe UnsafeMutableRawPointer(target).storeBytes(of: pick(mask, of: block), as: SIMD64<UInt8>.self)
        #else
            var index = 0
            for position in Positions(mask) {
                let sign = UInt8(truncatingIfNeeded: signs &>> UInt64(truncatingIfNeeded: position)) &<< 7
                unsafe target[index] = address[position] | sign
                index &+= 1
            }
        #endif
    }

    /// Writes the positions of `mask`, plus `offset`, to `target`.
    @inline(__always)
    package static func positions(_ mask: UInt64, offset: Int32, to target: UnsafeMutablePointer<Int32>) {
        #if LAMBDALESS_COMPRESS && hasFeature(BuiltinModule)
            let picked = pick(mask, of: allPositions)
            let quarters = unsafe unsafeBitCast(
                picked, to: (SIMD16<UInt8>, SIMD16<UInt8>, SIMD16<UInt8>, SIMD16<UInt8>).self)
            unsafe store(quarters.0, offset, to: target)
            if mask.nonzeroBitCount > 16 {
                unsafe store(quarters.1, offset, to: target + 16)
                unsafe store(quarters.2, offset, to: target + 32)
                unsafe store(quarters.3, offset, to: target + 48)
            }
        #else
            var index = 0
            for position in Positions(mask) {
                unsafe target[index] = offset &+ Int32(truncatingIfNeeded: position)
                index &+= 1
            }
        #endif
    }

    #if LAMBDALESS_COMPRESS && hasFeature(BuiltinModule)
        @inline(__always)
        private static func pick(_ mask: UInt64, of bytes: SIMD64<UInt8>) -> SIMD64<UInt8> {
            var result = SIMD64<UInt8>()
            result._storage._value = Builtin.int_x86_avx512_mask_compress_Vec64xInt8(
                bytes._storage._value, result._storage._value, Builtin.bitcast_Int64_Vec64xInt1(mask._value))
            return result
        }

        @inline(__always)
        private static func store(_ positions: SIMD16<UInt8>, _ offset: Int32, to target: UnsafeMutablePointer<Int32>) {
            var wide = SIMD16<Int32>(repeating: offset)
            wide._storage._value = Builtin.add_Vec16xInt32(
                Builtin.zext_Vec16xInt8_Vec16xInt32(positions._storage._value), wide._storage._value)
            unsafe UnsafeMutableRawPointer(target).storeBytes(of: wide, as: SIMD16<Int32>.self)
        }

        private static var allPositions: SIMD64<UInt8> {
            SIMD64(
                0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27,
                28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49, 50, 51, 52, 53,
                54, 55, 56, 57, 58, 59, 60, 61, 62, 63)
        }
    #else
        /// The positions of a mask, in order.
        private struct Positions: Sequence, IteratorProtocol {
            private var rest: UInt64

            init(_ mask: UInt64) { rest = mask }

            @inline(__always)
            mutating func next() -> Int? {
                if rest == 0 { return nil }
                defer { rest &= rest &- 1 }
                return rest.trailingZeroBitCount
            }
        }
    #endif
}
