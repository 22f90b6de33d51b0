#if LAMBDALESS_CLMUL && hasFeature(BuiltinModule)
    import Builtin
#endif

/// Operations on masks of 64 positions, bit 0 first.
enum BitRuns {
    /// Bit i of the result: whether an odd number of bits up to and with i are set; so the positions from each first of
    /// two bits up to before the second.
    @inline(__always)
    static func betweenPairs(_ bits: UInt64) -> UInt64 {
        #if LAMBDALESS_CLMUL && hasFeature(BuiltinModule)
            // Multiplying by all ones without carries sums up, by exclusive or, each bit and all below it.
            var product = SIMD2<UInt64>(bits, 0)
            product._storage._value = Builtin.int_x86_pclmulqdq(
                product._storage._value, SIMD2<UInt64>(~0, 0)._storage._value, UInt8(0)._value)
            return product[0]
        #else
            var bits = bits
            bits ^= bits &<< 1
            bits ^= bits &<< 2
            bits ^= bits &<< 4
            bits ^= bits &<< 8
            bits ^= bits &<< 16
            bits ^= bits &<< 32
            return bits
        #endif
    }
}

/// What follows a token: the next byte, or the next that is not white space.
protocol TokenFollowing {
    /// The positions that follow the tokens which end at the bits of `ends`; `carry` says whether such a position is the
    /// first of the block, and then of the next one.
    func following(_ ends: UInt64, _ carry: inout UInt64) -> UInt64
}

/// A block without white space outside strings.
struct AdjacentBytes: TokenFollowing {
    @inline(__always)
    func following(_ ends: UInt64, _ carry: inout UInt64) -> UInt64 {
        let behind = ends &<< 1 | carry
        carry = ends &>> 63
        return behind
    }
}

/// A block with white space.
struct SpacedBytes: TokenFollowing {
    let blanks: UInt64

    @inline(__always)
    func following(_ ends: UInt64, _ carry: inout UInt64) -> UInt64 {
        // Added to a run of blanks, a bit at its start moves behind its end.
        let (sum, overflow) = (ends &<< 1 | carry).addingReportingOverflow(blanks)
        carry = ends &>> 63 | (overflow ? 1 : 0)
        return sum & ~blanks
    }
}
