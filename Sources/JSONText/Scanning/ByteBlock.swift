#if hasFeature(BuiltinModule)
    import Builtin
#endif

/// 64 bytes of text as one vector, and the questions the scanner asks of them: which bytes are equal to a value, which
/// are below one. Answers are bit masks, bit 0 for the byte at the lowest address.
///
/// A mask is made with the processor's "move mask" instruction, which the standard library's SIMD API cannot express:
/// `import Builtin` can, and the scanner needs 1.6 to 2.1 times less time with it. How many instructions a mask takes is
/// the compiler's choice for the processor it builds for: 15 with SSE2, 6 with AVX2, 2 with AVX-512. Without that feature
/// of the compiler the same masks are summed from bytes (``PortableMasks``).
@safe
package struct ByteBlock {
    private let bytes: SIMD64<UInt8>

    /// Loads the 64 bytes at `address`, which need no alignment but must all be readable.
    @inline(__always)
    package init(at address: UnsafePointer<UInt8>) {
        bytes = unsafe UnsafeRawPointer(address).loadUnaligned(as: SIMD64<UInt8>.self)
    }

    /// The bytes equal to `value`.
    @inline(__always)
    package func equal(to value: UInt8) -> UInt64 { mask(bytes, equal: SIMD64(repeating: value)) }

    /// The bytes equal to `value` once the bits of `mask` are set in them.
    @inline(__always)
    package func equal(to value: UInt8, setting mask: UInt8) -> UInt64 {
        JSONText.mask(bytes, setting: SIMD64(repeating: mask), equal: SIMD64(repeating: value))
    }

    /// The bytes that, taken as signed numbers after adding `offset` (with wrap-around), exceed `bound`.
    @inline(__always)
    private func exceeding(_ bound: UInt8, adding offset: UInt8) -> UInt64 {
        mask(bytes, adding: SIMD64(repeating: offset), exceeds: SIMD64(repeating: bound))
    }

    /// The ASCII digits: `0` + 0x46 is 0x76, `9` + 0x46 is 0x7F, the largest signed byte.
    @inline(__always)
    package var digits: UInt64 { exceeding(0x75, adding: 0x46) }

    /// The bytes with the top bit set: all but ASCII.
    @inline(__always)
    package var nonASCII: UInt64 { ~exceeding(0xFF, adding: 0) }

    /// Control characters, U+0000 to U+001F.
    @inline(__always)
    package var control: UInt64 { ~exceeding(0x1F, adding: 0) & ~nonASCII }

    /// Whether any byte is a backslash, a control character or not ASCII: what plain text on one line does not have.
    @inline(__always)
    package var isMoreThanPlain: Bool {
        // Taken as signed bytes, control characters and everything above ASCII are less than a space.
        anyEqual(bytes, SIMD64(repeating: UInt8(ascii: "\\")), orLess: SIMD64(repeating: 0x20))
    }
}

#if hasFeature(BuiltinModule)
    @inline(__always)
    private func mask(_ bytes: SIMD64<UInt8>, equal other: SIMD64<UInt8>) -> UInt64 {
        let lanes = Builtin.cmp_eq_Vec64xInt8(bytes._storage._value, other._storage._value)
        return UInt64(Builtin.bitcast_Vec64xInt1_Int64(lanes))
    }

    // The operators of SIMD64 would go byte by byte.
    @inline(__always)
    private func mask(_ bytes: SIMD64<UInt8>, setting bits: SIMD64<UInt8>, equal other: SIMD64<UInt8>) -> UInt64 {
        let set = Builtin.or_Vec64xInt8(bytes._storage._value, bits._storage._value)
        return UInt64(Builtin.bitcast_Vec64xInt1_Int64(Builtin.cmp_eq_Vec64xInt8(set, other._storage._value)))
    }

    @inline(__always)
    private func mask(_ bytes: SIMD64<UInt8>, adding offset: SIMD64<UInt8>, exceeds other: SIMD64<UInt8>) -> UInt64 {
        let sum = Builtin.add_Vec64xInt8(bytes._storage._value, offset._storage._value)
        return UInt64(Builtin.bitcast_Vec64xInt1_Int64(Builtin.cmp_sgt_Vec64xInt8(sum, other._storage._value)))
    }

    @inline(__always)
    private func anyEqual(_ bytes: SIMD64<UInt8>, _ value: SIMD64<UInt8>, orLess bound: SIMD64<UInt8>) -> Bool {
        let found = Builtin.or_Vec64xInt1(
            Builtin.cmp_eq_Vec64xInt8(bytes._storage._value, value._storage._value),
            Builtin.cmp_slt_Vec64xInt8(bytes._storage._value, bound._storage._value))
        return UInt64(Builtin.bitcast_Vec64xInt1_Int64(found)) != 0
    }
#else
    @inline(__always)
    private func mask(_ bytes: SIMD64<UInt8>, equal other: SIMD64<UInt8>) -> UInt64 {
        PortableMasks.mask(bytes, equal: other)
    }

    @inline(__always)
    private func mask(_ bytes: SIMD64<UInt8>, setting bits: SIMD64<UInt8>, equal other: SIMD64<UInt8>) -> UInt64 {
        PortableMasks.mask(bytes | bits, equal: other)
    }

    @inline(__always)
    private func mask(_ bytes: SIMD64<UInt8>, adding offset: SIMD64<UInt8>, exceeds other: SIMD64<UInt8>) -> UInt64 {
        PortableMasks.mask(bytes &+ offset, exceeds: other)
    }

    @inline(__always)
    private func anyEqual(_ bytes: SIMD64<UInt8>, _ value: SIMD64<UInt8>, orLess bound: SIMD64<UInt8>) -> Bool {
        PortableMasks.anyEqual(bytes, value, orLess: bound)
    }
#endif
