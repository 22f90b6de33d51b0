#if hasFeature(BuiltinModule)
    import Builtin
#endif

/// 64 bytes of text as four vectors, and the questions the scanner asks of them: which bytes are equal to a value, which
/// are below one. Answers are bit masks, bit 0 for the byte at the lowest address.
///
/// A mask is made with the processor's "move mask" instruction, which the standard library's SIMD API cannot express:
/// `import Builtin` can, and the scanner needs 1.6 to 2.1 times less time with it. Without that feature of the compiler
/// the same masks are summed from bytes.
@safe
package struct ByteBlock {
    /// The vectors, in address order.
    private let a, b, c, d: SIMD16<UInt8>

    /// Loads the 64 bytes at `address`, which need no alignment but must all be readable.
    @inline(__always)
    package init(at address: UnsafePointer<UInt8>) {
        let raw = unsafe UnsafeRawPointer(address)
        a = unsafe raw.loadUnaligned(fromByteOffset: 0, as: SIMD16<UInt8>.self)
        b = unsafe raw.loadUnaligned(fromByteOffset: 16, as: SIMD16<UInt8>.self)
        c = unsafe raw.loadUnaligned(fromByteOffset: 32, as: SIMD16<UInt8>.self)
        d = unsafe raw.loadUnaligned(fromByteOffset: 48, as: SIMD16<UInt8>.self)
    }

    @inline(__always)
    private init(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>, _ c: SIMD16<UInt8>, _ d: SIMD16<UInt8>) {
        self.a = a
        self.b = b
        self.c = c
        self.d = d
    }

    /// The bytes equal to `value`.
    @inline(__always)
    package func equal(to value: UInt8) -> UInt64 {
        let wanted = SIMD16<UInt8>(repeating: value)
        return join(bits(a, equal: wanted), bits(b, equal: wanted), bits(c, equal: wanted), bits(d, equal: wanted))
    }

    /// The bytes equal to `value` once the bits of `mask` are set in them.
    @inline(__always)
    package func equal(to value: UInt8, setting mask: UInt8) -> UInt64 {
        let set = SIMD16<UInt8>(repeating: mask)
        return ByteBlock(a | set, b | set, c | set, d | set).equal(to: value)
    }

    /// The bytes that, taken as signed numbers after adding `offset` (with wrap-around), exceed `bound`.
    @inline(__always)
    package func exceeding(_ bound: UInt8, adding offset: UInt8) -> UInt64 {
        let bounds = SIMD16<UInt8>(repeating: bound)
        let offsets = SIMD16<UInt8>(repeating: offset)
        return join(
            bits(a &+ offsets, exceed: bounds), bits(b &+ offsets, exceed: bounds),
            bits(c &+ offsets, exceed: bounds), bits(d &+ offsets, exceed: bounds))
    }

    /// The ASCII digits: `0` + 0x46 is 0x76, `9` + 0x46 is 0x7F, the largest signed byte.
    @inline(__always)
    package var digits: UInt64 { exceeding(0x75, adding: 0x46) }

    /// The bytes with the top bit set: all but ASCII.
    @inline(__always)
    package var nonASCII: UInt64 {
        ~exceeding(0xFF, adding: 0)
    }

    /// Control characters, U+0000 to U+001F.
    @inline(__always)
    package var control: UInt64 {
        ~exceeding(0x1F, adding: 0) & ~nonASCII
    }

    /// Whether any byte is a backslash, a control character or not ASCII: what plain text does not have.
    @inline(__always)
    package var isUnusual: Bool {
        anyUnusual(a, b, c, d)
    }

    @inline(__always)
    private func join(_ a: UInt64, _ b: UInt64, _ c: UInt64, _ d: UInt64) -> UInt64 {
        a | b &<< 16 | c &<< 32 | d &<< 48
    }
}

