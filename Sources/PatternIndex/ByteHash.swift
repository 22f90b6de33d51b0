/// Hashes of short byte strings: two multiplications for up to 16 bytes, in the manner of wyhash (Wang Yi, public
/// domain). The seed differs per process, so that nobody can choose patterns that collide.
enum ByteHash {
    /// What hashes often keeps a copy: behind the name is a check whether the number has been drawn.
    static let seed = UInt64.random(in: .min ... .max)

    @inline(__always)
    private static func fold(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let product = a.multipliedFullWidth(by: b)
        return product.high ^ product.low
    }

    @inline(__always)
    static func load8(_ bytes: UnsafePointer<UInt8>) -> UInt64 {
        unsafe UnsafeRawPointer(bytes).loadUnaligned(as: UInt64.self)
    }

    @inline(__always)
    private static func load4(_ bytes: UnsafePointer<UInt8>) -> UInt64 {
        unsafe UInt64(UnsafeRawPointer(bytes).loadUnaligned(as: UInt32.self))
    }

    /// The hash of `count` bytes in the context of `salt`. Reads no byte beyond them.
    @inline(__always)
    static func hash(_ bytes: UnsafePointer<UInt8>, _ count: Int, salt: UInt64) -> UInt32 {
        var a: UInt64 = 0
        var b: UInt64 = 0
        var state = salt
        if count <= 16 {
            if count >= 8 {
                a = unsafe load8(bytes)
                b = unsafe load8(bytes + count - 8)
            } else if count >= 4 {
                a = unsafe load4(bytes)
                b = unsafe load4(bytes + count - 4)
            } else if count > 0 {
                a = unsafe UInt64(bytes[0]) &<< 16 | UInt64(bytes[count &>> 1]) &<< 8 | UInt64(bytes[count - 1])
            }
        } else {
            state = unsafe longState(bytes, count, state)
            a = unsafe load8(bytes + count - 16)
            b = unsafe load8(bytes + count - 8)
        }
        let mixed = fold(a ^ 0xA076_1D64_78BD_642F, b ^ state)
        let result = fold(mixed ^ UInt64(truncatingIfNeeded: count), 0xE703_7ED1_A0B4_28DB)
        return UInt32(truncatingIfNeeded: result ^ result &>> 32)
    }

    /// The hash of the eight bytes of a number.
    @inline(__always)
    static func hash(_ word: UInt64, salt: UInt64) -> UInt32 {
        let mixed = fold(word ^ 0xA076_1D64_78BD_642F, word ^ salt)
        let result = fold(mixed ^ 8, 0xE703_7ED1_A0B4_28DB)
        return UInt32(truncatingIfNeeded: result ^ result &>> 32)
    }

    /// The first eight bytes as a number, zeros behind fewer. Reads no byte beyond `count`.
    @inline(__always)
    static func prefix(_ bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        if count >= 8 { return unsafe load8(bytes) }
        if count >= 4 {
            return unsafe load4(bytes) | load4(bytes + count - 4) &<< UInt64(truncatingIfNeeded: 8 &* (count &- 4))
        }
        if count == 0 { return 0 }
        let middle = count &>> 1
        let last = count &- 1
        return unsafe UInt64(bytes[0]) | UInt64(bytes[middle]) &<< UInt64(truncatingIfNeeded: 8 &* middle)
            | UInt64(bytes[last]) &<< UInt64(truncatingIfNeeded: 8 &* last)
    }

    /// The same for bytes of which eight can be read.
    @inline(__always)
    static func prefix(readable bytes: UnsafePointer<UInt8>, _ count: Int) -> UInt64 {
        let word = unsafe load8(bytes)
        return count >= 8 ? word : word & ~(~0 &<< UInt64(truncatingIfNeeded: count &<< 3))
    }

    @inline(never)
    private static func longState(_ bytes: UnsafePointer<UInt8>, _ count: Int, _ start: UInt64) -> UInt64 {
        var state = start
        var index = 0
        while index + 16 < count {
            state = unsafe fold(load8(bytes + index) ^ 0xA076_1D64_78BD_642F, load8(bytes + index + 8) ^ state)
            index += 16
        }
        return state
    }

    /// A hash of one number.
    @inline(__always)
    static func mix(_ value: UInt64) -> UInt64 {
        var mixed = (value ^ seed) &* 0x9E37_79B9_7F4A_7C15
        mixed ^= mixed >> 32
        mixed = mixed &* 0xD6E8_FEB8_6659_FD93
        return mixed ^ mixed >> 29
    }

    /// The salt for values of one kind at one place.
    @inline(__always)
    static func salt(_ a: Int32, _ b: UInt8, seed: UInt64) -> UInt64 {
        (UInt64(UInt32(bitPattern: a)) &<< 8 | UInt64(b)) &* 0x9E37_79B9_7F4A_7C15 ^ seed
    }

    /// Whether two runs of `count` bytes are equal.
    @inline(__always)
    static func equal(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ count: Int) -> Bool {
        if count >= 8 {
            var index = 0
            while index + 8 < count {
                if unsafe load8(a + index) != load8(b + index) { return false }
                index += 8
            }
            return unsafe load8(a + count - 8) == load8(b + count - 8)
        }
        if count >= 4 {
            return unsafe load4(a) == load4(b) && load4(a + count - 4) == load4(b + count - 4)
        }
        for index in 0..<count where unsafe a[index] != b[index] { return false }
        return true
    }
}
