import JSONText
import Testing

/// Each question that the scanner asks of 64 bytes, against one byte after the other.
@Suite("Blocks of 64 bytes")
struct ByteBlockTests {
    private func mask(_ bytes: [UInt8], where isWanted: (UInt8) -> Bool) -> UInt64 {
        bytes.indices.reduce(0) { isWanted(bytes[$1]) ? $0 | 1 << UInt64($1) : $0 }
    }

    /// All bytes, in an order in which neighbours differ much.
    private static let blocks: [[UInt8]] = (0..<8).map { block in
        (0..<64).map { UInt8(truncatingIfNeeded: ($0 * 4 + block / 2) * 101 + block % 2) }
    }

    /// Text, of which most masks are empty.
    private static let texts = ["plain text", "a\\b", "tab\t", "123", "é", "\u{7F}"].map { text in
        Array(text.utf8) + [UInt8](repeating: UInt8(ascii: "x"), count: 64 - text.utf8.count)
    }

    @Test("Masks are those of single bytes", arguments: blocks + texts)
    func masks(bytes: [UInt8]) throws {
        let block = try bytes.withUnsafeBufferPointer { ByteBlock(at: try #require($0.baseAddress)) }
        #expect(block.digits == mask(bytes) { (0x30...0x39).contains($0) })
        #expect(block.nonASCII == mask(bytes) { $0 >= 0x80 })
        #expect(block.control == mask(bytes) { $0 < 0x20 })
        #expect(block.isMoreThanPlain == bytes.contains { $0 < 0x20 || $0 >= 0x80 || $0 == UInt8(ascii: "\\") })
        for value in [0, 0x20, 0x22, 0x5B, 0x5C, 0x7F, 0x80, 0xFF] as [UInt8] {
            #expect(block.equal(to: value) == mask(bytes) { $0 == value })
            #expect(block.equal(to: value, setting: 0x20) == mask(bytes) { $0 | 0x20 == value })
        }
    }

    @Test("The portable form gives the same masks", arguments: blocks + texts)
    func portableMasks(bytes: [UInt8]) {
        let vector = SIMD64<UInt8>(bytes)
        for value in [0, 0x20, 0x5C, 0x7F, 0x80, 0xFF] as [UInt8] {
            let other = SIMD64<UInt8>(repeating: value)
            #expect(PortableMasks.mask(vector, equal: other) == mask(bytes) { $0 == value })
            let exceeding = mask(bytes) { Int8(bitPattern: $0) > Int8(bitPattern: value) }
            #expect(PortableMasks.mask(vector, exceeds: other) == exceeding)
            for bound in [0, 0x20, 0x81] as [UInt8] {
                let isAny = bytes.contains { $0 == value || Int8(bitPattern: $0) < Int8(bitPattern: bound) }
                #expect(PortableMasks.anyEqual(vector, other, orLess: SIMD64(repeating: bound)) == isAny)
            }
        }
    }
}