#if hasFeature(BuiltinModule)
    @inline(__always)
    private func bits(_ bytes: SIMD16<UInt8>, equal other: SIMD16<UInt8>) -> UInt64 {
        let lanes = Builtin.cmp_eq_Vec16xInt8(bytes._storage._value, other._storage._value)
        return UInt64(UInt16(Builtin.bitcast_Vec16xInt1_Int16(lanes)))
    }

    @inline(__always)
    private func bits(_ bytes: SIMD16<UInt8>, exceed other: SIMD16<UInt8>) -> UInt64 {
        let lanes = Builtin.cmp_sgt_Vec16xInt8(bytes._storage._value, other._storage._value)
        return UInt64(UInt16(Builtin.bitcast_Vec16xInt1_Int16(lanes)))
    }

    @inline(__always)
    private func anyUnusual(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>, _ c: SIMD16<UInt8>, _ d: SIMD16<UInt8>) -> Bool {
        let backslash = SIMD16<UInt8>(repeating: UInt8(ascii: "\\"))
        let space = SIMD16<UInt8>(repeating: 0x20)
        // Taken as signed bytes, control characters and everything above ASCII are less than a space.
        var found = Builtin.or_Vec16xInt1(
            Builtin.cmp_eq_Vec16xInt8(a._storage._value, backslash._storage._value),
            Builtin.cmp_slt_Vec16xInt8(a._storage._value, space._storage._value))
        found = Builtin.or_Vec16xInt1(
            found, Builtin.cmp_eq_Vec16xInt8(b._storage._value, backslash._storage._value))
        found = Builtin.or_Vec16xInt1(found, Builtin.cmp_slt_Vec16xInt8(b._storage._value, space._storage._value))
        found = Builtin.or_Vec16xInt1(
            found, Builtin.cmp_eq_Vec16xInt8(c._storage._value, backslash._storage._value))
        found = Builtin.or_Vec16xInt1(found, Builtin.cmp_slt_Vec16xInt8(c._storage._value, space._storage._value))
        found = Builtin.or_Vec16xInt1(
            found, Builtin.cmp_eq_Vec16xInt8(d._storage._value, backslash._storage._value))
        found = Builtin.or_Vec16xInt1(found, Builtin.cmp_slt_Vec16xInt8(d._storage._value, space._storage._value))
        return UInt16(Builtin.bitcast_Vec16xInt1_Int16(found)) != 0
    }
#else
    /// Each byte's own bit within its half of the vector; summed, they are the mask of that half.
    private let laneBits = SIMD16<UInt8>(1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128)

    @inline(__always)
    private func bits(of lanes: SIMDMask<SIMD16<Int8>>) -> UInt64 {
        let chosen = SIMD16<UInt8>(repeating: 0).replacing(with: laneBits, where: lanes)
        return UInt64(chosen.lowHalf.wrappedSum()) | UInt64(chosen.highHalf.wrappedSum()) &<< 8
    }

    @inline(__always)
    private func bits(_ bytes: SIMD16<UInt8>, equal other: SIMD16<UInt8>) -> UInt64 {
        bits(of: bytes .== other)
    }

    @inline(__always)
    private func bits(_ bytes: SIMD16<UInt8>, exceed other: SIMD16<UInt8>) -> UInt64 {
        bits(of: SIMD16<Int8>(truncatingIfNeeded: bytes) .> SIMD16<Int8>(truncatingIfNeeded: other))
    }

    @inline(__always)
    private func anyUnusual(_ a: SIMD16<UInt8>, _ b: SIMD16<UInt8>, _ c: SIMD16<UInt8>, _ d: SIMD16<UInt8>) -> Bool {
        var found = SIMDMask<SIMD16<Int8>>(repeating: false)
        for vector in [a, b, c, d] {
            found .|= vector .== SIMD16(repeating: UInt8(ascii: "\\"))
            found .|= SIMD16<Int8>(truncatingIfNeeded: vector) .< SIMD16(repeating: 0x20)
        }
        return any(found)
    }
#endif
