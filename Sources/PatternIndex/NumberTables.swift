/// Powers of ten and five. Written out as switches, which the compiler makes tables of: a static array would be behind a
/// check for its initialization and a reference count.
enum NumberTables {
    /// 10^`power` as a double, exactly; `power` up to 16. From whole numbers, as the compiler makes no table of doubles.
    @inline(__always)
    static func powerOfTen(_ power: Int) -> Double { Double(wholePowerOfTen(power)) }

    /// 10^`power`; `power` up to 16.
    @inline(__always)
    static func wholePowerOfTen(_ power: Int) -> UInt64 {
        switch power {
        case 0: 1
        case 1: 10
        case 2: 100
        case 3: 1_000
        case 4: 10_000
        case 5: 100_000
        case 6: 1_000_000
        case 7: 10_000_000
        case 8: 100_000_000
        case 9: 1_000_000_000
        case 10: 10_000_000_000
        case 11: 100_000_000_000
        case 12: 1_000_000_000_000
        case 13: 10_000_000_000_000
        case 14: 100_000_000_000_000
        case 15: 1_000_000_000_000_000
        default: 10_000_000_000_000_000
        }
    }

    /// 5^`power`; `power` up to 18.
    @inline(__always)
    static func powerOfFive(_ power: Int) -> UInt64 {
        switch power {
        case 0: 1
        case 1: 5
        case 2: 25
        case 3: 125
        case 4: 625
        case 5: 3_125
        case 6: 15_625
        case 7: 78_125
        case 8: 390_625
        case 9: 1_953_125
        case 10: 9_765_625
        case 11: 48_828_125
        case 12: 244_140_625
        case 13: 1_220_703_125
        case 14: 6_103_515_625
        case 15: 30_517_578_125
        case 16: 152_587_890_625
        case 17: 762_939_453_125
        default: 3_814_697_265_625
        }
    }

    /// How many bits 5^`power` has; `power` up to 18.
    @inline(__always)
    static func bitsOfPowerOfFive(_ power: Int) -> Int {
        // 2378 / 1024 is a little more than the logarithm of 5 to the base 2.
        (power &* 2378) &>> 10 &+ 1
    }

    /// The first 64 bits of 1 / 5^`power`: 2^(63 + b) / 5^`power`, cut to a whole number, where b is the number of bits of
    /// 5^`power`; `power` from 1 to 18.
    @inline(__always)
    static func reciprocalOfPowerOfFive(_ power: Int) -> UInt64 {
        switch power {
        case 1: 0xCCCCCCCCCCCCCCCC
        case 2: 0xA3D70A3D70A3D70A
        case 3: 0x83126E978D4FDF3B
        case 4: 0xD1B71758E219652B
        case 5: 0xA7C5AC471B478423
        case 6: 0x8637BD05AF6C69B5
        case 7: 0xD6BF94D5E57A42BC
        case 8: 0xABCC77118461CEFC
        case 9: 0x89705F4136B4A597
        case 10: 0xDBE6FECEBDEDD5BE
        case 11: 0xAFEBFF0BCB24AAFE
        case 12: 0x8CBCCC096F5088CB
        case 13: 0xE12E13424BB40E13
        case 14: 0xB424DC35095CD80F
        case 15: 0x901D7CF73AB0ACD9
        case 16: 0xE69594BEC44DE15B
        case 17: 0xB877AA3236A4B449
        default: 0x9392EE8E921D5D07
        }
    }
}
